//! What one user can learn of another's keys, and do to them: nothing.

use sshtpm_tests::answers::Person;
use sshtpm_tests::bus::wait_for_owner;
use sshtpm_tests::call::{Argument, Options, none, option, owner, refused};
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::user::Running;
use sshtpm_tests::{Agent, Request, User, World, broker, wait};

/// A fingerprint of no key.
const NO_KEYS: &str = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Every method that names a key and takes no PIN.
fn requests(key: &str, options: &Options) -> [Request; 5] {
    let with = |name, value| {
        let mut options = options.clone();
        options.extend(option(name, value));
        options
    };
    [
        Request::keys("Sign")
            .with(key)
            .with(sshsig("data").as_slice())
            .with(0_u32)
            .with(options.clone()),
        Request::keys("SetComment")
            .with(key)
            .with("mine now")
            .with(options.clone()),
        Request::keys("Restrict")
            .with(key)
            .with(with("forwarding", false.into())),
        Request::keys("Lock").with(with("key", Argument::from(key))),
        Request::keys("Delete").with(key).with(options.clone()),
    ]
}

/// Compares what `user` gets for `key` with what they get for a key that does not exist.
#[track_caller]
fn assert_same_as_missing(user: User<'_>, key: &str, options: &Options) {
    for (named, missing) in requests(key, options)
        .iter()
        .zip(&requests(NO_KEYS, options))
    {
        for interactive in [false, true] {
            let (mut named, mut missing) = (named.clone(), missing.clone());
            (named.interactive, missing.interactive) = (interactive, interactive);
            let answer = user.call(&named);
            assert!(answer.is_err(), "{}: {answer:?}", named.member);
            assert_eq!(answer, user.call(&missing), "{}", named.member);
        }
    }
}

#[test]
fn anothers_key_answers_exactly_as_a_key_that_does_not_exist() {
    let world = World::new();
    let key = world.alice().key("laptop");
    let before = world.alice().list(none());

    assert_same_as_missing(world.bob(), &key, &none());
    let kind = refused(world.bob().sign(&key, &sshsig("data"), 0, none()));
    assert_eq!(kind, "NoSuchKey");
    assert_same_as_missing(world.root(), &key, &none());
    assert_eq!(world.alice().list(none()), before);
}

#[test]
fn a_caller_that_names_the_owner_learns_no_more() {
    let world = World::new();
    let key = world.alice().key("laptop");
    let bob = world.bob();

    assert_same_as_missing(bob, &key, &owner("alice"));
    let of_alice = bob.list(owner("alice"));
    assert!(of_alice.is_err(), "{of_alice:?}");
    assert_eq!(
        of_alice,
        bob.list(owner("carol")),
        "alice has a key, carol has none"
    );
}

#[test]
fn an_administrators_password_is_asked_for_before_anything_is_said() {
    let world = World::new();
    let key = world.alice().key("laptop");
    let bob = world.bob();

    for named in [key.as_str(), NO_KEYS] {
        let delete = Request::keys("Delete").with(named).with(owner("alice"));
        let answer = bob.call_with(Person::Dismisses, delete);
        assert_eq!(refused(answer), "NotAuthorized");
    }
    assert_eq!(bob.prompts().len(), 2, "{:?}", bob.prompts());
    assert_eq!(world.alice().fingerprints(), [key]);
}

#[test]
fn a_user_sees_only_keys_of_their_own() {
    let world = World::new();
    let alices = world.alice().key("alice's");
    let bobs = world.bob().key("bob's");
    assert_eq!(world.alice().fingerprints(), [alices]);
    assert_eq!(world.bob().fingerprints(), [bobs]);
    assert_eq!(
        world.machine().user("carol").fingerprints(),
        Vec::<String>::new()
    );
}

#[test]
fn only_root_owns_the_name_of_the_broker() {
    let world = World::empty();
    world.start_bus();
    let request = Request::to_bus("RequestName")
        .with("org.sshtpm.Broker1")
        .with(4_u32);
    assert_eq!(refused(world.alice().call(&request)), "AccessDenied");
    let host = world.host_user().call(&request);
    assert_eq!(refused(host), "AccessDenied");
}

#[test]
fn the_broker_keeps_its_name_even_from_root() {
    let world = World::new();
    let replace = Request::to_bus("RequestName")
        .with("org.sshtpm.Broker1")
        .with(6_u32);
    let in_queue_or_exists = serde_json::json!([3]);
    assert_eq!(world.root().call(&replace), Ok(in_queue_or_exists));
}

