//! Certificates of users' keys: with ssh-keygen as the authority, and OpenSSH's client and server.

use serde_json::Value;
use sshtpm_tests::call::{none, text};
use sshtpm_tests::host::Host;
use sshtpm_tests::use_record::log;
use sshtpm_tests::{Agent, Authority, Output, User, World, wait};

use crate::destinations::{acquaint, denied, ssh};

/// What an authority says of a key that logs in as alice for an hour.
pub(crate) const FOR_ALICE: &str = "-I alice@corp -n alice -z 7 -V -1m:+1h";

/// Where the certificate is.
const FILE: &str = "/home/alice/login-cert.pub";

/// A world with an authority, and a key of alice's in no `authorized_keys`.
pub(crate) struct Certified {
    pub(crate) world: World,
    pub(crate) key: Value,
}

impl Certified {
    pub(crate) fn new(flags: &str) -> Self {
        let world = World::new();
        let keygen = format!("sshtpm keygen -C laptop -f /home/alice/key {flags}");
        world.alice().run(keygen.trim_end()).ok();
        let keys = world.alice().list(none()).expect("a list");
        Self {
            key: keys[0].clone(),
            world,
        }
    }

    pub(crate) fn alice(&self) -> User<'_> {
        self.world.alice()
    }

    /// A certificate of alice's key.
    pub(crate) fn issue(&self, authority: Authority<'_>, words: &str) -> String {
        authority.certify(&text(&self.key, "PublicKey"), words)
    }

    /// Has alice add the certificate of this line.
    pub(crate) fn add(&self, line: &str) -> Output {
        self.alice().write(FILE, line);
        self.alice().run(&format!("sshtpm cert add {FILE}"))
    }

    pub(crate) fn added(&self, authority: Authority<'_>, words: &str) -> String {
        let line = self.issue(authority, words);
        self.add(&line).ok();
        line
    }
}

/// The types of what an agent lists.
pub(crate) fn offered(agent: &Agent<'_>) -> Vec<String> {
    let listed = agent.command("ssh-add -L").run().ok().stdout;
    let types = listed.lines().filter_map(|line| line.split(' ').next());
    types.map(str::to_owned).collect()
}

pub(crate) const CERTIFICATE: &str = "ecdsa-sha2-nistp256-cert-v01@openssh.com";
pub(crate) const KEY: &str = "ecdsa-sha2-nistp256";

/// What a client needs that only knows the host and the agent.
const NO_FILES: &str =
    "-F none -o BatchMode=yes -o UserKnownHostsFile=/home/alice/.ssh/known_hosts";

fn login(agent: &Agent<'_>, host: &str) -> Output {
    ssh(agent, &format!("{NO_FILES} {host}"), "id -un")
}

#[test]
fn a_certificate_logs_in_where_its_key_alone_does_not() {
    let certified = Certified::new("");
    let authority = Authority::new(certified.world.root(), "ca");
    let trusted = authority.trusted();
    let host = Host::start_with(certified.world.machine(), "alpha", 1, &trusted);
    acquaint(&certified.world, &[&host]);
    let agent = Agent::start(certified.alice());
    denied(login(&agent, "alpha"));

    let added = certified.add(&certified.issue(authority, FOR_ALICE)).ok();
    assert!(
        added
            .stdout
            .contains("Added certificate \"alice@corp\" with serial 7, valid until "),
        "{added}"
    );
    assert_eq!(offered(&agent), [CERTIFICATE, KEY]);
    assert_eq!(login(&agent, "alpha").ok().stdout, "alice\n");
    let log = host.daemon.log();
    assert!(log.contains("ID alice@corp (serial 7)"), "{log}");

    certified.alice().run("sshtpm cert rm 7").ok();
    assert_eq!(offered(&agent), [KEY]);
    denied(login(&agent, "alpha"));
}

