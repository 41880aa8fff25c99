//! SSH clients that are not OpenSSH's log in through the agent, as Debian has them.

use sshtpm_tests::host::Host;
use sshtpm_tests::use_record::log;
use sshtpm_tests::{Agent, User, World};

/// Where `sshtpm setup` expects alice's agent.
const SOCKET: &str = "/run/user/1001/sshtpm/agent.sock";

/// Has net-ssh run a command on alpha, with alice's configuration.
const NET_SSH: &str = r#"
    require "net/ssh"
    Net::SSH.start("alpha", "alice", non_interactive: true) { |ssh| print ssh.exec!("id -un") }
"#;

/// Prints the length of a file on alpha, which nbdkit reads by libssh.
const LIBSSH: &str = "nbdkit -U - ssh host=alpha path=/home/alice/note --run";

/// A host that lets alice in with the key that `sshtpm setup` makes, and her agent.
fn set_up(world: &World) -> (Host, Agent<'_>) {
    let alpha = Host::start_with(
        world.machine(),
        "alpha",
        1,
        "Subsystem sftp internal-sftp\n",
    );
    let alice = world.alice();
    alice.run("mkdir -p -m 700 /run/user/1001/sshtpm .ssh").ok();
    let agent = Agent::start_at(alice, SOCKET);
    alice.run("sshtpm setup --yes").ok();
    let configuration = alice.read("/home/alice/.ssh/config");
    assert!(configuration.contains(SOCKET), "{configuration}");
    // dbclient reads no comment behind a key.
    let public = alpha.public_key();
    let key = public.trim_end_matches(" alpha");
    let known = format!("alpha {key}\n");
    alice.write("/home/alice/.ssh/known_hosts", known);
    alice
        .run("cp .ssh/id_sshtpm_ecdsa.pub .ssh/authorized_keys")
        .ok();
    (alpha, agent)
}

/// That alice logged in at alpha with her key, for a program of this name.
#[track_caller]
fn logged_in(alice: User<'_>, client: &str) {
    let used = log(alice);
    let used = used.last().expect("a use");
    assert_eq!(
        (&used["purpose"], &used["outcome"]),
        (&"auth".into(), &"signed".into())
    );
    assert_eq!(used["client"], client, "{used}");
}

#[test]
fn net_ssh_logs_in_with_what_setup_wrote() {
    let world = World::new();
    let (_alpha, _agent) = set_up(&world);
    let alice = world.alice();
    let told = alice.command("ruby -e").arg(NET_SSH).run().ok();
    assert_eq!(told.stdout, "alice\n", "{told}");
    logged_in(alice, "ruby");
}

#[test]
fn libssh_logs_in_with_what_setup_wrote() {
    let world = World::new();
    let (_alpha, _agent) = set_up(&world);
    let alice = world.alice();
    alice.write("/home/alice/note", [0; 512]);
    let told = alice
        .command(LIBSSH)
        .arg("nbdinfo --size \"$uri\"")
        .run()
        .ok();
    assert_eq!(told.stdout, "512\n", "{told}");
    logged_in(alice, "nbdkit");
}

#[test]
fn dbclient_logs_in_with_an_ecdsa_key() {
    let world = World::new();
    let (_alpha, agent) = set_up(&world);
    let told = agent.command("dbclient alice@alpha id -un").run().ok();
    assert_eq!(told.stdout, "alice\n", "{told}");
    logged_in(world.alice(), "dbclient");
}

/// It forwards the agent without a word, so what comes from alpha passes for its own.
#[test]
fn a_key_kept_local_serves_neither_dbclient_nor_the_host_behind_it() {
    let world = World::new();
    let (_alpha, agent) = set_up(&world);
    let alice = world.alice();
    let kept = alice.read("/home/alice/.ssh/id_sshtpm_ecdsa.pub");
    alice.run("sshtpm keygen -C other -f other").ok();
    alice.run("cp other.pub .ssh/authorized_keys").ok();
    let over = |command: &str| {
        let dbclient = agent.command("dbclient -A alice@alpha");
        dbclient.arg(command).run()
    };
    let listed = || over("ssh-add -L").ok().stdout;
    let sign = |key: &str| over(&format!("ssh-keygen -q -Y sign -n file -f {key} other.pub"));

    let key = ".ssh/id_sshtpm_ecdsa.pub";
    assert_eq!(listed().lines().count(), 2);
    sign(key).ok();
    let fingerprint = alice.run(&format!("ssh-keygen -lf {key}")).ok().stdout;
    let fingerprint = fingerprint.split(' ').nth(1).expect("a fingerprint");
    let restrict = format!("sshtpm restrict {fingerprint} --no-forwarding");
    alice.run(&restrict).ok();

    let listed = listed();
    assert!(
        !listed.contains(kept.trim()) && listed.contains("other"),
        "{listed}"
    );
    alice.run("rm other.pub.sig").ok();
    assert_ne!(sign(key).code(), 0);
    sign("other.pub").ok();

    alice.run(&format!("cp {key} .ssh/authorized_keys")).ok();
    assert_ne!(agent.command("dbclient alice@alpha true").run().code(), 0);
    alice.run("ssh -o BatchMode=yes alpha true").ok();
}