#[test]
fn the_store_and_the_tpm_are_out_of_reach_of_users() {
    let world = World::new();
    world.alice().key("laptop");
    for path in [
        "/var/lib/sshtpm",
        "/var/lib/sshtpm/keys",
        "/var/lib/sshtpm/keys/1001",
    ] {
        let listed = world.alice().command("ls").arg(path).run();
        assert_ne!(listed.code(), 0, "{listed}");
    }
    let mode = world
        .root()
        .run("stat -c %a /var/lib/sshtpm/keys/1001")
        .ok();
    assert_eq!(mode.stdout, "700\n");
}

#[test]
fn the_object_tree_says_nothing_about_keys() {
    let world = World::new();
    let tree = |user: User<'_>| user.call(&Request::introspect("/org/sshtpm/Broker1"));
    let before = tree(world.bob());
    assert!(before.is_ok(), "{before:?}");
    world.alice().key("laptop");
    assert_eq!(tree(world.bob()), before);
}

#[test]
fn an_agents_socket_is_its_users_alone() {
    let world = World::new();
    world.alice().key("laptop");
    let agent = Agent::start(world.alice());
    let mode = world
        .root()
        .command("stat -c %a:%U")
        .arg(agent.socket())
        .run()
        .ok();
    assert_eq!(mode.stdout, "600:alice\n");

    let bob = world
        .bob()
        .command("ssh-add -l")
        .env("SSH_AUTH_SOCK", agent.socket())
        .run();
    bob.fails_with(2).complains("Permission denied");
}

pub(crate) const LOGIND: &str = "org.freedesktop.login1";

/// Everything is up, and a logind that never answers.
pub(crate) fn world_with_silent_logind(config: &str) -> (World, Running) {
    world_with_silent_logind_and_bus(config, "")
}

/// The same, and these settings of the bus daemon.
pub(crate) fn world_with_silent_logind_and_bus(config: &str, bus: &str) -> (World, Running) {
    let world = World::empty();
    let owning = format!(
        "<busconfig><policy user='root'><allow own='{LOGIND}'/><allow send_destination='{LOGIND}'/>\
         </policy>{bus}</busconfig>"
    );
    let root = world.root();
    root.write("/etc/dbus-1/system.d/login1.conf", owning);
    broker::write_config(world.machine(), config);
    world.start_bus();
    let logind = root.command("silent-owner").arg(LOGIND).start();
    wait_for_owner(world.machine(), LOGIND, true);
    world.start_polkit();
    world.start_tpm();
    world.start_broker();
    world.wait_for_tpm("ready");
    (world, logind)
}

fn send_signal(to: &str, signal: &str) -> String {
    let path = "/org/freedesktop/login1";
    format!("dbus-send --system --type=signal --dest={to} {path} {LOGIND}.Manager.{signal}")
}

#[test]
fn forged_signals_stop_no_request_while_logind_is_silent() {
    /// Of each form. There is room for fewer in a queue of the broker's.
    const MANY: usize = 100;
    let (world, logind) = world_with_silent_logind("");
    for signal in [
        "SessionNew string:1 objpath:/x",
        "SessionRemoved string:1 objpath:/x",
        "PrepareForSleep boolean:true",
    ] {
        let one = send_signal("org.sshtpm.Broker1", signal);
        let many = format!("for _ in $(seq {MANY}); do {one} || exit 1; done");
        world.bob().command("sh -c").arg(many).run().ok();
    }
    world.alice().key("laptop");
    logind.kill();
}

#[test]
fn a_silent_logind_does_not_keep_pins_remembered_during_sleep() {
    let (world, logind) = world_with_silent_logind("[pins]\nforget-on-suspend = true\n");
    let alice = world.alice();
    let key = alice.key_with_pin("laptop", "correct horse");
    alice.unlock(&key, "correct horse").expect("unlocked");
    let sign = || alice.sign(&key, &sshsig("data"), 0, none());
    sign().expect("a signature");
    let sleep = send_signal(LOGIND, "PrepareForSleep boolean:true");
    world.root().run(&sleep).ok();
    wait::until("a forgotten PIN", wait::EFFECT, || sign().err());
    assert_eq!(refused(sign()), "PinRequired");
    logind.kill();
}
