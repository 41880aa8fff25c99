//! `/etc/sshtpm/broker.toml`, parsed into types that cannot be wrong.
//!
//! May touch: the configuration file, for reading. An unknown key or a bad value is an error that
//! names file, line and key; the broker does not start half-configured.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::core::service::Limits;
use crate::tpm::Address;

/// Where the configuration is unless the command line says otherwise.
pub(crate) const DEFAULT_PATH: &str = "/etc/sshtpm/broker.toml";

/// How the broker is to run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Config {
    /// Where the TPM is.
    pub(crate) tpm: Address,
    /// Seconds after which a TPM that does not answer counts as hung; key generation, which takes
    /// half a minute on slow chips, has [`GENERATION_SECONDS`] more.
    #[serde(rename = "watchdog-seconds")]
    watchdog: WatchdogSeconds,
    /// Where keys are kept.
    pub(crate) state_directory: AbsolutePath,
    limits: LimitsTable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
struct LimitsTable {
    keys_per_user: Count,
    requests_per_user: Count,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            tpm: Address::Device(PathBuf::from("/dev/tpmrm0")),
            watchdog: WatchdogSeconds(20),
            state_directory: AbsolutePath(PathBuf::from("/var/lib/sshtpm")),
            limits: LimitsTable::default(),
        }
    }
}

impl Default for LimitsTable {
    fn default() -> Self {
        // A key for each of a person's machines and services, and more tabs than anybody opens.
        Self {
            keys_per_user: Count(64),
            requests_per_user: Count(64),
        }
    }
}

impl Config {
    /// Reads `path`; a file that is not there means the defaults.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is too long, or says something that is not known or not possible.
    pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
        let cannot_read = |source| ConfigError::Read {
            path: path.to_owned(),
            source,
        };
        let size = match std::fs::metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(source) => return Err(cannot_read(source)),
        };
        if size > MAX_CONFIG_BYTES {
            return Err(ConfigError::TooLong {
                path: path.to_owned(),
            });
        }
        let text = std::fs::read_to_string(path).map_err(cannot_read)?;
        toml::from_str(&text).map_err(|source| ConfigError::Parse {
            path: path.to_owned(),
            source,
        })
    }

    pub(crate) fn limits(&self) -> Limits {
        Limits {
            keys_per_user: self.limits.keys_per_user.0.into(),
            requests_per_user: self.limits.requests_per_user.0.into(),
        }
    }

    pub(crate) fn command_limit(&self) -> Duration {
        Duration::from_secs(self.watchdog.0.into())
    }

    pub(crate) fn generation_limit(&self) -> Duration {
        self.command_limit() + Duration::from_secs(GENERATION_SECONDS)
    }
}

/// RSA-4096 on slow chips takes half a minute on average; prime search has a long tail.
const GENERATION_SECONDS: u64 = 100;

/// Far more than the file with all its comments.
const MAX_CONFIG_BYTES: u64 = 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
struct WatchdogSeconds(u16);

impl TryFrom<u16> for WatchdogSeconds {
    type Error = &'static str;

    fn try_from(seconds: u16) -> Result<Self, &'static str> {
        match seconds {
            1..=300 => Ok(Self(seconds)),
            _ => Err("it must be from 1 to 300 seconds"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
struct Count(u16);

impl TryFrom<u16> for Count {
    type Error = &'static str;

    fn try_from(count: u16) -> Result<Self, &'static str> {
        match count {
            1..=10_000 => Ok(Self(count)),
            _ => Err("it must be from 1 to 10000"),
        }
    }
}

/// A path that does not depend on where the broker was started.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
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

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read {}: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is longer than {MAX_CONFIG_BYTES} bytes", path.display())]
    TooLong { path: PathBuf },
    #[error("{}: {source}", path.display())]
    Parse {
        path: PathBuf,
        source: toml::de::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        Config::read(file.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn no_file_means_the_defaults() {
        let config = Config::read(Path::new("/nonexistent/broker.toml")).expect("defaults");
        assert_eq!(config, Config::default());
        assert_eq!(config.tpm.to_string(), "device:/dev/tpmrm0");
    }

    #[test]
    fn what_is_written_is_taken_and_the_rest_is_default() {
        let config =
            read("tpm = \"device:/dev/tpmrm1\"\n[limits]\nkeys-per-user = 3\n").expect("fine");
        assert_eq!(config.tpm.to_string(), "device:/dev/tpmrm1");
        assert_eq!(config.limits().keys_per_user, 3);
        assert_eq!(config.limits().requests_per_user, 64);
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_file_line_and_key() {
        let error = read("\ntpn = \"device:/dev/tpmrm0\"\n").expect_err("a typo");
        assert!(error.contains("line 2") && error.contains("tpn"), "{error}");
        assert!(error.starts_with("/"), "{error}");
        assert!(read("[limits]\nkeys = 3\n").is_err());
    }

    #[test]
    fn a_bad_value_is_an_error_that_names_line_and_bounds() {
        for (text, bound) in [
            ("watchdog-seconds = 0", "1 to 300"),
            ("watchdog-seconds = 301", "1 to 300"),
            ("state-directory = \"var\"", "absolute"),
            ("[limits]\nkeys-per-user = 0", "1 to 10000"),
            ("tpm = \"swtpm:path=/x\"", "names no TPM"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains("line") && error.contains(bound), "{error}");
        }
    }
}
