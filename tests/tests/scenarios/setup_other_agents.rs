//! `sshtpm setup` where ssh asks another agent, or its configuration cannot be changed: nothing is
//! taken away from the user unasked.

use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Output, User, World};

use crate::setup::{
    CONFIG, KEY_FILE, SOCKET, identity_agent, ssh_agent, standard_agent, write_config,
};

/// `sshtpm setup` at a terminal, to whose question `answer` is given.
fn at_a_terminal(alice: User<'_>, answer: &str, socket: &str) -> Output {
    let script = format!(
        r#"
        set timeout 60
        spawn sshtpm setup
        expect {{
            "with a backup (y/n)? " {{ send "n\r"; exp_continue }}
            "(y/n)? " {{ }}
            timeout {{ exit 90 }}
            eof {{ exit 91 }}
        }}
        send "{answer}\r"
        expect {{
            eof {{ }}
            timeout {{ exit 92 }}
        }}
        lassign [wait] pid spawnid os_error code
        exit $code
    "#
    );
    let expect = alice.command("expect -c").arg(script);
    expect.env("SSH_AUTH_SOCK", socket).run()
}

#[test]
fn an_identity_agent_that_somebody_set_is_left_alone() {
    for (config, named) in [
        ("IdentityAgent /run/user/1001/mine\n", "/run/user/1001/mine"),
        ("Host work\n    IdentityAgent none\n", "line 2"),
        ("Include more\n", "/run/user/1001/mine"),
        (
            "# The system's is for a host.\n",
            "/etc/ssh/ssh_config.d/work.conf",
        ),
    ] {
        let world = World::new();
        let alice = world.alice();
        let _agent = standard_agent(alice);
        write_config(alice, config);
        alice.write(
            "/home/alice/.ssh/more",
            "IdentityAgent /run/user/1001/mine\n",
        );
        if named.starts_with("/etc/") {
            world.root().run("mkdir -p /etc/ssh/ssh_config.d").ok();
            let work = "Host work\n    IdentityAgent /run/user/1001/mine\n";
            world.root().write(named, work);
        }
        let left = alice.run("sshtpm setup --yes").fails_with(1);
        assert!(left.stderr.contains(named), "{left}");
        assert_eq!(alice.read(CONFIG), config);
        // The key is there nevertheless.
        assert_eq!(alice.fingerprints().len(), 1);
        assert!(alice.read(KEY_FILE).starts_with("ecdsa-sha2-nistp256 "));
    }
}

#[test]
fn a_key_that_ssh_would_not_offer_is_left_to_be_named() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    write_config(alice, "IdentitiesOnly yes\n");
    let line = "IdentityFile ~/.ssh/id_sshtpm_ecdsa.pub";
    for words in ["sshtpm setup --yes", "sshtpm setup"] {
        alice.run(words).fails_with(1).complains(line);
    }
    let config = alice.read(CONFIG);
    alice.write(CONFIG, format!("{config}    {line}\n"));
    let done = alice.run("sshtpm setup --yes").ok();
    assert!(done.stdout.contains("Everything is set up"), "{done}");
}

#[test]
fn a_configuration_that_cannot_be_written_gets_advice_and_the_user_a_key() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    alice.run(&format!("ln -s nowhere {CONFIG}")).ok();
    let left = alice.run("sshtpm setup --yes").fails_with(1);
    let setting = "IdentityAgent /run/user/1001/sshtpm/agent.sock";
    assert!(left.stderr.contains(setting), "{left}");
    assert_eq!(alice.fingerprints().len(), 1);
}

#[test]
fn an_agent_that_does_not_answer_now_is_not_taken_away_unasked() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let socket = "/run/user/1001/of-another-session";
    let setup = alice.command("sshtpm setup --yes");
    let left = setup.env("SSH_AUTH_SOCK", socket).run().fails_with(1);
    assert!(left.stderr.contains(socket), "{left}");
    alice.run(&format!("test -e {CONFIG}")).fails_with(1);
}

#[test]
fn an_agent_with_keys_is_not_taken_away_unasked() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let (_other, socket) = ssh_agent(alice);
    let setup = alice.command("sshtpm setup --yes");
    let left = setup.env("SSH_AUTH_SOCK", &socket).run().fails_with(1);
    assert!(left.stderr.contains("the key in the agent at"), "{left}");
    alice.run(&format!("test -e {CONFIG}")).fails_with(1);
    assert_eq!(alice.fingerprints().len(), 1);
}

#[test]
fn an_agent_without_keys_is_named_and_replaced() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let (_other, socket) = ssh_agent(alice);
    let empty = alice.command("ssh-add -q -D");
    empty.env("SSH_AUTH_SOCK", &socket).run().ok();
    let setup = alice.command("sshtpm setup --yes");
    let done = setup.env("SSH_AUTH_SOCK", &socket).run().ok();
    assert!(done.stdout.contains(&socket), "{done}");
    assert_eq!(identity_agent(alice), SOCKET);
}

#[test]
fn at_a_terminal_the_user_decides_and_learns_what_is_given_up() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let (_other, socket) = ssh_agent(alice);
    let declined = at_a_terminal(alice, "n", &socket).fails_with(1);
    assert!(
        declined.stdout.contains("the key in the agent at"),
        "{declined}"
    );
    alice.run(&format!("test -e {CONFIG}")).fails_with(1);

    at_a_terminal(alice, "y", &socket).ok();
    assert_eq!(identity_agent(alice), SOCKET);
    assert_eq!(alice.fingerprints().len(), 1);
}

#[test]
fn keys_in_files_can_still_be_used() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.run("mkdir -m 700 /home/alice/.ssh").ok();
    alice
        .run("ssh-keygen -q -t ed25519 -N  -f .ssh/id_ed25519")
        .ok();
    alice.run("sshtpm setup --yes").ok();
    world.root().run("ssh-keygen -A").ok();
    let _sshd = Sshd::start(world.machine());
    let file_key = alice.read("/home/alice/.ssh/id_ed25519.pub");
    alice.write("/home/alice/.ssh/authorized_keys", file_key);
    let login = "ssh -o BatchMode=yes -o StrictHostKeyChecking=no localhost id -un";
    assert_eq!(alice.run(login).ok().stdout, "alice\n");
}

#[test]
fn a_configuration_that_ssh_does_not_accept_is_not_added_to() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    write_config(alice, "Nonsense yes\n");
    let refused = alice.run("sshtpm setup --yes").fails_with(1);
    assert!(
        refused.stderr.to_lowercase().contains("nonsense"),
        "{refused}"
    );
    assert_eq!(alice.read(CONFIG), "Nonsense yes\n");
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
}

#[test]
fn lines_that_have_no_effect_are_taken_back() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    // As soon as the lines are there, this sets another agent before them.
    let config = "Match exec \"grep -q ^#.Added /home/alice/.ssh/config\"\n    Include more\n";
    write_config(alice, config);
    alice.write(
        "/home/alice/.ssh/more",
        "IdentityAgent /run/user/1001/mine\n",
    );
    let failed = alice.run("sshtpm setup --yes").fails_with(1);
    assert!(failed.stderr.contains("have no effect"), "{failed}");
    assert_eq!(alice.read(CONFIG), config);
    let mode = alice.run(&format!("stat -c %a {CONFIG}")).ok();
    assert_eq!(mode.stdout, "640\n");
}
