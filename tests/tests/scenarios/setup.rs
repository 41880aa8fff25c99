//! `sshtpm setup`: a new user can log in after it, and other users lose nothing by it.

use sshtpm_tests::call::{none, text};
use sshtpm_tests::daemon::Daemon;
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{Agent, User, World, wait};

/// alice's configuration of ssh.
pub(crate) const CONFIG: &str = "/home/alice/.ssh/config";

/// The public half of the key that setup makes.
pub(crate) const KEY_FILE: &str = "/home/alice/.ssh/id_sshtpm_ecdsa.pub";

/// Where the agent listens that systemd starts for alice.
pub(crate) const SOCKET: &str = "/run/user/1001/sshtpm/agent.sock";

/// The agent that systemd would start for alice.
pub(crate) fn standard_agent(alice: User<'_>) -> Agent<'_> {
    alice.run("mkdir -p -m 700 /run/user/1001/sshtpm").ok();
    Agent::start_at(alice, SOCKET)
}

/// Everything below alice's home directory, with permissions and content.
pub(super) fn files(alice: User<'_>) -> String {
    let script =
        "find . -printf '%p %M %U %l\\n' | sort; find . -type f | sort | xargs -r sha256sum";
    alice.command("sh -c").arg(script).run().ok().stdout
}

/// What ssh says of its agent, where the environment says nothing.
pub(crate) fn identity_agent(alice: User<'_>) -> String {
    let settings = alice.run("ssh -G localhost").ok().stdout;
    let mut lines = settings.lines();
    let line = lines.find_map(|line| line.strip_prefix("identityagent "));
    line.unwrap_or_default().to_owned()
}

/// A configuration of ssh's that is there already.
pub(crate) fn write_config(alice: User<'_>, content: &str) {
    alice.run("mkdir -p -m 700 /home/alice/.ssh").ok();
    alice.write(CONFIG, content);
    alice.run(&format!("chmod 640 {CONFIG}")).ok();
}

/// An ssh-agent of the user's with the key in `file` of the home, and its socket.
pub(crate) fn ssh_agent(user: User<'_>) -> (Daemon, String) {
    let socket = format!("/run/user/{}/other", user.uid());
    let agent = user.command("ssh-agent -D -a").arg(&socket).daemon();
    wait::until("ssh-agent", wait::START, || {
        user.machine().enter(|| std::fs::metadata(&socket)).ok()
    });
    let key = format!("/home/{}/file", user.name());
    user.run(&format!("ssh-keygen -q -t ed25519 -N  -f {key}"))
        .ok();
    let add = user.command(&format!("ssh-add -q {key}"));
    add.env("SSH_AUTH_SOCK", &socket).run().ok();
    (agent, socket)
}

#[test]
fn a_new_user_can_log_in_after_it_without_any_variable() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let done = alice.run("sshtpm setup --yes").ok();
    let key = alice.list(none()).expect("a list")[0].clone();
    assert!(done.stdout.contains(&text(&key, "PublicKey")), "{done}");
    let copy = format!("ssh-copy-id -f -i {KEY_FILE} HOST");
    let export = format!("export SSH_AUTH_SOCK={SOCKET}");
    for part in [&copy, &export, "ssh -A"] {
        assert!(done.stdout.contains(part), "{part}: {done}");
    }
    assert_eq!(identity_agent(alice), SOCKET);
    let modes = alice
        .run(&format!("stat -c %a {CONFIG} /home/alice/.ssh"))
        .ok();
    assert_eq!(modes.stdout, "600\n700\n");

    let root = world.root();
    root.run("ssh-keygen -A").ok();
    let _sshd = Sshd::start(world.machine());
    alice.write("/home/alice/.ssh/authorized_keys", alice.read(KEY_FILE));
    let login = "ssh -o BatchMode=yes -o StrictHostKeyChecking=no localhost id -un";
    assert_eq!(alice.run(login).ok().stdout, "alice\n");
    // A cron job has no such variable either.
    let bare = format!("env -u XDG_RUNTIME_DIR {login}");
    assert_eq!(alice.run(&bare).ok().stdout, "alice\n");
}

#[test]
fn the_other_commands_know_which_agent_ssh_asks_then() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let before = alice.run("sshtpm status").ok();
    assert!(before.stdout.contains("no agent"), "{before}");
    alice.run("sshtpm setup --yes").ok();
    let status = alice.run("sshtpm status").ok();
    let agent = format!("sshtpm-agent at {SOCKET}\n");
    assert!(status.stdout.contains(&agent), "{status}");
    let made = alice.run("sshtpm keygen -t rsa -b 2048").ok();
    let hint = "Use it with: ssh -i /home/alice/.ssh/id_sshtpm_rsa.pub HOST";
    assert!(made.stdout.contains(hint), "{made}");
}

