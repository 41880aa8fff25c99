//! A PKCS #11 module in OpenSSH's programs, ours or another one.

use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::repeated;
use crate::agent::Connection;
use crate::daemon::Daemon;
use crate::load::Signer;
use crate::user::{Invocation, User};
use crate::wait;

/// A module, and what a user's programs have to know of it.
pub(super) struct Provider<'m> {
    pub(super) user: User<'m>,
    /// The file.
    pub(super) module: String,
    /// What is in the environment of each program that loads it.
    pub(super) variables: Vec<(&'static str, String)>,
    /// What ssh-add asks for.
    pub(super) pin: &'static str,
}

/// OpenSSH's ssh-agent with the only key of a [`Provider`].
pub(super) struct TokenAgent<'m> {
    pub(super) user: User<'m>,
    pub(super) daemon: Daemon,
    pub(super) public_key: String,
}

impl<'m> Provider<'m> {
    /// A command that finds what the module needs, and the agent.
    pub(super) fn command(&self, words: &str) -> Invocation<'m> {
        let command = self
            .user
            .command(words)
            .env("SSH_AUTH_SOCK", socket(self.user));
        let variables = self.variables.iter();
        variables.fold(command, |command, (name, value)| command.env(name, value))
    }

    /// How long `ssh-keygen -D` takes, so many times.
    pub(super) fn list(&self, times: usize) -> Vec<Duration> {
        let line = format!("ssh-keygen -D {} >/dev/null", self.module);
        repeated::times(self.command("bash -c"), times, &line)
    }

    /// An ssh-agent to which `ssh-add -s` gave the module.
    pub(super) fn start_agent(&self) -> TokenAgent<'m> {
        let user = self.user;
        let (socket, askpass) = (socket(user), format!("{}/askpass", user.home()));
        user.run(&format!("rm -f {socket}")).ok();
        user.write(&askpass, format!("#!/bin/sh\necho '{}'\n", self.pin));
        user.run(&format!("chmod 700 {askpass}")).ok();
        let allowed = format!("/usr/lib/*,{}", self.module);
        let agent = self.command(&format!("ssh-agent -D -P {allowed} -a {socket}"));
        let daemon = agent.daemon();
        wait::until("ssh-agent", wait::START, || {
            user.machine().enter(|| UnixStream::connect(&socket)).ok()
        });
        let add = self.command("ssh-add -s").arg(&self.module);
        let add = add.env("SSH_ASKPASS", askpass);
        add.env("SSH_ASKPASS_REQUIRE", "force").run().ok();
        TokenAgent {
            user,
            daemon,
            public_key: self.command("ssh-add -L").run().ok().stdout,
        }
    }
}

/// Where that agent listens.
pub(super) fn socket(user: User<'_>) -> String {
    format!("{}/pkcs11.sock", user.runtime_directory())
}

impl TokenAgent<'_> {
    /// Something that has it sign.
    pub(super) fn signer(&self) -> Signer {
        let connection = Connection::to(self.user.machine(), &socket(self.user));
        Signer::on(connection, self.public_key.trim())
    }

    /// The process that has loaded the module: ssh-pkcs11-helper, which is its only child.
    ///
    /// # Panics
    ///
    /// It has none.
    pub(super) fn helper(&self) -> u32 {
        let pid = self.daemon.pid();
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
        let children = children.expect("the agent runs");
        let pid = children.split_whitespace().next();
        let pid = pid.and_then(|pid| pid.parse().ok());
        pid.expect("the agent has a helper")
    }
}
