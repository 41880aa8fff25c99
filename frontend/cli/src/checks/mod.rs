//! Everything between ssh and the TPM: what is wrong at each link of the chain.
//!
//! Purpose: say which link is broken and what to do next, above all if the broker is not installed
//! or does not run. Each check is a file that judges what `probe` sees. What several checks need is
//! asked for once, here. `doctor` shows all checks; `setup` shows those that it depends on.
//!
//! May touch: everything that it looks at, to look. Must never change anything, cause a password
//! prompt or request a signature. Every wait has an end.

pub(crate) mod agent;
mod agent_config;
mod asking;
mod attestation;
mod backups;
mod broker;
mod bus;
mod bus_policy;
mod certificate_files;
mod certificates;
mod config_line;
mod device;
mod driver;
pub(crate) mod finding;
pub(crate) mod first_lines;
mod groups;
pub(crate) mod host;
mod key_files;
mod keys;
mod lockout;
mod module;
mod owner;
mod parent_key;
mod polkit;
mod session;
pub(crate) mod ssh;
mod sshd;
mod tpm;

use std::path::{Path, PathBuf};

use sshtpm_dbus::KeyInfo;
use sshtpm_ssh::tpm::{Lockout, TpmState};

use self::device::Place;
use self::finding::{Checked, Finding};
use super::key_state::is_lost;
use super::person;
use super::probe;
use super::probe::agent::Answer;
use super::probe::broker::Facts;
use super::probe::bus::{Bus, NoAnswer};
use super::probe::keys::{Keys, Unlisted};
use super::probe::own_unit::Stopped;
use super::probe::polkit::Permissions;
use super::probe::ssh_settings::{ANY_HOST, SshSettings};
use super::raw;
use super::restrictions::place::Place as Host;

/// The name of the check of the user's agent.
pub(crate) const AGENT: &str = "agent";

/// How far to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent<'a> {
    /// No further than what runs none of the user's start files: they may take long, or start
    /// something.
    Quick,
    /// At everything, and at what ssh does for any host.
    AnyHost,
    /// At everything, and at what ssh does for this host.
    Host(&'a Host),
}

/// What was asked for once, for all checks.
#[derive(Debug)]
pub(crate) struct Chain {
    bus: Result<Bus, NoAnswer>,
    facts: Result<Facts, NoAnswer>,
    permissions: Result<Permissions, NoAnswer>,
    lockout: Option<Result<Lockout, NoAnswer>>,
    keys: Keys,
    is_root: bool,
}

impl Chain {
    /// Asks the bus, the broker and polkit.
    pub(crate) async fn ask() -> Self {
        let bus = Bus::connect().await;
        let (mut facts, permissions) = match &bus {
            Ok(bus) => (probe::broker::ask(bus).await, probe::polkit::ask(bus).await),
            Err(error) => (Err(error.clone()), Err(error.clone())),
        };
        let lockout = match (&bus, &facts, &permissions) {
            (Ok(bus), Ok(facts), Ok(_)) if facts.state == TpmState::Ready => {
                Some(probe::lockout::ask(bus).await)
            }
            _ => None,
        };
        // The broker learns that a TPM is gone when it is used, which was now.
        if let (Ok(bus), Some(Err(_))) = (&bus, &lockout) {
            facts = probe::broker::ask(bus).await;
        }
        let keys = match (&bus, &facts) {
            (Ok(bus), Ok(_)) => probe::keys::ask(bus, &permissions).await,
            _ => Err(Unlisted::NoBroker),
        };
        Self {
            bus,
            facts,
            permissions,
            lockout,
            keys,
            is_root: person::is_root(),
        }
    }

    /// The caller's keys.
    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// What `setup` needs before it can begin: broker, polkit, TPM and agent.
    pub(crate) async fn for_setup(&self) -> Vec<Checked> {
        let mut checks = self.broker().await;
        checks.push(self.agent().await);
        checks
    }

    /// Where the agent of the user is, or should be.
    pub(crate) async fn agent_socket(&self) -> PathBuf {
        probe::agent::socket(&self.keys).await
    }

    /// The agent of the user alone.
    pub(crate) async fn agent(&self) -> Checked {
        let socket = self.agent_socket().await;
        let answer = probe::agent::ask(&socket, self.keys.is_ok()).await;
        let stopped = match answer {
            Answer::Missing | Answer::Unreachable(_) => Stopped::look().await,
            _ => None,
        };
        let finding = agent::check(&socket, &answer, stopped.as_ref(), &self.keys, self.is_root);
        Checked::new(AGENT, finding)
    }

