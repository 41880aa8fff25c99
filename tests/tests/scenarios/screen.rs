//! Keys and PINs that depend on the screen of their owner, where there is no logind, or one that
//! does not answer or is false. The real one is asked in the virtual machine.

use sshtpm_tests::bus::wait_for_owner;
use sshtpm_tests::call::{none, option, refused, text};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Agent, Request, User, World, broker, wait};

use crate::isolation::{LOGIND, world_with_silent_logind, world_with_silent_logind_and_bus};

const SIGN: &str = "ssh-keygen -Y sign -n git -f desk.pub note";

fn only_key(user: User<'_>) -> serde_json::Value {
    user.list(none()).expect("a list")[0].clone()
}

/// Makes a key that signs in an unlocked session alone.
fn keygen(user: User<'_>) {
    let words = "sshtpm --quiet keygen -C desk --file desk.pub --while-unlocked";
    user.run(words).ok();
    user.write("note", "I owe bob a coffee.");
}

#[test]
fn without_logind_a_key_for_an_unlocked_session_does_not_sign() {
    let world = World::new();
    let alice = world.alice();
    keygen(alice);
    let key = text(&only_key(alice), "Fingerprint");
    let data = sshsig("text");
    let refusal = alice.sign(&key, &data, 0, none()).expect_err("no logind");
    assert_eq!(refusal.kind(), "NoUnlockedSession", "{refusal:?}");
    assert!(refusal.text.contains("systemd-logind"), "{refusal:?}");
    let uses = alice.call(&Request::keys("GetUses").with(none()));
    let uses = uses.expect("the record of use");
    assert_eq!(uses[0][0]["Outcome"], "NoUnlockedSession", "{uses}");

    let agent = Agent::start(alice);
    let offered = agent.command("ssh-add -L").run();
    assert!(!offered.stdout.contains("desk"), "{offered}");
    agent.command(SIGN).run().fails_with(255);
}

#[test]
fn a_key_for_an_unlocked_session_is_shown_as_one() {
    let world = World::new();
    let alice = world.alice();
    keygen(alice);
    let listed = alice.run("sshtpm list").ok();
    assert!(listed.stdout.contains("auth,sign+screen"), "{listed}");
    let shown = alice.run("sshtpm show desk --json").ok();
    let shown: serde_json::Value = serde_json::from_str(&shown.stdout).expect("JSON");
    assert_eq!(shown["while_unlocked"], true);
    world.restart_broker();
    world.wait_for_tpm("ready");
    assert_eq!(only_key(alice)["WhileUnlocked"], true);
    alice
        .run("sshtpm --no-ask-password restrict desk --no-while-unlocked")
        .fails_with(1)
        .complains("password");
    let other = alice.key("other");
    let told = alice.run(&format!("sshtpm restrict {other} --while-unlocked"));
    let line = "needs an unlocked screen: yes (before: no)";
    assert!(told.ok().stdout.contains(line));
}

#[test]
fn a_rule_of_polkit_can_ask_for_keys_that_depend_on_the_screen() {
    let rule = "polkit.addRule(function (action, subject) {
        if (action.id == 'org.sshtpm.Broker1.create-own-key' &&
            action.lookup('while-unlocked') != 'true') return polkit.Result.NO;
    });";
    let world = World::with_rule(rule);
    let alice = world.alice();
    let refusal = alice.generate("", "anywhere", none());
    assert_eq!(refused(refusal), "NotAuthorized");
    alice
        .generate("", "desk", option("while-unlocked", true))
        .expect("a key");
}

#[test]
fn a_host_key_is_not_made_for_an_unlocked_session() {
    let world = World::new();
    let mut options = option("while-unlocked", true);
    options.extend(option("owner", "sshtpm-host"));
    let refusal = world.root().generate("", "sshd", options);
    let refusal = refusal.expect_err("it would serve nobody");
    assert_eq!(refusal.kind(), "InvalidArgs", "{refusal:?}");
    assert!(refusal.text.contains("host key"), "{refusal:?}");
}

