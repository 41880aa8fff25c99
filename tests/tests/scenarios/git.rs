//! `sshtpm setup --git`: git signs with a key in the TPM, whichever way the agent is reached.

use sshtpm_tests::call::{none, text};
use sshtpm_tests::{Agent, Output, User, World, wait};

use super::setup::{SOCKET, files, standard_agent};

/// What git calls alice.
const EMAIL: &str = "alice@example.org";

/// A commit and a tag in a new repository, and what git says of their signatures.
const WORK: &str = "set -e
    git init -q work
    cd work
    git commit -q -S --allow-empty -m 'Signed in the TPM'
    git tag -s -m 'Signed, too' v1
    git verify-commit HEAD
    git verify-tag v1";

/// What git finds of a good signature by alice.
const GOOD: &str = "Good \"git\" signature for alice@example.org with ECDSA key ";

/// alice, whom git knows by name and address.
pub(super) fn with_git(world: &World) -> User<'_> {
    let alice = world.alice();
    alice.run("git config --global user.name Alice").ok();
    let address = format!("git config --global user.email {EMAIL}");
    alice.run(&address).ok();
    alice
}

/// Runs a script of alice's, where the environment names no agent.
fn script(alice: User<'_>, script: &str) -> Output {
    alice.command("bash -c").arg(script).run()
}

/// Whether commit and tag are signed well by the key called so.
#[track_caller]
fn signed_by(work: &Output, fingerprint: &str) {
    let good = format!("{GOOD}{fingerprint}");
    assert_eq!(work.stderr.matches(&good).count(), 2, "{work}");
}

/// The fingerprint of alice's only key.
fn fingerprint(alice: User<'_>) -> String {
    text(&alice.list(none()).expect("a list")[0], "Fingerprint")
}

/// git's setting outside of repositories; nothing if there is none.
pub(super) fn setting(alice: User<'_>, name: &str) -> String {
    let said = alice.run(&format!("git config --global {name}"));
    said.stdout.trim_end().to_owned()
}

/// A command at a terminal, where every question gets the same answer.
pub(super) fn at_a_terminal(alice: User<'_>, command: &str, answer: &str) -> Output {
    let script = format!(
        r#"
        set timeout 60
        spawn {command}
        expect {{
            "with a backup (y/n)? " {{ send "n\r"; exp_continue }}
            "(y/n)? " {{ send "{answer}\r"; exp_continue }}
            timeout {{ exit 92 }}
            eof {{ }}
        }}
        lassign [wait] pid spawnid os_error code
        exit $code
    "#
    );
    alice.command("expect -c").arg(script).run()
}

#[test]
fn git_signs_where_only_ssh_s_configuration_names_the_agent() {
    let world = World::new();
    let alice = with_git(&world);
    let _agent = standard_agent(alice);
    let done = alice.run("sshtpm setup --git --yes").ok();
    assert!(done.stdout.contains("git signs with your key"), "{done}");
    assert_eq!(setting(alice, "gpg.ssh.program"), "sshtpm-ssh-keygen");
    signed_by(&script(alice, WORK).ok(), &fingerprint(alice));
    let unasked = script(alice, "cd work && git commit -q --allow-empty -m x");
    unasked.ok();
    script(alice, "cd work && git verify-commit HEAD").ok();
    let by_itself = "cd work && git -c gpg.ssh.program=ssh-keygen commit --allow-empty -m x";
    let refused = script(alice, by_itself);
    assert_ne!(refused.code(), 0, "ssh-keygen found the agent: {refused}");
}

#[test]
fn git_signs_with_a_key_that_the_tpm_seals() {
    let world = World::new();
    let alice = with_git(&world);
    let _agent = standard_agent(alice);
    alice.run("sshtpm keygen -t ed25519").ok();
    alice.run("sshtpm setup --git --yes").ok();
    let work = script(alice, WORK).ok();
    let key = fingerprint(alice);
    let good = format!("Good \"git\" signature for {EMAIL} with ED25519 key {key}");
    assert_eq!(work.stderr.matches(&good).count(), 2, "{work}");
}

#[test]
fn git_signs_by_ssh_keygen_where_the_environment_names_the_agent() {
    let world = World::new();
    let alice = with_git(&world);
    let agent = standard_agent(alice);
    alice.run("sshtpm setup --yes --agent-by environment").ok();
    agent.command("sshtpm setup --git --yes").run().ok();
    assert_eq!(setting(alice, "gpg.ssh.program"), "");
    let work = agent.command("bash -c").arg(WORK).run().ok();
    signed_by(&work, &fingerprint(alice));
}

