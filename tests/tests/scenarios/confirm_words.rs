//! What a person reads before confirming a use of a key.

use serde_json::Value;
use ssh_key::{HashAlg, PublicKey};
use sshtpm_ssh::session::Binding;
use sshtpm_tests::answers::Person;
use sshtpm_tests::call::{none, option, refused, text};
use sshtpm_tests::host::Host;
use sshtpm_tests::signed_data::{SESSION, blob, login, sshsig};
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Request, User, World};

use crate::confirm::{careful_key, sign_with};
use crate::destinations::{acquaint, keygen};

#[test]
fn a_person_is_told_key_user_purpose_and_program() {
    let world = World::new();
    let alice = world.alice();
    let key = careful_key(alice);
    let data = login(&key, "git");
    sign_with(Person::Accepts, alice, &key, &data).expect("a signature");
    let prompt = alice.prompts()[0].clone();
    assert_eq!(prompt["action"], "org.sshtpm.Broker1.confirm-use");
    let message = text(&prompt, "message");
    let fingerprint = text(&key, "Fingerprint");
    for part in [
        r#"as the user "git""#,
        r#"The comment of the key is "careful""#,
        &fingerprint,
        r#"itself "ssh" (unverified)"#,
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
}

#[test]
fn text_that_a_client_chose_cannot_pass_for_the_question() {
    let world = World::new();
    let alice = world.alice();
    let key = careful_key(alice);
    let data = login(&key, "git \u{202e}$(comment) <b>");
    sign_with(Person::Accepts, alice, &key, &data).expect("a signature");
    let message = text(&alice.prompts()[0], "message");
    assert!(
        message.contains(r#"as the user "git \u{202e}\u{24}(comment) \u{3c}b>". The"#),
        "{message}"
    );
}

#[test]
fn a_person_is_told_to_which_host_a_login_is() {
    let world = World::new();
    let alice = world.alice();
    let public = text(&careful_key(alice), "PublicKey");
    world.root().run("ssh-keygen -A").ok();
    let _sshd = Sshd::start(world.machine());
    alice.run("mkdir -m 700 /home/alice/.ssh").ok();
    alice.write("/home/alice/.ssh/authorized_keys", &public);
    let host_key = "/etc/ssh/ssh_host_ed25519_key.pub";
    let host = alice
        .run(&format!("ssh-keygen -l -f {host_key}"))
        .ok()
        .stdout;
    let host = host.split(' ').nth(1).expect("a fingerprint").to_owned();
    let login = "sshtpm-agent ssh -o StrictHostKeyChecking=no -o HostKeyAlgorithms=ssh-ed25519 \
                 localhost id -un";
    let login = alice.with(Person::Accepts, login).run().ok();
    assert_eq!(login.stdout, "alice\n");
    let message = text(&alice.prompts()[0], "message");
    let told = format!("log in at the host with the key {host} as the user \"alice\".");
    assert!(message.contains(&told), "{message}");
}

#[test]
fn a_person_is_told_that_another_machine_asks() {
    let world = World::new();
    let alice = world.alice();
    let key = careful_key(alice);
    // A host does not sign whether a session forwards, so this one needs no signature.
    let forwarding = Binding {
        host_key: blob(&key),
        session_id: SESSION.to_vec(),
        signature: vec![1],
        is_forwarding: true,
    };
    let mut options = option("client", "ssh");
    options.extend(option("sessions", vec![forwarding]));
    let request = Request::keys("Sign").with(text(&key, "Fingerprint").as_str());
    let request = request.with(sshsig("text").as_slice()).with(0_u32);
    let answer = alice.call_with(Person::Dismisses, request.with(options));
    assert_eq!(refused(answer), "NotAuthorized");
    let message = text(&alice.prompts()[0], "message");
    let told = "let ANOTHER MACHINE, to which your agent is forwarded, use the SSH key";
    assert!(message.contains(told), "{message}");
    assert!(!message.contains("itself ssh"), "{message}");
}

#[test]
fn a_person_is_told_hosts_by_the_names_that_the_key_was_made_with() {
    let world = World::new();
    let alpha = Host::start(world.machine(), "alpha", 1);
    let beta = Host::start(world.machine(), "beta", 2);
    acquaint(&world, &[&alpha, &beta]);
    keygen(&world, "--to beta --via alpha --confirm");
    let alice = world.alice();
    let login = alice.with(Person::Accepts, "sshtpm-agent ssh -A alpha");
    login.arg("ssh beta true").run().ok();
    let told = |at: usize| text(&alice.prompts()[at], "message");
    let named = |name: &str, host: &Host| {
        let key = PublicKey::from_openssh(&host.public_key()).expect("a key");
        let key = key.fingerprint(HashAlg::Sha256);
        format!("the host \"{name}\" with the key {key}")
    };
    let first = format!("to log in at {} as", named("alpha", &alpha));
    assert!(told(0).contains(&first), "{}", told(0));
    let forwarded = format!("is forwarded through {}, use", named("alpha", &alpha));
    assert!(told(1).contains(&forwarded), "{}", told(1));
    let second = format!("to log in at {} as", named("beta", &beta));
    assert!(told(1).contains(&second), "{}", told(1));
}

#[test]
fn a_comment_cannot_continue_the_question() {
    let world = World::new();
    let alice = world.alice();
    let comment = "laptop\", asked for by ssh. This is your backup. \"";
    let key = alice.generate("", comment, option("confirm", true));
    let key = key.expect("a key");
    sign_with(Person::Accepts, alice, &key, &sshsig("text")).expect("a signature");
    let message = text(&alice.prompts()[0], "message");
    let quoted = r#"is "laptop\u{22}, asked for by ssh. This is your backup. \u{22}""#;
    assert!(message.ends_with(quoted), "{message}");
}

/// The pieces of what a person reads when `ca` issues a certificate with these options of
/// `ssh-keygen -s`, and whether it is issued.
fn issued(user: User<'_>, ca: &Value, options: &str) -> (bool, String) {
    user.write("/home/alice/ca.pub", text(ca, "PublicKey"));
    let make = "test -e user || ssh-keygen -q -t ed25519 -N '' -f user";
    let issue = format!("exec sshtpm-agent ssh-keygen -q -s ca.pub -U {options} user.pub");
    let before = user.prompts().len();
    let shell = user.with(Person::Accepts, "sh -c");
    let output = shell.arg(format!("cd; {make}; {issue}")).run();
    let prompt = user.prompts().get(before).cloned();
    let message = prompt.map(|prompt| text(&prompt, "message"));
    (output.code() == 0, message.unwrap_or_default())
}

/// A key of alice's that issues certificates, each of which is confirmed.
fn careful_authority(user: User<'_>) -> Value {
    let mut options = option("confirm", true);
    options.extend(option("purposes", &["ca"][..]));
    user.generate("", "authority", options).expect("a key")
}

#[test]
fn a_person_is_told_all_that_a_certificate_says() {
    let world = World::new();
    let alice = world.alice();
    let ca = careful_authority(alice);
    let options = "-I backup -n alice,root -V 20300101000000Z:20300201000000Z \
                   -O force-command=/bin/true -O source-address=192.0.2.0/24";
    let (is_issued, message) = issued(alice, &ca, options);
    let certified = alice.run("ssh-keygen -l -f user.pub").ok().stdout;
    let certified = certified.split(' ').nth(1).expect("a fingerprint");
    for part in [
        &*format!("issue a user certificate for the key {certified}, valid from "),
        "from 2030-01-01 00:00:00 UTC until 2030-02-01 00:00:00 UTC",
        r#"for the users "alice", "root", restricted by"#,
        r#""force-command" "/bin/true", "source-address" "192.0.2.0/24""#,
        r#"with the key ID "backup""#,
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert!(is_issued, "{message}");
}

#[test]
fn a_person_is_told_that_a_certificate_is_for_everybody_and_for_ever() {
    let world = World::new();
    let alice = world.alice();
    let ca = careful_authority(alice);
    let (is_issued, message) = issued(alice, &ca, "-I anybody");
    let told = "valid FOR EVER, for EVERY user, with the key ID";
    assert!(is_issued && message.contains(told), "{message}");
}

#[test]
fn a_certificate_that_does_not_fit_into_a_question_is_not_issued() {
    let world = World::new();
    let alice = world.alice();
    let ca = careful_authority(alice);
    let names: Vec<_> = (0..9).map(|number| format!("user{number}")).collect();
    let (is_issued, message) = issued(alice, &ca, &format!("-I many -n {}", names.join(",")));
    assert!(!is_issued, "{message}");
    assert_eq!(message, "");
    // A key that needs no confirmation issues it.
    let key = text(&ca, "Fingerprint");
    let relax = Request::keys("Restrict").with(key.as_str());
    let relax = relax.with(option("confirm", false));
    alice.call_with(Person::Accepts, relax).expect("relaxed");
    let (is_issued, _) = issued(alice, &ca, &format!("-I many -n {}", names.join(",")));
    assert!(is_issued);
}

#[test]
fn renaming_a_key_that_is_confirmed_takes_a_person() {
    let world = World::new();
    let alice = world.alice();
    let key = text(&careful_key(alice), "Fingerprint");
    let rename = || {
        let request = Request::keys("SetComment").with(key.as_str());
        request.with("harmless").with(none())
    };
    let comment = || text(&alice.list(none()).expect("a list")[0], "Comment");
    let alone = refused(alice.call(&rename()));
    assert_eq!(alone, "InteractiveAuthorizationRequired");
    let dismissed = alice.call_with(Person::Dismisses, rename());
    assert_eq!(refused(dismissed), "NotAuthorized");
    assert_eq!(comment(), "careful");
    alice.call_with(Person::Accepts, rename()).expect("renamed");
    assert_eq!(comment(), "harmless");
    let prompt = alice.prompts().pop().expect("a prompt");
    assert_eq!(prompt["action"], "org.sshtpm.Broker1.change-own-key");
    let message = text(&prompt, "message");
    assert!(message.ends_with(r#"to "harmless""#), "{message}");
}

#[test]
fn renaming_a_key_with_a_pin_takes_a_person_and_a_plain_one_does_not() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key_with_pin("locked", "1234");
    let renamed = alice.set_comment(&key, "harmless", none());
    assert_eq!(refused(renamed), "InteractiveAuthorizationRequired");
    let plain = alice.key("plain");
    alice.set_comment(&plain, "other", none()).expect("renamed");
    assert_eq!(alice.prompts().len(), 0);
}
