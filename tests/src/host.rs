//! Several hosts in one machine: each an sshd with a key, an address and a name of its own. Users
//! and their files are the same on all of them.

use std::net::TcpStream;
use std::process::Command;

use signature::Signer as _;
use ssh_key::PrivateKey;
use sshtpm_ssh::session::Binding;

use crate::daemon::Daemon;
use crate::machine::Machine;
use crate::wait;

/// A host.
pub struct Host {
    /// Its sshd.
    pub daemon: Daemon,
    name: &'static str,
    key: PrivateKey,
}

impl Host {
    /// Starts the host `name` at `127.0.1.number`, and waits until it listens.
    ///
    /// # Panics
    ///
    /// It does not come up.
    pub fn start(machine: &Machine, name: &'static str, number: u8) -> Self {
        Self::start_with(machine, name, number, "")
    }

    /// The same, with further lines of configuration.
    ///
    /// # Panics
    ///
    /// It does not come up.
    pub fn start_with(machine: &Machine, name: &'static str, number: u8, lines: &str) -> Self {
        let root = machine.root();
        let (directory, address) = (directory(name), format!("127.0.1.{number}"));
        let prepare = format!(
            "mkdir -p {directory} && echo {address} {name} {name}.example >>/etc/hosts && \
             ssh-keygen -q -t ed25519 -N '' -C {name} -f {directory}/key"
        );
        root.command("sh -c").arg(prepare).run().ok();
        let config = format!(
            "ListenAddress {address}\nHostKey {directory}/key\nUsePAM no\nPidFile none\n\
             PasswordAuthentication no\n{lines}"
        );
        root.write(&format!("{directory}/sshd_config"), config);
        let key = root.read(&format!("{directory}/key"));
        let key = PrivateKey::from_openssh(key).expect("ssh-keygen makes keys");
        let mut command = Command::new("/usr/sbin/sshd");
        command
            .args(["-D", "-e", "-f"])
            .arg(format!("{directory}/sshd_config"));
        let mut daemon = Daemon::start(machine, name, command);
        wait::until(name, wait::START, || {
            assert!(daemon.ended().is_none(), "sshd ended:\n{}", daemon.log());
            machine
                .enter(|| TcpStream::connect((address.as_str(), 22)))
                .ok()
        });
        Self { daemon, name, key }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its public key, as `known_hosts` has it.
    ///
    /// # Panics
    ///
    /// It has none.
    pub fn public_key(&self) -> String {
        self.key
            .public_key()
            .to_openssh()
            .expect("a key has a text")
    }

    /// Its public key blob.
    ///
    /// # Panics
    ///
    /// It has none.
    pub fn blob(&self) -> Vec<u8> {
        self.key.public_key().to_bytes().expect("a key has a blob")
    }

    /// What a client that connects to it knows of session `id`: for logging in, or to forward the
    /// agent.
    ///
    /// # Panics
    ///
    /// It cannot sign.
    pub fn session(&self, id: &[u8], is_forwarding: bool) -> Binding {
        let signature = self.key.key_data().sign(id);
        Binding {
            host_key: self.blob(),
            session_id: id.to_vec(),
            signature: signature.try_into().expect("a signature has a blob"),
            is_forwarding,
        }
    }
}

/// Where a host has its key and configuration.
pub fn directory(name: &str) -> String {
    format!("/etc/ssh/{name}")
}