#[test]
fn a_key_with_a_pin_signs_a_commit_once_a_person_has_given_it() {
    let world = World::new();
    let alice = with_git(&world);
    let key = alice.key_with_pin("laptop", "xyzzy-4711");
    let askpass = "#!/bin/sh\necho \"$1\" >>/home/alice/asked\necho xyzzy-4711\n";
    alice.write("/home/alice/askpass", askpass);
    alice.run("chmod 700 /home/alice/askpass").ok();
    alice.run("mkdir -p -m 700 /run/user/1001/sshtpm").ok();
    let variables = [
        ("SSH_ASKPASS", "/home/alice/askpass"),
        ("SSH_ASKPASS_REQUIRE", "force"),
    ];
    let _agent = Agent::start_with(alice, SOCKET, &variables);
    alice.run("sshtpm setup --git --yes").ok();
    let literal = setting(alice, "user.signingkey");
    assert!(
        literal.starts_with("key::ecdsa-sha2-nistp256 "),
        "{literal}"
    );
    signed_by(&script(alice, WORK).ok(), &key);
    let asked = alice.read("/home/alice/asked");
    assert!(asked.contains("\"laptop\""), "{asked}");
}

#[test]
fn a_key_that_may_not_sign_is_named_and_the_printed_command_helps() {
    let world = World::new();
    let alice = with_git(&world);
    let _agent = standard_agent(alice);
    alice.run("sshtpm keygen -C login --for auth").ok();
    alice
        .run("sshtpm keygen -C files -f files --namespace file")
        .ok();
    let refused = alice.run("sshtpm setup --git --yes").fails_with(1);
    for part in ["login: it is for auth alone", "namespace file alone"] {
        assert!(refused.stderr.contains(part), "{refused}");
    }
    assert_eq!(setting(alice, "gpg.format"), "");
    let keygen = printed(&refused.stderr, "sshtpm keygen ");
    script(alice, &keygen).ok();
    let done = alice.run("sshtpm setup --git --yes").ok();
    assert!(done.stdout.contains("login: it is for auth"), "{done}");
    let key = alice.run("sshtpm list --json").ok().json();
    let keys = key["keys"].as_array().or(key.as_array()).expect("keys");
    let git = keys.iter().find(|key| key["comment"] == "git");
    let git = git.expect("the new key")["fingerprint"].clone();
    signed_by(&script(alice, WORK).ok(), git.as_str().expect("text"));
    alice
        .run("sshtpm setup --git=login --yes")
        .fails_with(1)
        .complains("This key may: ");
}

/// The line of `said` that begins with this command.
fn printed(said: &str, command: &str) -> String {
    let mut lines = said.lines().map(str::trim);
    let line = lines.find(|line| line.starts_with(command));
    line.expect(said).to_owned()
}

#[test]
fn git_is_set_up_once_and_left_alone_after_that() {
    let world = World::new();
    let alice = with_git(&world);
    let _agent = standard_agent(alice);
    alice.run("sshtpm setup --git --yes").ok();
    let before = files(alice);
    for words in ["sshtpm setup --git --yes", "sshtpm setup --git"] {
        let again = alice.run(words).ok();
        assert!(again.stdout.contains("git signs with your key"), "{again}");
        assert_eq!(files(alice), before, "{words}");
    }
}

#[test]
fn setup_of_git_without_a_terminal_shows_each_line_and_changes_nothing() {
    let world = World::new();
    let alice = with_git(&world);
    let _agent = standard_agent(alice);
    alice.run("sshtpm setup --yes").ok();
    let before = files(alice);
    let plan = alice.run("sshtpm setup --git").fails_with(1);
    for part in [
        "git config --global gpg.format ssh",
        "git config --global user.signingkey /home/alice/.ssh/id_sshtpm_ecdsa.pub",
        "git config --global commit.gpgsign true",
        "alice@example.org namespaces=\"git\" ecdsa-sha2-nistp256 ",
    ] {
        assert!(plan.stdout.contains(part), "{part}: {plan}");
    }
    assert!(plan.stderr.contains("--yes"), "{plan}");
    assert_eq!(files(alice), before);
}

