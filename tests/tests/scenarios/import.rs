//! `Import`: keys of `ssh-keygen`, wrapped for the TPM, over the real bus.

use rand_core::OsRng;
use serde_json::Value;
use sshtpm_duplicate::{Duplicate, Parent, wrap};
use sshtpm_key_file::{KeyFile, PrivateKey};
use sshtpm_tests::call::{Answer, Options, none, option, owner, purposes, refused, text};
use sshtpm_tests::signed_data::{exchange_hash, sshsig};
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::verify::verify;
use sshtpm_tests::{Agent, Request, User, World};

use crate::pin::world_with_tries;

/// The parent in the TPM of `user`'s machine, as the broker shows it to everybody.
pub(crate) fn parent(user: User<'_>) -> Parent {
    let area = user.tpm("ParentPublic").expect("the property");
    let area: Vec<u8> = serde_json::from_value(area).expect("bytes");
    Parent::read(&area).expect("a parent")
}

/// A key that `ssh-keygen` makes in a file.
pub(crate) fn made(user: User<'_>, options: &str) -> PrivateKey {
    let file = format!("{}/made", user.home());
    user.run(&format!("rm -f {file} {file}.pub")).ok();
    let make = format!("ssh-keygen -q {options} -f {file}");
    user.command(&make).args(&["-N", ""]).run().ok();
    let key = KeyFile::read(user.read(&file).as_bytes()).expect("a key file");
    key.open(b"").expect("a key")
}

/// The key, wrapped for the TPM of `user`'s machine.
pub(crate) fn wrapped(user: User<'_>, key: &PrivateKey, pin: Option<&str>) -> Duplicate {
    let pin = pin.map(str::as_bytes);
    wrap(&key.private, pin, &parent(user), &mut OsRng).expect("it is wrapped")
}

/// `Import`.
pub(crate) fn import(user: User<'_>, key: &Duplicate, mut options: Options) -> Answer {
    if let Some(public_key) = &key.public_key {
        options.extend(option("public-key", public_key.as_slice()));
    }
    let request = request(key).with(options);
    let answer = user.call(&request);
    answer.map(|reply| reply[0].clone())
}

fn request(key: &Duplicate) -> Request {
    Request::keys("Import")
        .with(key.public.as_slice())
        .with(key.duplicate.as_slice())
        .with(key.secret.as_slice())
        .with("imported")
}

/// What `ssh-keygen -l` says of the file that [`made`] wrote.
fn fingerprint_of_file(user: User<'_>) -> String {
    let said = user.run("ssh-keygen -l -f made.pub").ok().stdout;
    said.split(' ').nth(1).expect("a fingerprint").to_owned()
}

/// A key of a file that is in the TPM from now on.
fn imported(user: User<'_>, kind: &str) -> Value {
    let key = made(user, kind);
    import(user, &wrapped(user, &key, None), none()).expect("a key")
}

const KINDS: [&str; 5] = [
    "-t ecdsa -b 256",
    "-t ecdsa -b 384",
    "-t ecdsa -b 521",
    "-t rsa -b 2048",
    "-t rsa -b 3072",
];

#[test]
fn a_key_of_a_file_keeps_its_fingerprint_and_signs() {
    let world = World::new();
    let alice = world.alice();
    for kind in KINDS {
        let key = imported(alice, kind);
        let fingerprint = text(&key, "Fingerprint");
        assert_eq!(fingerprint, fingerprint_of_file(alice), "{kind}");
        assert_eq!(key["Origin"], "imported");
        assert_eq!(key["Holding"], "tpm");
        assert_eq!(key["BackedUp"], false);
        assert_eq!(key["State"], "usable");
        let signature = alice.sign(&fingerprint, &sshsig("data"), 0, none());
        verify(&key, &sshsig("data"), &signature.expect("a signature"));
    }
}

#[test]
fn ssh_logs_in_with_an_imported_key_through_the_agent() {
    let world = World::new();
    let (root, alice) = (world.root(), world.alice());
    let agent = Agent::start(alice);
    root.run("ssh-keygen -q -t ed25519 -N  -f /etc/ssh/ssh_host_ed25519_key")
        .ok();
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    let _sshd = Sshd::start(world.machine());
    for kind in ["-t ecdsa", "-t rsa -b 3072"] {
        let key = imported(alice, kind);
        alice.run("rm -f made").ok();
        alice.write("/home/alice/.ssh/authorized_keys", text(&key, "PublicKey"));
        let words = "ssh -o BatchMode=yes -o StrictHostKeyChecking=no \
                     -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR localhost id -un";
        assert_eq!(agent.command(words).run().ok().stdout, "alice\n");
    }
}

#[test]
fn an_imported_key_is_there_after_a_restart() {
    let world = World::new();
    let alice = world.alice();
    let key = imported(alice, "-t ecdsa");
    world.restart_broker();
    world.wait_for_tpm("ready");
    let again = alice.list(none()).expect("a list")[0].clone();
    assert_eq!(again["Fingerprint"], key["Fingerprint"]);
    assert_eq!(again["Origin"], "imported");
    let signed = alice.sign(&text(&key, "Fingerprint"), &sshsig("data"), 0, none());
    assert!(signed.is_ok());
}

#[test]
fn an_imported_key_with_a_pin_takes_that_pin_alone() {
    let world = world_with_tries();
    let alice = world.alice();
    let key = made(alice, "-t ecdsa");
    let key = import(alice, &wrapped(alice, &key, Some("4321")), none()).expect("a key");
    assert_eq!(key["Pin"], true);
    let fingerprint = text(&key, "Fingerprint");
    let sign = || alice.sign(&fingerprint, &sshsig("data"), 0, none());
    assert_eq!(refused(sign()), "PinRequired");
    let lockout = alice.lockout(none()).expect("an answer");
    assert_eq!(lockout["Counter"], 0);
    assert_eq!(refused(alice.unlock(&fingerprint, "1234")), "WrongPin");
    alice.unlock(&fingerprint, "4321").expect("the PIN");
    verify(&key, &sshsig("data"), &sign().expect("a signature"));
}