#[test]
fn certificates_outlive_the_broker_and_are_shown_in_json() {
    let certified = Certified::new("");
    let line = certified.added(Authority::new(certified.world.root(), "ca"), FOR_ALICE);
    certified.world.restart_broker();
    let alice = certified.alice();
    let json = alice.run("sshtpm show laptop --json").ok().json();
    let shown = &json["certificates"][0];
    assert_eq!(shown["key_id"], "alice@corp");
    assert_eq!(shown["serial"], "7");
    assert_eq!(shown["principals"], serde_json::json!(["alice"]));
    assert_eq!(shown["validity"], "valid");
    assert!(line.starts_with(shown["certificate"].as_str().expect("a line")));
    let listed = alice.run("sshtpm cert list laptop --json").ok().json();
    assert_eq!(listed, json["certificates"]);
    let list = alice.run("sshtpm cert list").ok().stdout;
    assert!(list.contains("certificate \"alice@corp\""), "{list}");
    alice.run("mkdir -p -m 700 /run/user/1001/sshtpm").ok();
    let _agent = Agent::start_at(alice, "/run/user/1001/sshtpm/agent.sock");
    let for_ever = certified.issue(Authority::new(certified.world.root(), "ever"), "-I ever");
    certified.add(&for_ever).ok();
    let doctor = alice.run("sshtpm doctor --json").json();
    let checks = doctor["checks"].as_array().expect("a list");
    let found = |name: &str| checks.iter().find(|check| check["check"] == name);
    assert_eq!(found("agent").expect("a check")["result"], "ok", "{doctor}");
    let keys = found("keys").expect("a check").to_string();
    assert!(
        keys.contains("alice@corp") && keys.contains("valid for ever"),
        "{keys}"
    );
}

#[test]
fn a_renewed_certificate_takes_the_place_of_the_earlier_one() {
    let certified = Certified::new("");
    let authority = Authority::new(certified.world.root(), "ca");
    certified.added(authority, FOR_ALICE);
    let renewed = certified.issue(authority, "-I alice@corp -n alice -z 8 -V -1m:+2h");
    let told = certified.add(&renewed).ok();
    assert!(
        told.stdout
            .contains("Removed certificate \"alice@corp\" with serial 7"),
        "{told}"
    );
    certified.added(Authority::new(certified.world.root(), "other"), FOR_ALICE);
    let agent = Agent::start(certified.alice());
    assert_eq!(offered(&agent), [CERTIFICATE, CERTIFICATE, KEY]);
}

#[test]
fn a_certificate_is_offered_from_when_it_is_valid_until_it_expires() {
    let certified = Certified::new("");
    let authority = Authority::new(certified.world.root(), "ca");
    let agent = Agent::start(certified.alice());
    certified.added(authority, "-I later -n alice -V +1h:+2h");
    assert_eq!(offered(&agent), [KEY]);
    let list = certified.alice().run("sshtpm cert list").ok().stdout;
    assert!(
        list.contains("\"later\" with serial 0, not valid until "),
        "{list}"
    );

    certified.added(authority, "-I short -n alice -V -1m:+4s");
    assert_eq!(offered(&agent), [CERTIFICATE, KEY]);
    wait::until("its end", wait::EFFECT, || {
        (offered(&agent) == [KEY]).then_some(())
    });
    let list = certified.alice().run("sshtpm cert list").ok().stdout;
    assert!(list.contains("\"short\" with serial 0, expired "), "{list}");
    let doctor = certified.alice().run("sshtpm doctor");
    assert!(doctor.stdout.contains("sshtpm cert add FILE"), "{doctor}");
}

