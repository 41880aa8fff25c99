//! `sshtpm setup --undo`: everything is as it was, except for what the user changed since.

use sshtpm_tests::{User, World};

use super::git::{setting, with_git};
use super::odd_homes::move_to;
use super::setup::{CONFIG, SOCKET, files, identity_agent, standard_agent};

/// Takes everything back, without a question.
const UNDO: &str = "sshtpm setup --undo --yes";

/// What a login shell of alice's reads.
const PROFILE: &str = "/home/alice/.profile";

/// alice's files, without the directories that setup made and keys.
fn own_files(alice: User<'_>) -> String {
    let all = files(alice);
    let is_kept = |line: &&str| !line.contains("id_sshtpm_");
    let is_file = |line: &&str| !line.contains(" d");
    let lines = all.lines().filter(is_kept).filter(is_file);
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn undo_puts_ssh_s_configuration_back_byte_for_byte() {
    for before in ["", "# mine\r\nHost work\n\tPort 2222\n", "Port 22\n\n\n"] {
        let world = World::new();
        let alice = world.alice();
        let _agent = standard_agent(alice);
        if !before.is_empty() {
            alice.run("mkdir -m 700 /home/alice/.ssh").ok();
            alice.write(CONFIG, before);
            alice.run(&format!("chmod 640 {CONFIG}")).ok();
        }
        let files_before = own_files(alice);
        alice.run("sshtpm setup --yes").ok();
        assert_eq!(identity_agent(alice), SOCKET);
        let undone = alice.run(UNDO).ok();
        assert!(undone.stdout.contains("Your keys stay"), "{undone}");
        assert_eq!(own_files(alice), files_before, "{before:?}");
        assert_eq!(identity_agent(alice), "");
        assert_eq!(alice.fingerprints().len(), 1);
    }
}

#[test]
fn undo_takes_the_environment_of_sessions_back() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.write(PROFILE, "echo mine\n");
    let before = own_files(alice);
    alice.run("sshtpm setup --yes --agent-by environment").ok();
    assert_ne!(own_files(alice), before);
    alice.run(UNDO).ok();
    assert_eq!(own_files(alice), before);
    let environment = "/home/alice/.config/environment.d/50-sshtpm.conf";
    alice.run(&format!("test -e {environment}")).fails_with(1);
}

