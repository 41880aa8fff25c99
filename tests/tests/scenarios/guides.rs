//! The guides: their commands work as they are written.
//!
//! `sshtpm_tests::guide` says how a page marks what is to be run. The machine is alice's: systemd
//! has started her agent, there is an sshd that answers to the names that the pages have, and a
//! person at her terminal says yes and gives a PIN if asked for one.

use sshtpm_tests::guide::{Step, Who, steps};
use sshtpm_tests::machine::env_root;
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Output, User, World};

use super::setup::standard_agent;

/// Nobody has to type alice's password.
const UNASKED: &str = "polkit.addRule(function(action, subject) {
    if (action.id.indexOf('org.sshtpm.Broker1.') == 0 && subject.user == 'alice')
        return polkit.Result.YES;
});";

/// How the machine is called in the pages.
const NAMES: &str = "127.0.0.1 localhost sshtpm-test server server.example.org git.example.org\n";

/// Pages that no test runs, and why.
const NOT_RUN: [(&str, &str); 13] = [
    ("administration.md", "its commands are systemd's and apt's"),
    (
        "ansible.md",
        "Ansible is larger than all that the tests need",
    ),
    ("README.md", "it leads to the others"),
    ("comparison.md", "it has none"),
    (
        "dbus.md",
        "the examples of org.sshtpm.Broker1(5) are the same, and are run",
    ),
    (
        "host-keys.md",
        "they restart sshd by systemd; host_keys.rs runs the same",
    ),
    (
        "editors.md",
        "they look at a program of a desktop, and there is none",
    ),
    ("derived-keys.md", "its commands are run by other scenarios"),
    ("key-types.md", "its commands are run by other scenarios"),
    ("why-not-tss.md", "it has none"),
    ("nixos.md", "`make nix` runs what can be run without NixOS"),
    (
        "without-systemd.md",
        "`make init` installs, and has OpenRC start the services",
    ),
    (
        "migration.md",
        "they are for programs that are not installed",
    ),
];

/// A block at a terminal, with answers to all questions.
fn type_in(user: User<'_>, script: &str) -> Output {
    let path = format!("/tmp/block-{}", user.name());
    user.write(&path, script);
    let answers = format!(
        r#"
        set timeout 60
        spawn bash -e {path}
        expect {{
            "with a backup (y/n)? " {{ send "n\r"; exp_continue }}
            "(y/n)? " {{ send "y\r"; exp_continue }}
            -re "@sshtpm-test:~\\$ $" {{ send "exit\r"; exp_continue }}
            -re "PIN\[^\n\]*: $" {{ send "xyzzy-4711\r"; exp_continue }}
            timeout {{ exit 92 }}
            eof {{ }}
        }}
        lassign [wait] pid spawnid os_error code
        exit $code
    "#
    );
    // A pager would wait for a key.
    let expect = user.command("expect -c").arg(answers);
    expect.env("PAGER", "cat").run()
}

fn write(user: User<'_>, path: &str, content: &str) {
    let path = path.replacen('~', &user.home(), 1);
    let (directory, _) = path.rsplit_once('/').expect("an absolute path");
    user.run(&format!("mkdir -p -m 700 {directory}")).ok();
    user.write(&path, content);
}

fn read(page: &str) -> String {
    let path = format!("{}/docs/guides/{page}", env_root());
    std::fs::read_to_string(path).expect(page)
}

/// Does what a page says.
fn follow(page: &str) {
    let world = World::with_rule(UNASKED);
    follow_in(&world, None, page);
}

/// The same in that world, and in another one for what is done at another machine.
fn follow_in(world: &World, other: Option<&World>, page: &str) {
    let (root, alice) = (world.root(), world.alice());
    root.write("/etc/hosts", NAMES);
    root.run("ssh-keygen -A").ok();
    let _sshd = Sshd::start(world.machine());
    let _agent = standard_agent(alice);
    let steps = steps(&read(page));
    assert!(!steps.is_empty(), "{page} marks nothing to be run");
    let user = |who| match who {
        Who::Alice => alice,
        Who::Root => root,
        Who::Other => other.expect("another machine").alice(),
    };
    for step in steps {
        if let Some(other) = other {
            carry(alice, other.alice());
            carry(other.alice(), alice);
        }
        match step {
            Step::Run { who, script, fails } => {
                let done = type_in(user(who), &script);
                assert_eq!(done.code() != 0, fails, "{page}: {script}\n{done}");
            }
            Step::File { who, path, content } => {
                write(user(who), &path, &content);
            }
        }
    }
}

/// Carries what one machine has and the other does not: what the page says to copy.
fn carry(from: User<'_>, to: User<'_>) {
    for name in ["b.pub", "b.tpm"] {
        let path = format!("{}/{name}", from.home());
        let is_there = |user: User<'_>| user.run(&format!("test -e {path}")).code() == 0;
        if is_there(from) && !is_there(to) {
            to.write(&path, from.read(&path));
        }
    }
}

#[test]
fn each_guide_is_run_or_says_why_not() {
    let pages = std::fs::read_dir(format!("{}/docs/guides", env_root()));
    for page in pages.expect("guides") {
        let page = page.expect("a page").file_name();
        let page = page.to_str().expect("a name");
        let is_left_out = NOT_RUN.iter().any(|(name, _)| *name == page);
        assert_ne!(steps(&read(page)).is_empty(), !is_left_out, "{page}");
    }
}

#[test]
fn the_guide_attestation_works_as_it_is_written() {
    follow("attestation.md");
}

#[test]
fn the_guide_certificates_works_as_it_is_written() {
    follow("certificates.md");
}

#[test]
fn the_guide_containers_works_as_it_is_written() {
    follow("containers.md");
}

#[test]
fn the_guide_git_works_as_it_is_written() {
    follow("git.md");
}

#[test]
fn the_guide_laptop_works_as_it_is_written() {
    follow("laptop.md");
}

#[test]
fn the_guide_network_homes_works_as_it_is_written() {
    follow("network-homes.md");
}

#[test]
fn the_guide_other_agents_works_as_it_is_written() {
    follow("other-agents.md");
}

#[test]
fn the_guide_pkcs11_works_as_it_is_written() {
    follow("pkcs11.md");
}

#[test]
fn the_guide_recovery_works_as_it_is_written() {
    follow("recovery.md");
}

#[test]
fn the_guide_restrictions_works_as_it_is_written() {
    follow("restrictions.md");
}

#[test]
fn the_guide_several_sockets_works_as_it_is_written() {
    follow("several-sockets.md");
}

#[test]
fn the_guide_shared_server_works_as_it_is_written() {
    follow("shared-server.md");
}

#[test]
fn the_guide_two_machines_works_as_it_is_written() {
    let worlds = [(); 2].map(|()| World::with_rule(UNASKED));
    let [here, there] = &worlds;
    follow_in(here, Some(there), "two-machines.md");
    let keys = there.alice().fingerprints();
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert!(here.alice().fingerprints().contains(&keys[0]));
}
