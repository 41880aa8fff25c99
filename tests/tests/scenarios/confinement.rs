//! What an attacker in the broker's process, or with its memory, would not have.

use std::fs::{read_dir, read_to_string};

use sshtpm_tests::broker::environment;
use sshtpm_tests::call::{none, refused};
use sshtpm_tests::process_memory::count;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Request, World, wait};

/// Nowhere else in memory: the broker is told it through a pipe alone.
const PIN: &str = "a-PIN-to-look-for-in-memory";

/// Its end, which freed memory keeps longest: the C library writes its lists over the beginning.
const END_OF_PIN: &str = "look-for-in-memory";

fn has_the_pin(pid: u32) -> bool {
    [PIN, END_OF_PIN]
        .iter()
        .any(|part| count(pid, part.as_bytes()) > 0)
}

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
        (!has_the_pin(pid)).then_some(())
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
        (!has_the_pin(pid)).then_some(())
    });
}

#[test]
fn memory_that_is_freed_is_overwritten_by_the_unit_s_settings() {
    let world = World::new();
    let looks = || world.root().command("freed-memory");
    let left = looks().run().ok().stdout;
    assert_ne!(left.trim(), "0", "without them");
    let set = environment().fold(looks(), |looks, (name, value)| looks.env(name, value));
    assert_eq!(set.run().ok().stdout.trim(), "0");
}

/// What the kernel says of filters on system calls (proc_pid_status(5)): mode and number.
fn filters(status: &str) -> [u32; 2] {
    let text = read_to_string(status).expect("a status");
    ["Seccomp:", "Seccomp_filters:"].map(|name| {
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix(name));
        value.expect(name).trim().parse().expect("a number")
    })
}

#[test]
fn every_thread_of_the_broker_has_given_up_system_calls() {
    let world = World::new();
    world.alice().key("laptop");
    let [_, number_here] = filters("/proc/self/status");
    let tasks = read_dir(format!("/proc/{}/task", world.broker_pid())).expect("threads");
    let tasks: Vec<_> = tasks.map(|task| task.expect("a thread").path()).collect();
    assert!(tasks.len() > 3, "{tasks:?}");
    for task in tasks {
        let status = task.join("status");
        let status = status.to_str().expect("digits");
        assert_eq!(filters(status), [2, number_here + 1], "{status}");
    }
}
