//! The house itself: a fixture that does nothing would let every scenario pass.

use sshtpm_tests::answers::Person;
use sshtpm_tests::{World, swtpm, wait};

#[test]
fn a_world_has_a_bus_a_polkitd_and_a_tpm_that_answer() {
    let world = World::empty();
    world.start_bus();
    world.start_polkit();
    world.start_tpm();

    let random = swtpm::tool(world.machine(), "tpm2_getrandom --hex 16").ok();
    assert_eq!(random.stdout.len(), 32, "{random}");
    let check = "pkcheck --action-id org.sshtpm.Broker1.use-own-key --process";
    let own = world
        .alice()
        .command("sh -c")
        .arg(format!("exec {check} $$"))
        .run();
    own.ok();
}

#[test]
fn a_user_of_a_world_has_one_group_and_it_is_not_tss() {
    let world = World::empty();
    let groups = world.alice().run("id -Gn").ok();
    assert_eq!(groups.stdout.trim(), "alice");
    let tss = world.alice().run("getent group tss").ok();
    assert_eq!(tss.stdout.trim(), "tss:x:101:");
}

#[test]
fn worlds_do_not_see_each_other() {
    let (one, other) = (World::empty(), World::empty());
    one.alice().write("/home/alice/mark", "one");
    other.alice().run("cat /home/alice/mark").fails_with(1);
    assert_eq!(one.alice().read("/home/alice/mark"), "one");
    let sleeper = one.alice().command("sleep 4711").daemon();
    let processes = other
        .root()
        .command("sh -c")
        .arg("cat /proc/[0-9]*/cmdline")
        .run()
        .ok();
    assert!(!processes.stdout.contains("4711"), "{processes}");
    drop(sleeper);
}

#[test]
fn a_world_that_ends_takes_its_processes_along() {
    let world = World::empty();
    let sleeper = world.alice().command("sleep 4711").daemon();
    let pid = sleeper.pid();
    std::mem::forget(sleeper);
    drop(world);
    wait::until("the end of a forgotten process", wait::EFFECT, || {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        (state.is_empty() || state.contains(") Z ")).then_some(())
    });
}

/// pkcheck asks about its own process, and lets the person be asked.
const MAY_DELETE: &str = "exec pkcheck --allow-user-interaction \
    --action-id org.sshtpm.Broker1.delete-own-key --process $$";

#[test]
fn a_person_who_accepts_is_asked_once_and_authorizes() {
    let world = World::empty();
    world.start_bus();
    world.start_polkit();
    let alice = world.alice();

    alice
        .with(Person::Accepts, "sh -c")
        .arg(MAY_DELETE)
        .run()
        .ok();
    let prompts = alice.prompts();
    assert_eq!(prompts.len(), 1, "{prompts:?}");
    assert_eq!(prompts[0]["action"], "org.sshtpm.Broker1.delete-own-key");
    assert_eq!(
        prompts[0]["identities"],
        serde_json::json!(["unix-user:1001"])
    );
}

#[test]
fn a_person_who_closes_the_dialogue_does_not_authorize() {
    let world = World::empty();
    world.start_bus();
    world.start_polkit();
    let alice = world.alice();

    let check = alice.with(Person::Dismisses, "sh -c").arg(MAY_DELETE).run();
    assert_eq!(check.fails_with(3).stdout, "polkit\\56dismissed=true\n");
    assert_eq!(alice.prompts().len(), 1);
}

#[test]
fn a_person_who_is_away_keeps_polkit_waiting() {
    let world = World::empty();
    world.start_bus();
    world.start_polkit();
    let alice = world.alice();

    let check = alice
        .with(Person::NeverAnswers, "sh -c")
        .arg(MAY_DELETE)
        .start();
    wait::until("the prompt", wait::EFFECT, || alice.prompts().pop());
    check.kill();
}