    /// The checks, from the chip to ssh and sshd.
    pub(crate) async fn all(&self, extent: Extent<'_>) -> Vec<Checked> {
        let mut checks = self.hardware();
        checks.extend(self.broker().await);
        checks.push(Checked::new("lockout", self.lockout()));
        checks.push(Checked::new("attestation", self.attestation().await));
        checks.push(Checked::new("keys", keys::check(&self.keys, self.is_root)));
        let backups = backups::check(&self.keys);
        checks.extend(backups.map(|finding| Checked::new("backup", finding)));
        let module = module::check(&self.keys, Path::new("/"));
        checks.extend(module.map(|finding| Checked::new("pkcs11", finding)));
        checks.push(self.agent().await);
        checks.push(Checked::new("agent.toml", agent_config::check().await));
        let asking = asking::check(&self.usable_keys(), &self.agent_socket().await).await;
        checks.extend(asking.map(|finding| Checked::new("asking", finding)));
        checks.extend(self.ssh(extent).await);
        checks.push(Checked::new("sshd", sshd::check(self.is_root).await));
        checks
    }

    async fn ssh(&self, extent: Extent<'_>) -> Vec<Checked> {
        let place = match extent {
            Extent::Host(place) => Some(place),
            Extent::Quick | Extent::AnyHost => None,
        };
        let asked = match place {
            Some(place) => SshSettings::ask_about(place).await,
            None => SshSettings::ask(ANY_HOST, None).await,
        };
        let ssh = ssh::check(&asked, place, &self.keys, self.is_root).await;
        let mut checks = vec![Checked::new("ssh", ssh)];
        if extent != Extent::Quick {
            let session = session::check(&asked, self.is_root).await;
            checks.push(Checked::new("session", session));
        }
        let files = key_files::check(&asked, &self.keys).await;
        checks.push(Checked::new("key files", files));
        let certificates = certificate_files::check(&asked, &self.keys);
        checks.extend(certificates.map(|finding| Checked::new("cert files", finding)));
        if let (Some(place), Ok(settings)) = (place, &asked) {
            checks.extend(host::checks(place, settings, &self.keys).await);
        }
        checks
    }

    /// The keys of the caller that ssh can use; none if they are not known.
    pub(crate) fn usable_keys(&self) -> Vec<&KeyInfo> {
        let keys = self.keys.iter().flatten();
        keys.filter(|key| !is_lost(key) && !raw::is_raw(key))
            .collect()
    }

    /// The bus, if there is one.
    pub(crate) fn bus(&self) -> Option<&Bus> {
        self.bus.as_ref().ok()
    }

    fn hardware(&self) -> Vec<Checked> {
        let device = self.facts.as_ref().ok().map(|facts| facts.device.as_str());
        let place = Place::new(device);
        vec![
            Checked::new("device", device::check(&place, self.is_root)),
            Checked::new("driver", driver::check(&place, Path::new(driver::CLASS))),
            Checked::new("groups", groups::check(self.is_root)),
        ]
    }

    async fn broker(&self) -> Vec<Checked> {
        vec![
            Checked::new("bus", bus::check(&self.bus)),
            Checked::new("broker", broker::check(&self.facts)),
            Checked::new("owner", owner::check(&self.bus).await),
            Checked::new("bus policy", bus_policy::check(&self.facts)),
            Checked::new("polkit", polkit::check(&self.permissions)),
            Checked::new("tpm", tpm::check(&self.facts)),
            Checked::new("parent key", parent_key::check(&self.facts)),
        ]
    }

    /// Asked only here: the TPM may have to derive a key for the answer.
    async fn attestation(&self) -> Finding {
        match (&self.bus, &self.facts) {
            (Ok(bus), Ok(facts)) if facts.state == TpmState::Ready => {
                attestation::check(facts, &probe::identity::ask(bus).await)
            }
            (_, Ok(facts)) => Finding::skipped(format!("the TPM is {}", facts.state)),
            (_, Err(_)) => Finding::skipped("only the broker can ask for it"),
        }
    }

    fn lockout(&self) -> Finding {
        match (&self.facts, &self.lockout) {
            (Err(_), _) => Finding::skipped("only the broker can ask for it"),
            (Ok(facts), _) if facts.state != TpmState::Ready => {
                Finding::skipped(format!("the TPM is {}", facts.state))
            }
            (Ok(_), None) => Finding::skipped("the broker cannot ask polkit whether you may know"),
            (Ok(_), Some(lockout)) => lockout::check(lockout),
        }
    }
}