#[test]
fn undo_takes_git_s_settings_back_to_what_they_were() {
    let world = World::new();
    let alice = with_git(&world);
    let _agent = standard_agent(alice);
    alice.run("git config --global tag.gpgsign false").ok();
    let before = own_files(alice);
    alice.run("sshtpm setup --yes --git").ok();
    assert_eq!(setting(alice, "gpg.format"), "ssh");
    let plan = alice.run("sshtpm setup --undo").fails_with(1);
    let line = "git config --global --unset user.signingkey";
    assert!(plan.stdout.contains(line), "{plan}");
    assert_eq!(setting(alice, "gpg.format"), "ssh");
    alice.run(UNDO).ok();
    for name in [
        "gpg.format",
        "user.signingkey",
        "gpg.ssh.program",
        "commit.gpgsign",
    ] {
        assert_eq!(setting(alice, name), "", "{name}");
    }
    assert_eq!(setting(alice, "tag.gpgsign"), "false");
    alice.run("test -e .ssh/allowed_signers").fails_with(1);
    // Sections of git's file may be left, and are empty.
    let without_git = |files: String| {
        let lines = files.lines().filter(|line| !line.contains(".gitconfig"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(without_git(own_files(alice)), without_git(before));
}

#[test]
fn undo_keeps_and_names_what_the_user_changed_since() {
    let world = World::new();
    let alice = with_git(&world);
    let _agent = standard_agent(alice);
    alice.run("sshtpm setup --yes --git").ok();
    let mine = alice.read(CONFIG).replace(SOCKET, "/run/user/1001/mine");
    alice.write(CONFIG, &mine);
    alice.run("git config --global user.signingkey 0x4711").ok();
    let undone = alice.run(UNDO).ok();
    for named in [CONFIG, "at line 1", "git's setting user.signingkey"] {
        assert!(undone.stdout.contains(named), "{named}: {undone}");
    }
    assert_eq!(alice.read(CONFIG), mine);
    assert_eq!(setting(alice, "user.signingkey"), "0x4711");
    assert_eq!(setting(alice, "gpg.format"), "");
}

#[test]
fn lines_that_the_user_added_below_stay_for_all_hosts() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.run("mkdir -m 700 /home/alice/.ssh").ok();
    alice.write(CONFIG, "Host work\n    Port 2222\n");
    alice.run("sshtpm setup --yes").ok();
    let config = alice.read(CONFIG);
    alice.write(CONFIG, format!("{config}    User ann\n"));
    alice.run(UNDO).ok();
    let other = alice.run("ssh -G elsewhere").ok().stdout;
    assert!(
        other.contains("\nport 22\n") && other.contains("user ann\n"),
        "{other}"
    );
    assert_eq!(identity_agent(alice), "");
}

#[test]
fn undo_a_second_time_finds_nothing_and_changes_nothing() {
    let world = World::new();
    let alice = with_git(&world);
    let _agent = standard_agent(alice);
    alice.run("sshtpm setup --yes --git").ok();
    alice.run(UNDO).ok();
    let before = files(alice);
    for words in [UNDO, "sshtpm setup --undo"] {
        let again = alice.run(words).ok();
        assert!(
            again.stdout.contains("nothing of setup's to take back"),
            "{again}"
        );
        assert_eq!(files(alice), before);
    }
    // It can be set up again.
    alice.run("sshtpm setup --yes --git").ok();
    assert_eq!(identity_agent(alice), SOCKET);
}

#[test]
fn undo_needs_no_broker_and_changes_nothing_unasked() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.run("sshtpm setup --yes").ok();
    world.stop_broker();
    let before = files(alice);
    let plan = alice
        .run("sshtpm setup --undo")
        .fails_with(1)
        .complains("--yes");
    for part in [CONFIG, "IdentityAgent"] {
        assert!(plan.stdout.contains(part), "{part}: {plan}");
    }
    assert_eq!(files(alice), before);
    alice.run(UNDO).ok();
    assert_eq!(identity_agent(alice), "");
}

#[test]
fn undo_works_in_an_odd_home_and_where_the_configuration_is_a_link() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let home = "/home/o'neill \"x\" zo\u{eb} #$y";
    move_to(&world, home);
    let run = |words: &str| alice.command(words).env("HOME", home).run();
    let script = |text: &str| {
        let shell = alice
            .command("sh -c")
            .arg(format!("cd \"$HOME\" && {text}"));
        shell.env("HOME", home).run().ok().stdout
    };
    script("mkdir -m 700 .ssh dots && echo '# mine' >dots/ssh && ln -s ../dots/ssh .ssh/config");
    script("git config --global user.email alice@example.org");
    run("sshtpm setup --yes --git").ok();
    run("sshtpm setup --yes --agent-by environment").ok();
    assert!(script("cat dots/ssh").contains("IdentityAgent"));
    run(UNDO).ok();
    assert_eq!(
        script("cat dots/ssh; readlink .ssh/config"),
        "# mine\n../dots/ssh\n"
    );
    assert_eq!(script("git config --global --get-regexp gpg || :"), "");
    assert_eq!(
        script("find . -name '*.conf' -o -name .profile -o -name 'setup.toml'"),
        ""
    );
}

#[test]
fn a_record_that_is_not_setup_s_is_named_and_obeyed_in_nothing() {
    let world = World::new();
    let alice = with_git(&world);
    alice.run("mkdir -p .local/state/sshtpm").ok();
    let record = "/home/alice/.local/state/sshtpm/setup.toml";
    alice.write(record, "[[units]]\nunit = \"--all\"\nhow = \"masked\"\n");
    alice.run(UNDO).fails_with(1).complains(record);
    // A setting that setup never makes, and a line that is not there.
    let other = format!(
        "[[git]]\nname = \"user.email\"\nvalue = \"{}\"\n\
         [[signers]]\nfile = \"/home/alice/.gitconfig\"\nline = \"no such line\"\n",
        setting(alice, "user.email")
    );
    alice.write(record, other);
    let before = setting(alice, "user.email");
    alice.run(UNDO).ok();
    assert_eq!(setting(alice, "user.email"), before);
}