#[test]
fn a_setting_of_git_is_replaced_after_a_question_and_can_come_back() {
    let world = World::new();
    let alice = with_git(&world);
    let _agent = standard_agent(alice);
    alice.run("sshtpm setup --yes").ok();
    for line in ["gpg.format openpgp", "user.signingkey 0xABCD"] {
        alice.run(&format!("git config --global {line}")).ok();
    }
    let before = files(alice);
    let left = alice.run("sshtpm setup --git --yes").fails_with(1);
    let replaced = "user.signingkey is 0xABCD now";
    assert!(left.stderr.contains(replaced), "{left}");
    let no = at_a_terminal(alice, "sshtpm setup --git", "n").fails_with(1);
    assert!(no.stdout.contains(replaced), "{no}");
    assert_eq!(files(alice), before);

    let settings = alice.read("/home/alice/.gitconfig");
    let yes = at_a_terminal(alice, "sshtpm setup --git", "y").ok();
    signed_by(&script(alice, WORK).ok(), &fingerprint(alice));
    // Once for signatures, and once for those of each commit.
    let said = yes.stdout.replace('\r', "");
    let backs = said.split("run `sshtpm setup --undo`, or:\n").skip(1);
    let commands = backs.flat_map(|back| {
        let lines = back.lines().map(str::trim);
        lines.take_while(|line| line.starts_with("git config "))
    });
    let commands: Vec<_> = commands.collect();
    assert_eq!(commands.len(), 6, "{yes}");
    script(alice, &commands.join("\n")).ok();
    let restored = alice.read("/home/alice/.gitconfig");
    let without_empty = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with('['));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(without_empty(&restored), without_empty(&settings));
}

#[test]
fn settings_without_effect_are_taken_back() {
    let world = World::new();
    let alice = with_git(&world);
    let _agent = standard_agent(alice);
    alice.run("sshtpm setup --yes").ok();
    let settings = || alice.run("git config --global --list").ok().stdout;
    let before = settings();
    // It wins over every file.
    let command = "env GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=user.signingkey \
                   GIT_CONFIG_VALUE_0=0xABCD sshtpm setup --git";
    let failed = at_a_terminal(alice, command, "y").fails_with(1);
    let why = "user.signingkey has no effect in git's configuration";
    assert!(failed.stdout.contains(why), "{failed}");
    assert_eq!(settings(), before);
    alice
        .run("test -e /home/alice/.ssh/allowed_signers")
        .fails_with(1);
}

#[test]
fn git_s_configuration_is_written_where_git_has_it() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let config = "/home/alice/.config/git/config";
    alice.run("mkdir -p /home/alice/.config/git").ok();
    alice.write(
        config,
        format!("[user]\n\tname = Alice\n\temail = {EMAIL}\n"),
    );
    alice.run("sshtpm setup --git --yes").ok();
    assert!(alice.read(config).contains("signingkey = "));
    alice.run("test -e /home/alice/.gitconfig").fails_with(1);
    signed_by(&script(alice, WORK).ok(), &fingerprint(alice));
}

#[test]
fn git_without_an_address_is_told_to_get_one() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice
        .run("sshtpm setup --git --yes")
        .fails_with(1)
        .complains("git config --global user.email you@example.org");
}

#[test]
fn keys_of_another_agent_go_on_to_sign_beside_ours() {
    let world = World::new();
    let alice = with_git(&world);
    let _agent = standard_agent(alice);
    alice.run("sshtpm setup --git --yes").ok();
    let other = "/run/user/1001/other";
    let _other = alice.command("ssh-agent -D -a").arg(other).daemon();
    wait::until("ssh-agent", wait::START, || {
        alice.machine().enter(|| std::fs::metadata(other)).ok()
    });
    alice.run("ssh-keygen -q -t ed25519 -N  -f other").ok();
    let add = alice
        .command("ssh-add -q other")
        .env("SSH_AUTH_SOCK", other);
    add.run().ok();
    alice.run("rm other").ok();
    let commit = "git init -q elsewhere && cd elsewhere
        git config user.signingkey /home/alice/other.pub
        git commit -q -S --allow-empty -m theirs && git cat-file commit HEAD";
    let commit = alice.command("bash -c").arg(commit);
    let made = commit.env("SSH_AUTH_SOCK", other).run().ok();
    assert!(made.stdout.contains("BEGIN SSH SIGNATURE"), "{made}");
}

#[test]
fn show_prints_a_key_as_git_takes_it() {
    let world = World::new();
    let alice = with_git(&world);
    let key = alice.generate("", "laptop", none()).expect("a key");
    let shown = alice.run("sshtpm show --git laptop").ok();
    assert_eq!(shown.stdout, format!("key::{}\n", text(&key, "PublicKey")));
    alice.run("sshtpm show --git --json laptop").fails_with(2);
}