#[test]
fn without_logind_no_pin_is_used_if_a_lock_is_to_forget_it() {
    let world = World::with_config("[pins]\nforget-on-screen-lock = true\n");
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", "1234");
    let refusal = alice.unlock(&key, "1234").expect_err("no logind");
    assert_eq!(refusal.kind(), "NoUnlockedSession", "{refusal:?}");
    assert!(refusal.text.contains("systemd-logind"), "{refusal:?}");
    assert_eq!(only_key(alice)["Unlocked"], false);
}

#[test]
fn a_silent_logind_keeps_such_a_key_from_signing_and_no_other() {
    let (world, logind) = world_with_silent_logind("");
    let alice = world.alice();
    keygen(alice);
    let key = text(&only_key(alice), "Fingerprint");
    let data = sshsig("text");
    let refusal = alice.sign(&key, &data, 0, none());
    assert_eq!(refused(refusal), "NoUnlockedSession");
    let other = alice.key("other");
    alice.sign(&other, &data, 0, none()).expect("a signature");
    logind.kill();
}

#[test]
fn callers_that_leave_a_silent_logind_use_up_none_of_polkits_answers() {
    /// That the bus daemon lets the broker have outstanding. One is about who is logged in.
    const ANSWERS: usize = 4;
    let bus = format!("<limit name='max_replies_per_connection'>{ANSWERS}</limit>");
    let (world, logind) = world_with_silent_logind_and_bus("", &bus);
    let (alice, bob) = (world.alice(), world.bob());
    keygen(alice);
    let key = text(&only_key(alice), "Fingerprint");
    let other = bob.key("other");
    let request = Request::keys("Sign").with(key.as_str());
    let request = request.with(sshsig("text").as_slice()).with(0_u32);
    let request = serde_json::to_vec(&request.with(none())).expect("JSON");
    for _ in 1..ANSWERS {
        let leaving = alice.command("timeout 1 bus-call").stdin(&request).run();
        assert_eq!(leaving.code(), 124, "{leaving}");
    }
    let signature = bob.sign(&other, &sshsig("text"), 0, none());
    signature.expect("polkit is asked");
    logind.kill();
}

#[test]
fn a_broker_that_has_logind_delay_sleep_serves_on() {
    let world = World::empty();
    let policy = format!(
        "<busconfig><policy user='root'><allow own='{LOGIND}'/><allow send_destination='{LOGIND}'/>\
         </policy></busconfig>"
    );
    let root = world.root();
    root.write("/etc/dbus-1/system.d/login1.conf", policy);
    broker::write_config(world.machine(), "[pins]\nforget-on-suspend = true\n");
    world.start_bus();
    let alice = world.alice();
    let logind = root.command("false-logind").arg(alice.uid().to_string());
    let logind = logind.start();
    wait_for_owner(world.machine(), LOGIND, true);
    world.start_polkit();
    world.start_tpm();
    world.start_broker();
    world.wait_for_tpm("ready");
    wait::until("a delay of sleep", wait::EFFECT, || {
        logind.stdout().contains("delay sleep").then_some(())
    });
    alice.key("laptop");
    logind.kill();
}

#[test]
fn a_logind_that_is_not_roots_is_not_believed() {
    let world = World::empty();
    let bob = world.bob();
    let owning = |user: &str| format!("<policy user='{user}'><allow own='{LOGIND}'/></policy>");
    let all = format!("<policy context='default'><allow send_destination='{LOGIND}'/></policy>");
    let owning = [owning("root"), owning("bob"), all].concat();
    let policy = format!("<busconfig>{owning}</busconfig>");
    let file = "/etc/dbus-1/system.d/login1.conf";
    world.root().write(file, policy);
    world.start_all();
    let alice = world.alice();
    keygen(alice);
    let key = text(&only_key(alice), "Fingerprint");
    let data = sshsig("text");
    let false_logind = format!("false-logind {}", alice.uid());
    for (owner, is_believed) in [(bob, false), (world.root(), true)] {
        let logind = owner.command(&false_logind).start();
        wait_for_owner(world.machine(), LOGIND, true);
        let answer = alice.sign(&key, &data, 0, none());
        assert_eq!(answer.is_ok(), is_believed, "{answer:?}");
        logind.kill();
        wait_for_owner(world.machine(), LOGIND, false);
    }
}
