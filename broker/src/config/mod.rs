//! `/etc/sshtpm/broker.toml`, parsed into types that cannot be wrong.
//!
//! Purpose: tell the broker how to run. May touch: the configuration file, for reading. Must never
//! leave the broker half-configured: an unknown key or a bad value is an error that names file,
//! line and key. The installed file, `broker/data/broker.toml`, shows every default.

mod number;
mod persistent;
mod pins;
mod polkit;
mod sealed_keys;

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::tpm::{Address, Timing};
use sshtpm_config::ConfigError;
use sshtpm_core::by_use::PersistentKeys;
use sshtpm_core::pins::PinLimits;
use sshtpm_core::restrictions::Forwarding;
use sshtpm_core::sealed_keys::SealedKeys;
use sshtpm_core::service::Limits;

use number::Number;
use persistent::WhoChooses;
use pins::PinsTable;
use polkit::PolkitTable;
use sealed_keys::YesOrNo;

/// Where the configuration is unless the command line says otherwise.
pub(crate) const DEFAULT_PATH: &str = "/etc/sshtpm/broker.toml";

/// Longest configuration, in bytes: far more than the file with all its comments.
const MAX_BYTES: u64 = 1024 * 1024;

/// How the broker is to run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Config {
    /// Where the TPM is.
    pub(crate) tpm: Address,
    /// Seconds after which a TPM that does not answer counts as hung; key generation, which takes
    /// half a minute on slow chips, has [`GENERATION_SECONDS`] more.
    watchdog_seconds: Number<1, 300>,
    /// Where keys are kept.
    pub(crate) state_directory: AbsolutePath,
    /// Whether keys are made and used that the TPM only seals.
    sealed_keys: YesOrNo,
    /// Whether the broker chooses keys that the TPM keeps.
    persistent: WhoChooses,
    limits: LimitsTable,
    new_keys: NewKeysTable,
    pins: PinsTable,
    polkit: PolkitTable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct LimitsTable {
    keys_per_user: Number<1, 10_000>,
    requests_per_user: Number<1, 10_000>,
    keys_generated_per_hour: Number<1, 10_000>,
    host_signatures_per_second: Number<1, 10_000>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct NewKeysTable {
    forwarding: bool,
}

impl Default for NewKeysTable {
    fn default() -> Self {
        // `ssh -A` is a user's own choice.
        Self { forwarding: true }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tpm: Address::Device(PathBuf::from("/dev/tpmrm0")),
            watchdog_seconds: Number::of::<20>(),
            state_directory: AbsolutePath(PathBuf::from("/var/lib/sshtpm")),
            // A user who asks for Ed25519 can get it only sealed.
            sealed_keys: YesOrNo::Yes,
            // The chip's memory is the machine's, and it wears out.
            persistent: WhoChooses::Manual,
            limits: LimitsTable::default(),
            new_keys: NewKeysTable::default(),
            pins: PinsTable::default(),
            polkit: PolkitTable::default(),
        }
    }
}

impl Default for LimitsTable {
    fn default() -> Self {
        Self {
            // A key for each of a person's machines and services.
            keys_per_user: Number::of::<64>(),
            // More than a person's open tabs.
            requests_per_user: Number::of::<64>(),
            // Of RSA on a slow chip these are ten minutes of work.
            keys_generated_per_hour: Number::of::<20>(),
            // sshd lets in ten strangers at a time before it drops some (MaxStartups 10:30:100),
            // and each has its signature within half a second or so.
            host_signatures_per_second: Number::of::<20>(),
        }
    }
}

/// RSA-4096 on slow chips takes half a minute on average; prime search has a long tail.
const GENERATION_SECONDS: u64 = 100;

impl Config {
    /// Reads `path`; a file that is not there means the defaults.
    ///
    /// # Errors
    ///
    /// The file cannot be read, can be written by others than root, is too long, or has an unknown
    /// key or an impossible value.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        Ok(sshtpm_config::read(path, MAX_BYTES)?.unwrap_or_default())
    }

    /// The configuration of a running broker after its file changed to `new`, and the keys whose
    /// new values have to wait for a restart.
    pub(crate) fn reloaded(&self, new: Self) -> (Self, Vec<&'static str>) {
        // By name, so that a new key is not forgotten here.
        let Self {
            tpm,
            watchdog_seconds,
            state_directory,
            sealed_keys,
            persistent,
            limits,
            new_keys,
            pins,
            polkit,
        } = new;
        let waiting = [
            ("tpm", tpm != self.tpm),
            ("state-directory", state_directory != self.state_directory),
        ];
        let next = Self {
            tpm: self.tpm.clone(),
            watchdog_seconds,
            state_directory: self.state_directory.clone(),
            sealed_keys,
            persistent,
            limits,
            new_keys,
            pins,
            polkit,
        };
        let waiting = waiting.into_iter().filter(|(_, differs)| *differs);
        (next, waiting.map(|(key, _)| key).collect())
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            keys_per_user: self.limits.keys_per_user.get().into(),
            requests_per_user: self.limits.requests_per_user.get().into(),
            keys_generated_per_hour: self.limits.keys_generated_per_hour.get().into(),
        }
    }

    pub(crate) fn pin_limits(&self) -> PinLimits {
        self.pins.limits()
    }

    /// Whether PINs are forgotten before the machine goes to sleep.
    pub(crate) fn forget_on_suspend(&self) -> bool {
        self.pins.forget_on_suspend
    }

    /// For how long an answer of polkit's is reused.
    pub(crate) fn reuse_of_answers(&self) -> Duration {
        self.polkit.reuse()
    }

    pub(crate) fn host_signatures_per_second(&self) -> NonZeroU16 {
        let number = self.limits.host_signatures_per_second.get();
        NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN)
    }

    /// Whether new keys can be used over forwarded connections, if their request does not say.
    pub(crate) fn forwarding_of_new_keys(&self) -> Forwarding {
        match self.new_keys.forwarding {
            true => Forwarding::Allowed,
            false => Forwarding::Forbidden,
        }
    }

    pub(crate) fn sealed_keys(&self) -> SealedKeys {
        self.sealed_keys.into()
    }

    pub(crate) fn persistent_keys(&self) -> PersistentKeys {
        self.persistent.into()
    }

    pub(crate) fn timing(&self) -> Timing {
        let command = Duration::from_secs(self.watchdog_seconds.get().into());
        Timing {
            command,
            generation: command + Duration::from_secs(GENERATION_SECONDS),
        }
    }
}

/// A path that does not depend on where the broker was started.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(try_from = "PathBuf")]
pub(crate) struct AbsolutePath(PathBuf);

impl AbsolutePath {
    pub(crate) fn as_path(&self) -> &Path {
        &self.0
    }
}

impl TryFrom<PathBuf> for AbsolutePath {
    type Error = &'static str;

    fn try_from(path: PathBuf) -> Result<Self, &'static str> {
        if path.is_absolute() {
            Ok(Self(path))
        } else {
            Err("it must be an absolute path")
        }
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
