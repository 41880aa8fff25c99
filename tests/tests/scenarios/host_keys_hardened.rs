//! `sshtpm host-keys enable` on hardened machines: a client gets in, or it refuses and says which
//! line of sshd's configuration is in the way. Nobody is locked out.

use std::io::Read as _;
use std::net::{SocketAddr, TcpStream};

use sshtpm_tests::call::{none, text};
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::{Agent, Output, User, World, wait};

use super::hardened_configurations::{Configuration, OF_ECDSA, OF_ED25519, OF_RSA, Outcome};

/// What each of these machines has besides, so that its sshd can run in a scenario.
const BESIDES: (&str, &str) = (
    "sshd_config.d/00-test.conf",
    "UsePAM no\nPasswordAuthentication no\nPidFile none\n",
);

/// A machine with a host key in the TPM, and alice, who may log in with a key in the TPM and with
/// one in a file.
struct Machine<'w> {
    world: &'w World,
    agent: Agent<'w>,
    _host_agent: Agent<'w>,
}

impl<'w> Machine<'w> {
    fn new(world: &'w World, host_key: &str) -> Self {
        let (root, alice) = (world.root(), world.alice());
        root.run("ssh-keygen -A").ok();
        root.run("ip address add 192.0.2.7/32 dev lo").ok();
        let host_agent = Agent::start(world.host_user());
        root.run(&format!("sshtpm host-keys generate {host_key}"))
            .ok();
        let in_tpm = alice.generate("", "login", none()).expect("a key");
        alice.run("mkdir -m 700 /home/alice/.ssh").ok();
        let generate = alice.command("ssh-keygen -q -t ed25519 -f /home/alice/.ssh/id_ed25519 -N");
        generate.arg("").run().ok();
        let in_file = alice.read("/home/alice/.ssh/id_ed25519.pub");
        let authorized = format!("{}\n{in_file}", text(&in_tpm, "PublicKey"));
        alice.write("/home/alice/.ssh/authorized_keys", authorized);
        Self {
            world,
            agent: Agent::start(alice),
            _host_agent: host_agent,
        }
    }

    fn root(&self) -> User<'w> {
        self.world.root()
    }

    /// Gives sshd this configuration, and nothing of an earlier one.
    fn configure(&self, files: &[(&str, &str)]) {
        let root = self.root();
        let clear = "cd /etc/ssh && rm -rf sshd_config sshd_config.d hardening sshtpm_host_* && \
                     mkdir sshd_config.d hardening";
        root.command("sh -c").arg(clear).run().ok();
        for (name, content) in files.iter().chain([&BESIDES]) {
            root.write(&format!("/etc/ssh/{name}"), content);
        }
    }

    /// Everything below `/etc/ssh`, with content.
    fn files(&self) -> String {
        let script = "cd /etc/ssh && find . -type f | sort | xargs sha256sum";
        self.root().command("sh -c").arg(script).run().ok().stdout
    }

    /// A login of alice's with all of her keys; the host key does not matter.
    fn login(&self, address: SocketAddr) -> Output {
        let words = "ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=no \
                     -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -p";
        let command = self.agent.command(words).arg(address.port().to_string());
        let command = command.arg(address.ip().to_string());
        command.arg("echo logged in").run()
    }

    /// Holds that the configuration has its outcome.
    fn holds(&self, configuration: &Configuration) {
        self.configure(configuration.files);
        let before = self.files();
        let enabled = self.root().run("sshtpm host-keys enable");
        let case = || format!("where {}: {enabled}", configuration.name);
        match configuration.outcome {
            Outcome::Login(address) => {
                assert_eq!(enabled.code(), 0, "{}", case());
                let address = address.parse().expect("an address with a port");
                let _sshd = Sshd::start_at(self.world.machine(), address);
                let login = self.login(address);
                assert_eq!(login.stdout, "logged in\n", "{}\n{login}", case());
            }
            Outcome::Refused(parts) => {
                assert_eq!(enabled.code(), 5, "{}", case());
                let is_named = |part: &&&str| enabled.stderr.contains(**part);
                let missing: Vec<_> = parts.iter().filter(|part| !is_named(part)).collect();
                assert!(missing.is_empty(), "no {missing:?} {}", case());
                assert_eq!(self.files(), before, "{}", case());
            }
        }
    }
}

/// Holds that those of every third of these configurations, from this one on, have their outcomes.
/// Together they take some 20 seconds of a processor, so they are spread over tests.
fn each_third(configurations: &[Configuration], first: usize, host_key: &str) {
    let world = World::new();
    let machine = Machine::new(&world, host_key);
    let some = configurations.iter().skip(first).step_by(3);
    some.for_each(|configuration| machine.holds(configuration));
}

#[test]
fn an_ecdsa_host_key_locks_nobody_out_first_third() {
    each_third(OF_ECDSA, 0, "-t ecdsa");
}

#[test]
fn an_ecdsa_host_key_locks_nobody_out_second_third() {
    each_third(OF_ECDSA, 1, "-t ecdsa");
}

#[test]
fn an_ecdsa_host_key_locks_nobody_out_last_third() {
    each_third(OF_ECDSA, 2, "-t ecdsa");
}

#[test]
fn an_rsa_host_key_locks_nobody_out() {
    let world = World::new();
    let machine = Machine::new(&world, "-t rsa -b 2048");
    OF_RSA
        .iter()
        .for_each(|configuration| machine.holds(configuration));
}

#[test]
fn an_ed25519_host_key_locks_nobody_out() {
    let world = World::new();
    let machine = Machine::new(&world, "-t ed25519");
    OF_ED25519
        .iter()
        .for_each(|configuration| machine.holds(configuration));
}

/// A trial is no connection to the sshd that listens, which is full here.
#[test]
fn an_sshd_that_takes_no_more_connections_does_not_fail_a_trial() {
    let world = World::new();
    let machine = Machine::new(&world, "-t ecdsa");
    let full = "Include /etc/ssh/sshd_config.d/*.conf\nMaxStartups 1:100:1\n";
    machine.configure(&[("sshd_config", full)]);
    let address = SocketAddr::from(([127, 0, 0, 1], 22));
    let _sshd = Sshd::start_at(world.machine(), address);
    // The connection by which the start of sshd was noticed may still take the only place.
    let held = wait::until("a place at sshd", wait::EFFECT, || {
        let connect = || TcpStream::connect(address);
        let mut stream = world.machine().enter(connect).ok()?;
        let mut greeting = [0; 4];
        stream.read_exact(&mut greeting).ok()?;
        (greeting == *b"SSH-").then_some(stream)
    });
    let root = world.root();
    wait::until("an sshd that is full", wait::EFFECT, || {
        let keys = root.run("ssh-keyscan -T 5 127.0.0.1").stdout;
        keys.is_empty().then_some(())
    });
    root.run("sshtpm host-keys enable").ok();
    drop(held);
}

#[test]
fn enable_says_if_this_machines_own_ssh_would_not_take_the_key() {
    let world = World::new();
    let root = world.root();
    let _host_agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys generate").ok();
    let hardened = "HostKeyAlgorithms ssh-ed25519\nRequiredRSASize 3072\n";
    root.write("/etc/ssh/ssh_config.d/10-hardening.conf", hardened);
    root.run("sshtpm host-keys enable")
        .ok()
        .complains("ssh on this machine takes no host key of type ECDSA 256");
}