#[test]
fn the_destinations_of_a_key_hold_for_its_certificates() {
    let world = World::new();
    let authority = Authority::new(world.root(), "ca");
    let trusted = authority.trusted();
    let alpha = Host::start_with(world.machine(), "alpha", 1, &trusted);
    let beta = Host::start_with(world.machine(), "beta", 2, &trusted);
    acquaint(&world, &[&alpha, &beta]);
    let alice = world.alice();
    alice
        .run("sshtpm keygen -C laptop -f /home/alice/key --to alpha")
        .ok();
    let keys = alice.list(none()).expect("a list");
    let line = authority.certify(&text(&keys[0], "PublicKey"), FOR_ALICE);
    alice.write(FILE, line);
    alice.run(&format!("sshtpm cert add laptop {FILE}")).ok();
    let agent = Agent::start(alice);
    assert_eq!(login(&agent, "alpha").ok().stdout, "alice\n");
    denied(login(&agent, "beta"));
    // Also where a file brings the certificate, so that the agent need not offer it.
    let with_file = format!("{NO_FILES} -o CertificateFile={FILE} -i /home/alice/key.pub");
    assert_eq!(
        ssh(&agent, &format!("{with_file} alpha"), "id -un")
            .ok()
            .stdout,
        "alice\n"
    );
    denied(ssh(&agent, &format!("{with_file} beta"), "true"));
}

#[test]
fn a_key_that_has_to_be_confirmed_is_so_with_a_certificate() {
    let certified = Certified::new("--confirm");
    let authority = Authority::new(certified.world.root(), "ca");
    let trusted = authority.trusted();
    let host = Host::start_with(certified.world.machine(), "alpha", 1, &trusted);
    acquaint(&certified.world, &[&host]);
    certified.added(authority, FOR_ALICE);
    let agent = Agent::start(certified.alice());
    assert_eq!(offered(&agent), [CERTIFICATE, KEY]);
    denied(login(&agent, "alpha"));
    let uses = log(certified.alice());
    let refused = |used: &Value| used["outcome"] == "InteractiveAuthorizationRequired";
    assert!(!uses.is_empty() && uses.iter().all(refused), "{uses:?}");
}

#[test]
fn ssh_finds_a_certificate_beside_the_public_key_by_itself() {
    let certified = Certified::new("");
    let authority = Authority::new(certified.world.root(), "ca");
    let trusted = authority.trusted();
    let host = Host::start_with(certified.world.machine(), "alpha", 1, &trusted);
    acquaint(&certified.world, &[&host]);
    let alice = certified.alice();
    alice.write(
        "/home/alice/key-cert.pub",
        certified.issue(authority, FOR_ALICE),
    );
    let agent = Agent::start(alice);
    assert_eq!(offered(&agent), [KEY], "the agent knows nothing of it");
    let named = |name: &str| {
        let words = format!("{NO_FILES} -o IdentitiesOnly=yes -o IdentityFile={name} alpha");
        ssh(&agent, &words, "id -un")
    };
    assert_eq!(named("/home/alice/key").ok().stdout, "alice\n");
    certified
        .alice()
        .run("mv /home/alice/key-cert.pub /home/alice/key.pub-cert.pub")
        .ok();
    assert_eq!(named("/home/alice/key.pub").ok().stdout, "alice\n");
}

#[test]
fn certificates_in_the_ssh_directory_are_added_without_being_named() {
    let certified = Certified::new("");
    let authority = Authority::new(certified.world.root(), "ca");
    let alice = certified.alice();
    alice.run("mkdir -m 700 /home/alice/.ssh").ok();
    let add = || alice.run("sshtpm cert add");
    add().fails_with(1).complains("NAME-cert.pub");
    let line = certified.issue(authority, FOR_ALICE);
    alice.write("/home/alice/.ssh/id_sshtpm_ecdsa-cert.pub", line);
    alice.write("/home/alice/.ssh/other-cert.pub", "nonsense");
    let old = certified.issue(authority, "-I old -n alice -V -2h:-1h");
    alice.write("/home/alice/.ssh/old-cert.pub", old);
    add().ok();
    add().fails_with(1).complains("that could be added");
    assert_eq!(offered(&Agent::start(alice)), [CERTIFICATE, KEY]);
}
