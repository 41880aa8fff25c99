//! `sshtpm import`: keys that ssh-keygen, openssl and puttygen made, moved into the TPM.

use sshtpm_tests::call::none;
use sshtpm_tests::host::Host;
use sshtpm_tests::{Agent, Output, User, World};

use crate::destinations::acquaint;
use crate::pin::world_with_tries;
use crate::pin_command_line::asking;

/// The passphrase of the files that are encrypted.
pub(crate) const PASSPHRASE: &str = "correct horse battery staple, and more than a PIN has";

/// Makes a key file of alice's by ssh-keygen, and gives its fingerprint.
pub(crate) fn keygen(alice: User<'_>, file: &str, options: &str, passphrase: &str) -> String {
    let made = format!("ssh-keygen -q {options} -C work -f {file}");
    alice.command(&made).args(&["-N", passphrase]).run().ok();
    let shown = alice.run(&format!("ssh-keygen -l -f {file}.pub")).ok();
    let word = shown.stdout.split(' ').nth(1);
    word.expect("a fingerprint").to_owned()
}

/// Runs `sshtpm import` with the passphrase on standard input.
pub(crate) fn import(alice: User<'_>, words: &str, passphrase: &str) -> Output {
    let command = alice.command(&format!("sshtpm import {words} --passphrase-stdin"));
    command.stdin(format!("{passphrase}\n")).run()
}

/// Logs in at a host with the public half in that file and the agent alone.
pub(crate) fn logs_in(alice: User<'_>, agent: &Agent<'_>, public: &str) {
    let line = alice.read(&format!("/home/alice/{public}"));
    alice.write("/home/alice/.ssh/authorized_keys", line);
    let login = format!("ssh -o IdentitiesOnly=yes -i {public} alpha id -un");
    let there = agent.command(&login).run().ok();
    assert_eq!(there.stdout, "alice\n");
}

#[test]
fn an_imported_key_logs_in_with_the_line_that_servers_have() {
    let world = World::new();
    let alice = world.alice();
    let host = Host::start(world.machine(), "alpha", 1);
    acquaint(&world, &[&host]);
    let agent = Agent::start(alice);
    for (name, options) in [
        ("p256", "-t ecdsa"),
        ("p384", "-t ecdsa -b 384"),
        ("p521", "-t ecdsa -b 521"),
        ("rsa", "-t rsa -b 2048"),
    ] {
        let made = keygen(alice, name, options, "");
        let public = alice.read(&format!("/home/alice/{name}.pub"));
        let imported = alice.run(&format!("sshtpm import {name}")).ok();
        assert!(imported.stdout.contains(&made), "{imported}");
        assert!(alice.fingerprints().contains(&made), "{name}");
        // Without a terminal the file stays, and ssh could use it.
        alice.run(&format!("rm {name}")).ok();
        assert_eq!(alice.read(&format!("/home/alice/{name}.pub")), public);
        logs_in(alice, &agent, &format!("{name}.pub"));
    }
}

#[test]
fn each_cipher_of_ssh_keygen_is_read() {
    let world = World::new();
    let alice = world.alice();
    let ciphers = alice.run("ssh -Q cipher").ok().stdout;
    assert!(ciphers.lines().count() > 8, "{ciphers}");
    for (number, cipher) in ciphers.lines().enumerate() {
        let options = format!("-t ecdsa -a 2 -Z {cipher}");
        let file = format!("key{number}");
        let made = keygen(alice, &file, &options, PASSPHRASE);
        import(alice, &file, PASSPHRASE).ok();
        assert!(alice.fingerprints().contains(&made), "{cipher}");
    }
}

#[test]
fn files_of_openssl_and_puttygen_are_read() {
    let world = World::new();
    let alice = world.alice();
    alice.write("/home/alice/pass", PASSPHRASE);
    for (name, kind, convert) in [
        (
            "pkcs1",
            "rsa -b 2048",
            "cp made FILE; ssh-keygen -q -p -m PEM -N '' -f FILE",
        ),
        (
            "sec1",
            "ecdsa",
            "cp made FILE; ssh-keygen -q -p -m PEM -N '' -f FILE",
        ),
        (
            "pkcs8",
            "ecdsa -b 384",
            "cp made FILE; ssh-keygen -q -p -m PKCS8 -N '' -f FILE",
        ),
        ("pbes2", "ecdsa", PBES2),
        ("scrypt", "ecdsa", SCRYPT),
        (
            "ppk2",
            "rsa -b 2048",
            "puttygen made --ppk-param version=2 -o FILE",
        ),
        ("ppk3", "ecdsa", "puttygen made -o FILE"),
        (
            "argon2",
            "ecdsa -b 521",
            "puttygen made --new-passphrase pass -o FILE",
        ),
    ] {
        alice.run("rm -f made made.pub").ok();
        let made = keygen(alice, "made", &format!("-t {kind}"), "");
        let convert = convert.replace("FILE", name);
        alice.command("sh -c").arg(convert).run().ok();
        import(alice, name, PASSPHRASE).ok();
        assert!(alice.fingerprints().contains(&made), "{name}");
        let public = alice.read(&format!("/home/alice/{name}.pub"));
        let kept = alice.read("/home/alice/made.pub");
        assert_eq!(public.split(' ').nth(1), kept.split(' ').nth(1), "{name}");
    }
}

