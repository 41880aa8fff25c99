//! What an attacker in the broker's process, or with its memory, would not have.

use sshtpm_tests::call::{none, refused};
use sshtpm_tests::process_memory::count;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Request, World, wait};

/// Nowhere else in memory: the broker is told it through a pipe alone.
const PIN: &str = "a-PIN-to-look-for-in-memory";

#[test]
fn a_locked_pin_is_nowhere_in_the_brokers_memory() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", PIN);
    for _ in 0..3 {
        alice.unlock(&key, PIN).expect("unlocked");
        let signed = alice.sign(&key, &sshsig("data"), 0, none());
        signed.expect("a signature");
    }
    let pid = world.broker_pid();
    assert!(count(pid, PIN.as_bytes()) > 0, "it is remembered");
    let lock = Request::keys("Lock").with(none());
    alice.call(&lock).expect("locked");
    wait::until("memory without the PIN", wait::EFFECT, || {
        (count(pid, PIN.as_bytes()) == 0).then_some(())
    });
}

#[test]
fn a_wrong_pin_is_nowhere_in_the_brokers_memory() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", "another one");
    assert_eq!(refused(alice.unlock(&key, PIN)), "WrongPin");
    let pid = world.broker_pid();
    wait::until("memory without the PIN", wait::EFFECT, || {
        (count(pid, PIN.as_bytes()) == 0).then_some(())
    });
}