#[test]
fn a_second_time_changes_nothing_and_says_that_all_is_well() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.run("sshtpm setup --yes").ok();
    let (before, keys) = (files(alice), alice.fingerprints());
    for words in ["sshtpm setup --yes", "sshtpm setup"] {
        let again = alice.run(words).ok();
        assert!(again.stdout.contains("Everything is set up"), "{again}");
        assert_eq!(files(alice), before, "{words}");
        assert_eq!(alice.fingerprints(), keys, "{words}");
    }
}

#[test]
fn setup_without_a_terminal_says_its_plan_and_changes_nothing() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let before = files(alice);
    let refused = alice.run("sshtpm setup").fails_with(1).complains("--yes");
    for part in [
        "generate a key in the TPM",
        KEY_FILE,
        CONFIG,
        "IdentityAgent /run/user/1001/sshtpm/agent.sock",
    ] {
        assert!(refused.stdout.contains(part), "{part}: {refused}");
    }
    assert_eq!(files(alice), before);
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
}

#[test]
fn a_configuration_that_is_there_stays_byte_for_byte_in_front() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    let before = "# mine\r\nHost work\n\tPort 2222\n  # no line feed at the end";
    write_config(alice, before);
    alice.run("ln -s .ssh/config /home/alice/elsewhere").ok();
    alice.run("sshtpm setup --yes").ok();
    let after = alice.read(CONFIG);
    let added = after.strip_prefix(before).expect("what was there is there");
    assert!(
        added.starts_with("\n\n# Added by `sshtpm setup`"),
        "{after}"
    );
    let mode = alice.run(&format!("stat -c %a {CONFIG}")).ok();
    assert_eq!(mode.stdout, "640\n");
    assert_eq!(identity_agent(alice), SOCKET);
    let work = alice.run("ssh -G work").ok().stdout;
    assert!(work.contains("\nport 2222\n"), "{work}");
}

#[test]
fn a_configuration_behind_a_link_is_changed_there() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice
        .run("mkdir -m 700 /home/alice/.ssh /home/alice/dotfiles")
        .ok();
    alice.write("/home/alice/dotfiles/ssh", "Host work\n");
    alice.run(&format!("ln -s ../dotfiles/ssh {CONFIG}")).ok();
    let done = alice.run("sshtpm setup --yes").ok();
    let real = "which is /home/alice/dotfiles/ssh";
    assert!(done.stdout.contains(real), "{done}");
    let link = alice.run(&format!("readlink {CONFIG}")).ok();
    assert_eq!(link.stdout, "../dotfiles/ssh\n");
    let content = alice.read("/home/alice/dotfiles/ssh");
    assert!(content.starts_with("Host work\n\n# Added"), "{content}");
    assert_eq!(identity_agent(alice), SOCKET);
}

#[test]
fn a_lost_key_is_no_key_and_keeps_its_file() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.run("sshtpm setup --yes").ok();
    let lost = alice.read(KEY_FILE);
    world.stop_broker();
    tool(world.machine(), "tpm2_clear -c platform").ok();
    world.start_broker();
    world.wait_for_tpm("ready");
    let done = alice.run("sshtpm setup --yes").ok();
    let second = "/home/alice/.ssh/id_sshtpm_ecdsa_2.pub";
    assert!(done.stdout.contains(second), "{done}");
    assert_eq!(alice.read(KEY_FILE), lost);
    assert_ne!(alice.read(second), lost);
    assert_eq!(alice.fingerprints().len(), 2);
}

#[test]
fn setup_names_what_is_not_ready_and_changes_nothing() {
    let world = World::new();
    let alice = world.alice();
    let before = files(alice);
    let refused = alice.run("sshtpm setup --yes").fails_with(1);
    assert!(
        refused
            .stderr
            .contains("systemctl --user enable --now sshtpm-agent.socket"),
        "{refused}"
    );
    let _agent = standard_agent(alice);
    world.kill_tpm();
    alice
        .run("sshtpm setup --yes")
        .fails_with(1)
        .complains("absent");
    world.stop_broker();
    let refused = alice.run("sshtpm setup --yes").fails_with(1);
    assert!(refused.stderr.contains("sshtpm-broker"), "{refused}");
    assert_eq!(files(alice), before);
}
