//! What `sshtpm setup` and `doctor` see of sessions: login shells, their start files, and agents
//! that `ssh -A` brings along.

use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Output, User, World};

use super::setup::{SOCKET, files, ssh_agent, standard_agent};

/// Has every session of alice's ask the agent.
const BY_ENVIRONMENT: &str = "sshtpm setup --yes --agent-by environment";

/// What alice's login shell reads.
const PROFILE: &str = "/home/alice/.profile";

/// Prints the variable.
const PRINT: &str = "'echo $SSH_AUTH_SOCK'";

/// An sshd that lets bob in as alice with a key from a file, which is in an agent of his.
fn let_bob_in(world: &World) -> Sshd {
    world.root().run("ssh-keygen -A").ok();
    let sshd = Sshd::start(world.machine());
    let alice = world.alice();
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    let key = world.bob().read("/home/bob/file.pub");
    alice.write("/home/alice/.ssh/authorized_keys", key);
    sshd
}

/// What `command` says when bob runs it as alice by ssh with `option`.
fn by_ssh(bob: User<'_>, socket: &str, option: &str, command: &str) -> Output {
    let login = "-o BatchMode=yes -o StrictHostKeyChecking=no alice@localhost";
    let ssh = bob.command(&format!("ssh {option} {login}")).arg(command);
    ssh.env("SSH_AUTH_SOCK", socket).run()
}

#[test]
fn a_login_shell_asks_the_agent_after_setup_by_environment() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.write(PROFILE, "echo hello\n");
    let done = alice.run(BY_ENVIRONMENT).ok();
    assert!(done.stdout.contains("which was started just now"), "{done}");
    assert!(alice.read(PROFILE).starts_with("echo hello\n\n# Added"));
    let shell = alice
        .command("bash -l -c")
        .arg("ssh-add -L; echo $SSH_AUTH_SOCK");
    let shell = shell.run().ok().stdout;
    assert!(shell.contains("\necdsa-sha2-nistp256 "), "{shell}");
    assert!(shell.ends_with(&format!("\n{SOCKET}\n")), "{shell}");
}

#[test]
fn an_agent_that_ssh_brings_along_stays_after_setup_by_environment() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let _agent = standard_agent(alice);
    let (_other, socket) = ssh_agent(bob);
    let _sshd = let_bob_in(&world);
    alice.run(BY_ENVIRONMENT).ok();
    let shell = format!("bash -l -c {PRINT}");
    let forwarded = by_ssh(bob, &socket, "-A", &shell).ok().stdout;
    assert!(forwarded.starts_with("/"), "{forwarded}");
    assert!(!forwarded.contains("sshtpm"), "{forwarded}");
    let keys = by_ssh(bob, &socket, "-A", "bash -l -c 'ssh-add -L'").ok();
    assert!(keys.stdout.contains("ssh-ed25519 "), "{keys}");
    // A login without one has alice's own, although sshd sets no XDG_RUNTIME_DIR here.
    let plain = by_ssh(bob, &socket, "-a", &shell).ok().stdout;
    assert_eq!(plain, format!("{SOCKET}\n"));
}

#[test]
fn setup_by_environment_takes_no_agent_away_that_ssh_brought() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let _agent = standard_agent(alice);
    let (_other, socket) = ssh_agent(bob);
    let _sshd = let_bob_in(&world);
    let ours = "XDG_RUNTIME_DIR=/run/user/1001 /opt/sshtpm/bin/";
    let setup = format!("{ours}{BY_ENVIRONMENT}");
    by_ssh(bob, &socket, "-A", &setup).ok();
    assert!(alice.read(PROFILE).contains("/sshtpm/agent.sock"));
    // The other way would have ssh pass it over.
    let other_way = format!("{ours}sshtpm setup --yes");
    let left = by_ssh(bob, &socket, "-A", &other_way).fails_with(1);
    assert!(left.stderr.contains("the key in the agent at"), "{left}");
}

#[test]
fn doctor_names_an_agent_that_ssh_brought_and_does_not_ask() {
    let world = World::new();
    let (alice, bob) = (world.alice(), world.bob());
    let _agent = standard_agent(alice);
    let (_other, socket) = ssh_agent(bob);
    let _sshd = let_bob_in(&world);
    alice.run("sshtpm setup --yes").ok();
    let session = |option: &str| {
        let doctor = "XDG_RUNTIME_DIR=/run/user/1001 /opt/sshtpm/bin/sshtpm doctor --json";
        let report = by_ssh(bob, &socket, option, doctor).json();
        let checks = report["checks"].as_array().expect("a list").clone();
        let mut checks = checks.into_iter();
        checks.find(|check| check["check"] == "session")
    };
    let forwarded = session("-A").expect("a check of the session");
    assert_eq!(forwarded["result"], "warn", "{forwarded}");
    let advice = "ssh -o IdentityAgent=SSH_AUTH_SOCK HOST";
    assert!(forwarded.to_string().contains(advice), "{forwarded}");
    let plain = session("-a").expect("a check of the session");
    assert_eq!(plain["result"], "ok", "{plain}");
}

#[test]
fn setup_says_beforehand_that_ssh_passes_over_forwarded_agents() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let plan = alice.run("sshtpm setup").fails_with(1);
    let words = "ssh -o IdentityAgent=SSH_AUTH_SOCK HOST";
    assert!(plan.stdout.contains(words), "{plan}");
}

#[test]
fn a_line_that_starts_another_agent_is_named_and_not_run() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.run("sshtpm --quiet keygen").ok();
    alice.write(PROFILE, "# mine\neval $(ssh-agent -s)\n");
    let before = files(alice);
    let left = alice.run(BY_ENVIRONMENT).fails_with(1);
    let line = format!("line 2 of {PROFILE} starts another agent");
    assert!(left.stderr.contains(&line), "{left}");
    assert_eq!(files(alice), before);
    alice.run("pgrep -u alice -x ssh-agent").fails_with(1);
    alice.write(PROFILE, "# mine\n# eval $(ssh-agent -s)\n");
    alice.run(BY_ENVIRONMENT).ok();
}

#[test]
fn a_line_that_names_another_agent_is_named() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.run("sshtpm --quiet keygen").ok();
    alice.write(PROFILE, "export SSH_AUTH_SOCK=/mine\n");
    let before = files(alice);
    let left = alice.run(BY_ENVIRONMENT).fails_with(1);
    for part in ["to /mine", &format!("line 1 of {PROFILE}")] {
        assert!(left.stderr.contains(part), "{left}");
    }
    assert_eq!(files(alice), before);
}

#[test]
fn what_only_a_new_login_shows_is_not_claimed() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    for _ in 0..2 {
        let done = alice.run(BY_ENVIRONMENT).ok();
        assert!(!done.stdout.contains("Everything is set up"), "{done}");
        assert!(done.stdout.contains("Log in again."), "{done}");
    }
}
