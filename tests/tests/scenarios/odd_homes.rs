//! Home directories as some people have them: every command that is printed can be pasted, and
//! every file that is written is read back by ssh.

use sshtpm_tests::answers::Person;
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::user::Invocation;
use sshtpm_tests::{User, World};

use super::setup::standard_agent;

/// What ssh works in. It reads `$` and `~` as they are where they are not in front.
const HOMES: [&str; 6] = [
    "/home/ann lee",
    "/home/o'neill \"x\"",
    "/home/$HOME",
    "/home/~t#x",
    "/home/zoë 日本",
    "/home/back\\slash",
];

/// Gives alice a new home directory.
pub(super) fn move_to(world: &World, home: &str) {
    let root = world.root();
    let make = root.command("install -d -m 700 -o 1001 -g 1001");
    make.arg(home).run().ok();
    let users = root.read("/etc/passwd");
    let users = users.lines().map(|line| match line.split_once(':') {
        Some(("alice", _)) => format!("alice:x:1001:1001:Alice:{home}:/bin/bash\n"),
        _ => format!("{line}\n"),
    });
    root.write("/etc/passwd", users.collect::<String>());
}

/// A script of alice's, with her home directory in the environment, too.
fn script<'m>(alice: User<'m>, home: &str, script: &str) -> Invocation<'m> {
    let command = alice.command("bash -ec").arg(script);
    command.env("HOME", home)
}

/// The line that begins so, without that beginning.
fn line<'t>(said: &'t str, beginning: &str) -> &'t str {
    let mut lines = said.lines().filter_map(|line| line.strip_prefix(beginning));
    lines.next().expect(said)
}

#[test]
fn what_is_printed_and_written_works_in_odd_homes() {
    let world = World::new();
    let alice = world.alice();
    world.root().run("ssh-keygen -A").ok();
    let _agent = standard_agent(alice);
    let _sshd = Sshd::start(world.machine());
    for home in HOMES {
        move_to(&world, home);
        let run = |text: &str| script(alice, home, text).run().ok().stdout;
        let made = run("sshtpm keygen -C odd");
        run("cp ~/.ssh/id_sshtpm_ecdsa.pub ~/.ssh/authorized_keys");
        let options = "-o BatchMode=yes -o StrictHostKeyChecking=accept-new localhost id -un";
        let login = line(&made, "Use it with: ").replace("HOST", options);
        assert_eq!(run(&login), "alice\n", "{login}");

        let done = run("sshtpm setup --yes");
        assert_eq!(run("ssh -o BatchMode=yes localhost id -un"), "alice\n");
        let copy = line(&done, "  - to another machine:  ").replace("HOST", "localhost");
        run(&copy);
        let lines = run("sort -u ~/.ssh/authorized_keys | wc -l");
        assert_eq!(lines, "1\n", "{copy}");

        run("sshtpm restrict odd --to alice@localhost");
        assert_eq!(run("ssh -o BatchMode=yes localhost id -un"), "alice\n");
        let rm = alice.with(Person::Accepts, "sshtpm rm --force --delete-file odd");
        rm.env("HOME", home).run().ok();
        run("test ! -e ~/.ssh/id_sshtpm_ecdsa.pub");
    }
}

#[test]
fn git_signs_in_odd_homes() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    for home in HOMES {
        move_to(&world, home);
        let work = "git config --global user.name Ann
            git config --global user.email ann@example.org
            sshtpm setup --git --yes
            git init -q work
            cd work
            git commit -q --allow-empty -m x
            git verify-commit HEAD";
        let work = script(alice, home, work).run().ok();
        assert!(work.stderr.contains("Good \"git\" signature"), "{work}");
    }
}

#[test]
fn a_home_in_which_ssh_does_not_work_is_named_as_the_cause() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    for home in ["/home/50%", "/home/${X}"] {
        move_to(&world, home);
        let ssh = script(alice, home, "ssh -G localhost").run();
        assert_ne!(ssh.code(), 0, "ssh works in {home}: {ssh}");
        for command in ["sshtpm setup --yes", "sshtpm keygen --to alice@localhost"] {
            let failed = script(alice, home, command).run().fails_with(1);
            failed.complains("Ask the administrator for a home directory");
        }
    }
}
