//! `sshtpm setup` at a terminal, where a start file has another agent: it asks whether to turn that
//! off, and `--undo` turns it on again. Units are not tried here: no systemd runs for alice.

use sshtpm_tests::{User, World};

use super::git::at_a_terminal;
use super::odd_homes::move_to;
use super::setup::{SOCKET, files, standard_agent};

/// Has every session of alice's ask the agent.
const SETUP: &str = "sshtpm setup --agent-by environment";

/// What alice's login shell reads.
const PROFILE: &str = "/home/alice/.profile";

/// What a login shell of alice's has in the variable.
fn of_login_shell(alice: User<'_>) -> String {
    let shell = alice.command("bash -l -c").arg("echo $SSH_AUTH_SOCK");
    shell.run().ok().stdout.trim_end().to_owned()
}

#[test]
fn a_line_is_turned_off_for_a_person_who_agrees_and_comes_back() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.run("sshtpm --quiet keygen").ok();
    let profile = "# mine\nif true; then\n\teval $(ssh-agent -s)\nfi\nexport MINE=1\n";
    alice.write(PROFILE, profile);
    alice.run(&format!("chmod 640 {PROFILE}")).ok();
    let before = files(alice);
    let done = at_a_terminal(alice, SETUP, "y").ok();
    for part in [
        "line 3 of /home/alice/.profile starts another agent.",
        "eval $(ssh-agent -s)",
        "`sshtpm setup --undo` turns it on again.",
        "The file as it was: /home/alice/.profile.before-sshtpm",
    ] {
        assert!(done.stdout.contains(part), "{part}: {done}");
    }
    assert_eq!(of_login_shell(alice), SOCKET);
    alice.run("pgrep -u alice -x ssh-agent").fails_with(1);
    assert_eq!(alice.read("/home/alice/.profile.before-sshtpm"), profile);

    let undone = alice.run("sshtpm setup --undo --yes").ok();
    assert!(undone.stdout.contains("turn on again in"), "{undone}");
    let lines = |files: &str| {
        let lines = files.lines().filter(|line| line.contains(".profile"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(lines(&files(alice)), lines(&before));
}

#[test]
fn a_person_who_declines_is_told_how_and_nothing_changes() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.run("sshtpm --quiet keygen").ok();
    alice.write(PROFILE, "export SSH_AUTH_SOCK=/mine\n");
    let before = files(alice);
    let declined = at_a_terminal(alice, SETUP, "n").fails_with(1);
    for part in ["sets SSH_AUTH_SOCK to /mine", "put a # before it"] {
        assert!(declined.stdout.contains(part), "{part}: {declined}");
    }
    assert_eq!(files(alice), before);
}

#[test]
fn one_line_after_the_other_is_asked_about_until_none_is_in_the_way() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.run("sshtpm --quiet keygen").ok();
    alice.write(PROFILE, ". ~/.bashrc\nexport SSH_AUTH_SOCK=/mine\n");
    alice.write(
        "/home/alice/.bashrc",
        "SSH_AUTH_SOCK=/other\nexport SSH_AUTH_SOCK\n",
    );
    let done = at_a_terminal(alice, SETUP, "y").ok();
    assert_eq!(
        done.stdout.matches("Turn it off (y/n)?").count(),
        2,
        "{done}"
    );
    assert_eq!(of_login_shell(alice), SOCKET);
    alice.run("sshtpm setup --undo --yes").ok();
    assert_eq!(of_login_shell(alice), "/mine");
    alice.run("test -e .profile.before-sshtpm").fails_with(1);
}

#[test]
fn a_line_without_which_the_file_could_not_be_read_is_left() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.run("sshtpm --quiet keygen").ok();
    for profile in [
        "if eval $(ssh-agent -s); then\n    echo hello\nfi\n",
        "env A=b \\\n    ssh-agent true\n",
    ] {
        alice.write(PROFILE, profile);
        let before = files(alice);
        let left = at_a_terminal(alice, SETUP, "y").fails_with(1);
        assert!(left.stdout.contains("starts another agent"), "{left}");
        assert!(!left.stdout.contains("(y/n)"), "{left}");
        assert_eq!(files(alice), before);
    }
}

#[test]
fn keys_that_programs_would_no_longer_find_are_named_in_the_question() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let (_other, socket) = super::setup::ssh_agent(alice);
    alice.run("sshtpm --quiet keygen").ok();
    alice.write(PROFILE, format!("export SSH_AUTH_SOCK={socket}\n"));
    let declined = at_a_terminal(alice, SETUP, "n").fails_with(1);
    let loss = format!("no longer find the key in the agent at {socket}.");
    assert!(declined.stdout.contains(&loss), "{declined}");
}

#[test]
fn a_line_is_turned_off_and_on_in_an_odd_home() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let home = "/home/o'neill \"x\" $y zo\u{eb}";
    move_to(&world, home);
    let script = |text: &str| {
        let shell = alice
            .command("sh -c")
            .arg(format!("cd \"$HOME\" && {text}"));
        shell.env("HOME", home).run().ok().stdout
    };
    script("sshtpm --quiet keygen; echo 'export SSH_AUTH_SOCK=/mine' >.profile");
    let setup = format!("env {{HOME={home}}} {SETUP}").replace('$', "\\$");
    at_a_terminal(alice, &setup, "y").ok();
    assert!(script("cat .profile").starts_with(": # Turned off by"));
    script("sshtpm setup --undo --yes");
    assert_eq!(
        script("cat .profile; ls -A .profile*"),
        "export SSH_AUTH_SOCK=/mine\n.profile\n"
    );
}