const PBES2: &str = "cp made FILE; ssh-keygen -q -p -m PKCS8 -N '' -f FILE && \
    openssl pkcs8 -topk8 -in FILE -passout file:pass -out made.new && mv made.new FILE";

const SCRYPT: &str = "cp made FILE; ssh-keygen -q -p -m PKCS8 -N '' -f FILE && \
    openssl pkcs8 -topk8 -scrypt -in FILE -passout file:pass -out made.new && mv made.new FILE";

#[test]
fn scalars_that_begin_with_zeros_are_imported() {
    let world = World::new();
    let alice = world.alice();
    // One P-521 key in four is such a key.
    for number in 0..12 {
        let file = format!("key{number}");
        let made = keygen(alice, &file, "-t ecdsa -b 521", "");
        alice.run(&format!("sshtpm import {file}")).ok();
        assert!(alice.fingerprints().contains(&made));
    }
}

#[test]
fn an_imported_key_has_the_pin_and_the_rules_that_it_is_given() {
    let world = world_with_tries();
    let alice = world.alice();
    keygen(alice, "key", "-t ecdsa", "");
    let command = alice.command("sshtpm import key --pin-stdin --for sign --namespace git");
    command.stdin("4321\n").run().ok();
    let listed = alice.run("sshtpm list --json").ok().json();
    assert_eq!(listed[0]["purposes"], serde_json::json!(["sign"]));
    assert_eq!(listed[0]["namespaces"], serde_json::json!(["git"]));
    assert_eq!(listed[0]["comment"], "work");
    assert_eq!(listed[0]["pin"], true);
    let unlock = alice.command("sshtpm unlock --pin-stdin").stdin("1234\n");
    unlock.run().fails_with(1);
    let unlock = alice.command("sshtpm unlock --pin-stdin").stdin("4321\n");
    unlock.run().ok();
}

#[test]
fn a_file_that_is_kept_on_purpose_counts_as_a_backup() {
    let world = World::new();
    let alice = world.alice();
    for (file, option, is_backed_up) in [("a", "", false), ("b", " --keep-file", true)] {
        keygen(alice, file, "-t ecdsa", "");
        let import = format!("sshtpm import {file} -C {file}{option}");
        alice.run(&import).ok();
        let keys = alice.run("sshtpm list --json").ok().json();
        let mut keys = keys.as_array().into_iter().flatten();
        let key = keys.find(|key| key["comment"] == file).expect("the key");
        assert_eq!(key["backed_up"], is_backed_up);
        assert_eq!(key["origin"], "imported");
        alice.run(&format!("test -e {file}")).ok();
    }
}

#[test]
fn a_key_comes_from_standard_input_under_another_name() {
    let world = World::new();
    let alice = world.alice();
    let made = keygen(alice, "key", "-t ecdsa", "");
    let file = alice.read("/home/alice/key");
    let import = alice
        .command("sshtpm import - -C laptop")
        .stdin(&file)
        .run();
    let imported = import.ok();
    assert!(imported.stdout.contains("sshtpm show"), "{imported}");
    let keys = alice.list(none()).expect("a list");
    assert_eq!(keys[0]["Fingerprint"], made.as_str());
    assert_eq!(keys[0]["Comment"], "laptop");
    let import = alice.command("sshtpm import - --pin-stdin").stdin(file);
    import.run().fails_with(2);
}

#[test]
fn a_passphrase_is_asked_for_three_times_at_most() {
    let world = World::new();
    let alice = world.alice();
    let made = keygen(alice, "key", "-t ecdsa -a 2", PASSPHRASE);
    let wrong = ["1", "2", "3", PASSPHRASE];
    let (output, asked) = asking(alice, "sshtpm import key", &wrong);
    output.fails_with(1).complains("the passphrase is wrong");
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
    let right = ["1", "2", PASSPHRASE];
    let (output, asked) = asking(alice, "sshtpm import key", &right);
    output.ok();
    assert!(asked[0].contains("Passphrase of \"key\""), "{asked:?}");
    assert_eq!(alice.fingerprints(), [made]);
}

#[test]
fn the_file_is_deleted_if_a_person_at_the_terminal_says_so() {
    let world = World::new();
    let alice = world.alice();
    for (answer, is_kept) in [("n", true), ("", true), ("y", false)] {
        alice.run("rm -f key key.pub").ok();
        keygen(alice, "key", "-t ecdsa", "");
        let script = format!(
            r#"
            set timeout 60
            spawn sshtpm import key
            expect {{
                "an SSD" {{ }}
                timeout {{ exit 90 }}
                eof {{ exit 91 }}
            }}
            expect {{
                "Delete that file (y/n)? " {{ }}
                timeout {{ exit 92 }}
                eof {{ exit 93 }}
            }}
            send "{answer}\r"
            expect {{
                eof {{ }}
                timeout {{ exit 94 }}
            }}
            lassign [wait] pid spawnid os_error code
            exit $code
            "#
        );
        alice.command("expect -c").arg(script).run().ok();
        let is_there = alice.run("test -e key").code() == 0;
        assert_eq!(is_there, is_kept, "after the answer {answer:?}");
        alice.run("test -e key.pub").ok();
    }
    assert_eq!(alice.fingerprints().len(), 3);
}
