//! `ssh host true` in whole: keys in the TPM on both sides, against key files on both sides.

use std::time::Duration;

use super::kind::Kind;
use super::plan::Plan;
use super::row::Row;
use super::sampling::{Pair, Rounds};
use super::{repeated, stage};
use crate::agent::Agent;
use crate::daemon::Daemon;
use crate::sshd::Sshd;
use crate::user::Invocation;
use crate::{User, World, wait};

/// Where the sshd with key files listens.
const PORT_OF_FILES: u16 = 2222;

const CONFIG_OF_FILES: &str = "\
    Port 2222\nHostKey /etc/ssh/files/host\nUsePAM no\nPasswordAuthentication no\nPidFile none\n";

/// What ssh has to be told to use the key file.
pub(super) const USING_FILES: &str = "-p 2222 -i .ssh/file -o IdentitiesOnly=yes";

const COMMON: &str = "-F none -o BatchMode=yes -o StrictHostKeyChecking=no -o LogLevel=ERROR \
    -o UserKnownHostsFile=/dev/null -o HostKeyAlgorithms=ecdsa-sha2-nistp256 \
    -o KexAlgorithms=curve25519-sha256";

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    stage::start_broker(&world);
    let (root, alice) = (world.root(), world.alice());
    let _host_agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys enable").ok();
    let _sshd = Sshd::start(world.machine());
    let _other = with_files(&world);
    let agent = Agent::start(alice);
    let (_, public_key) = Kind::P256.generate(alice);
    authorize(alice, public_key);
    let logins = 2;
    let rounds = Rounds {
        count: plan.pick(6, 2),
        turns: plan.pick(3, 1),
    };
    let pair = Pair::measure(
        rounds,
        || log_in(alice.command("bash -c"), logins, USING_FILES),
        || log_in(agent.command("bash -c"), logins, "-p 22"),
    );
    let row = Row::new(
        "login",
        "ssh host true, TPM keys against key files on both sides",
    );
    vec![
        row.against_floor(&pair)
            .note("P-256 on both sides; the floor is the login with files"),
    ]
}

/// Lets `alice` log in with a new key file, and with `public_key`.
pub(super) fn authorize(alice: User<'_>, public_key: String) {
    let authorize = "mkdir -p -m 700 .ssh && ssh-keygen -q -t ecdsa -N '' -f .ssh/file && \
        cat .ssh/file.pub - >.ssh/authorized_keys";
    let command = alice.command("sh -c").arg(authorize);
    command.stdin(public_key).run().ok();
}

/// An sshd with a file for its host key.
pub(super) fn with_files(world: &World) -> Daemon {
    let root = world.root();
    let prepare = "mkdir -p /etc/ssh/files && ssh-keygen -q -t ecdsa -N '' -f /etc/ssh/files/host";
    root.command("sh -c").arg(prepare).run().ok();
    root.write("/etc/ssh/files/sshd_config", CONFIG_OF_FILES);
    let sshd = root
        .command("/usr/sbin/sshd -D -e -f /etc/ssh/files/sshd_config")
        .daemon();
    wait::until("the other sshd", wait::START, || {
        let address = ("127.0.0.1", PORT_OF_FILES);
        world
            .machine()
            .enter(|| std::net::TcpStream::connect(address))
            .ok()
    });
    sshd
}

/// How long each of so many logins takes, from the start of ssh to its end.
fn log_in(bash: Invocation<'_>, logins: usize, how: &str) -> Vec<Duration> {
    let line = format!("ssh {COMMON} {how} alice@localhost true");
    repeated::times(bash, logins, &line)
}