#[test]
fn the_pin_of_an_imported_key_can_be_changed_and_removed() {
    let world = world_with_tries();
    let alice = world.alice();
    let key = made(alice, "-t ecdsa");
    let key = import(alice, &wrapped(alice, &key, Some("4321")), none()).expect("a key");
    let key = text(&key, "Fingerprint");
    alice.set_pin(&key, "4321", Some("8765")).expect("changed");
    assert_eq!(refused(alice.unlock(&key, "4321")), "WrongPin");
    alice.unlock(&key, "8765").expect("the new PIN");
    assert!(alice.sign(&key, &sshsig("data"), 0, none()).is_ok());
    let remove = sshtpm_tests::pin::change(&key, "8765", None);
    let person = sshtpm_tests::answers::Person::Accepts;
    sshtpm_tests::pin::last(alice.pins_with(person, &remove)).expect("removed");
    assert_eq!(alice.list(none()).expect("a list")[0]["Pin"], false);
    world.restart_broker();
    world.wait_for_tpm("ready");
    assert!(alice.sign(&key, &sshsig("data"), 0, none()).is_ok());
}

#[test]
fn the_tpm_can_keep_an_imported_key_and_give_it_back() {
    let world = World::new();
    let (alice, root) = (world.alice(), world.root());
    let key = text(&imported(alice, "-t ecdsa"), "Fingerprint");
    let persist = |wanted: bool| {
        let request = Request::keys("SetPersistent").with(key.as_str());
        root.call(&request.with(wanted).with(owner("alice")))
    };
    persist(true).expect("kept");
    assert!(alice.sign(&key, &sshsig("data"), 0, none()).is_ok());
    persist(false).expect("given back");
    assert!(alice.sign(&key, &sshsig("data"), 0, none()).is_ok());
}

#[test]
fn rules_and_the_word_about_a_copy_come_with_an_import() {
    let world = World::new();
    let alice = world.alice();
    let key = made(alice, "-t ecdsa");
    let mut options = purposes(&["sign"]);
    options.extend(option("backed-up", true));
    let key = import(alice, &wrapped(alice, &key, None), options).expect("a key");
    assert_eq!(key["Purposes"], serde_json::json!(["sign"]));
    assert_eq!(key["BackedUp"], true);
    assert_eq!(key["Comment"], "imported");
    let login = sshtpm_tests::signed_data::login(&key, "alice");
    let refused = refused(alice.sign(&text(&key, "Fingerprint"), &login, 0, none()));
    assert_eq!(refused, "PurposeNotPermitted");
}

#[test]
fn a_host_key_of_a_file_moves_in_for_sshd() {
    let world = World::new();
    let root = world.root();
    let key = wrapped(root, &made(root, "-t ecdsa"), None);
    let alices = import(world.alice(), &key, owner("sshtpm-host"));
    assert_eq!(refused(alices), "InteractiveAuthorizationRequired");
    let key = import(root, &key, owner("sshtpm-host")).expect("a key");
    assert_eq!(key["Owner"], "sshtpm-host");
    assert_eq!(key["Purposes"], serde_json::json!(["host"]));
    let host = world.host_user();
    let signed = host.sign(&text(&key, "Fingerprint"), &exchange_hash(), 0, none());
    assert!(signed.is_ok());
}

#[test]
fn an_import_goes_through_a_channel_too() {
    let world = World::new();
    let alice = world.alice();
    let key = wrapped(alice, &made(alice, "-t ecdsa"), None);
    let imported = alice.call(&request(&key).with(none()).in_channel());
    assert_eq!(imported.expect("a key")[0]["Origin"], "imported");
}

#[test]
fn two_users_can_have_one_key_and_neither_learns_of_the_other() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let key = wrapped(alice, &made(alice, "-t ecdsa"), None);
    let first = import(alice, &key, none()).expect("a key");
    let second = import(bob, &key, none()).expect("the same key");
    assert_eq!(first["Fingerprint"], second["Fingerprint"]);
    let fingerprint = text(&first, "Fingerprint");
    alice
        .delete(&fingerprint, none())
        .expect_err("it asks a person");
    let remove = world.root().delete(&fingerprint, owner("alice"));
    remove.expect("deleted");
    assert!(bob.sign(&fingerprint, &sshsig("data"), 0, none()).is_ok());
    let gone = alice.sign(&fingerprint, &sshsig("data"), 0, none());
    assert_eq!(refused(gone), "NoSuchKey");
}

#[test]
fn a_rule_forbids_imports_by_what_they_are() {
    let rule = "polkit.addRule(function(action, subject) {\n\
        if (action.id == \"org.sshtpm.Broker1.import-own-key\" &&\n\
            action.lookup(\"origin\") == \"imported\" && action.lookup(\"holding\") == \"tpm\" &&\n\
            action.lookup(\"algorithm\") == \"ssh-rsa\" && action.lookup(\"bits\") == \"2048\") {\n\
            return polkit.Result.NO;\n\
        }\n\
    });\n";
    let world = World::with_rule(rule);
    let alice = world.alice();
    let rsa = wrapped(alice, &made(alice, "-t rsa -b 2048"), None);
    assert_eq!(refused(import(alice, &rsa, none())), "NotAuthorized");
    imported(alice, "-t ecdsa");
    assert_eq!(alice.fingerprints().len(), 1);
}
