//! `/etc/sshtpm/host-keys.toml`, parsed into types that cannot be wrong.
//!
//! Purpose: `ensure` at boot and `enable` by hand have to agree on where things are. `disable` does
//! not read it: it goes by what is there, so that a typo here cannot keep sshtpm from being
//! removed.
//!
//! May touch: the configuration file, for reading. An unknown key or a bad value is an error that
//! names file, line and key.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sshtpm_ssh::derived::Hierarchy;
use sshtpm_ssh::word::Word as _;

use super::drop_in::{self, SshdPath};
use super::key_types::KeyTypes;
use crate::args::EnableArgs;
use crate::derived::Derivation;
use crate::error::Failure;

/// Far more than the file with all its comments.
const MAX_CONFIG_BYTES: u64 = 64 * 1024;

/// Which host keys there have to be, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Config {
    /// Types of which there has to be a key.
    pub(crate) types: KeyTypes,
    /// Where the public key files go.
    pub(crate) key_directory: KeyDirectory,
    /// Whether host key files are put away once sshd uses the keys in the TPM.
    pub(crate) replace_existing: bool,
    /// Whether `ensure` has missing keys derived.
    pub(crate) derived: Derived,
}

impl Config {
    /// What the file says, and over it what `args` say. The directory of another sshd's
    /// configuration takes the key files, too.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is too long, or says something that is not known or not possible;
    /// or the arguments do.
    pub(crate) fn of(args: &EnableArgs) -> Result<Self, Failure> {
        let mut config = Self::read(&args.config)?;
        let directory = args.key_dir.as_ref().or(args.sshd.sshd_config_dir.as_ref());
        if let Some(directory) = directory {
            config.key_directory = KeyDirectory::of_argument(directory)?;
        }
        config.replace_existing |= args.replace_existing;
        Ok(config)
    }

    /// Reads `path`; a file that is not there means the defaults.
    fn read(path: &Path) -> Result<Self, Failure> {
        let cannot = |why: &dyn std::fmt::Display| {
            Failure::new(format!("cannot read {}", path.display()), why)
        };
        match std::fs::metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(cannot(&error)),
            Ok(metadata) if metadata.len() > MAX_CONFIG_BYTES => {
                return Err(cannot(&format!(
                    "it is longer than {MAX_CONFIG_BYTES} bytes"
                )));
            }
            Ok(_) => {}
        }
        let text = std::fs::read_to_string(path).map_err(|error| cannot(&error))?;
        toml::from_str(&text).map_err(|error| {
            Failure::new(
                format!("cannot use {}", path.display()),
                error.to_string().trim_end(),
            )
            .and_next("Nothing was changed. Correct the file, and try again.")
        })
    }
}

/// From what the TPM derives a host key that is missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Derived {
    /// From nothing: it generates a random one.
    #[default]
    No,
    /// From the seed of this hierarchy.
    In(Hierarchy),
}

impl Derived {
    /// As a key is asked for.
    pub(crate) fn derivation(self) -> Option<Derivation<'static>> {
        match self {
            Self::No => None,
            Self::In(hierarchy) => Some(Derivation::without_label(hierarchy)),
        }
    }
}

impl TryFrom<String> for Derived {
    type Error = &'static str;

    /// A key of the null hierarchy is another one after each start, which clients would not accept.
    fn try_from(word: String) -> Result<Self, &'static str> {
        match (word.as_str(), Hierarchy::of_word(&word)) {
            ("no", _) => Ok(Self::No),
            (_, Some(hierarchy)) if hierarchy != Hierarchy::Null => Ok(Self::In(hierarchy)),
            _ => Err("expected \"no\", \"owner\" or \"endorsement\""),
        }
    }
}

/// A directory that sshd's configuration can name as it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "PathBuf")]
pub(crate) struct KeyDirectory(PathBuf);

impl KeyDirectory {
    /// The path.
    pub(crate) fn as_path(&self) -> &Path {
        &self.0
    }

    fn of_argument(path: &Path) -> Result<Self, Failure> {
        let absolute = std::path::absolute(path)
            .map_err(|error| Failure::new(format!("cannot find {}", path.display()), error))?;
        SshdPath::new(&absolute).map(|_| Self(absolute))
    }
}

impl Default for KeyDirectory {
    fn default() -> Self {
        Self(PathBuf::from(drop_in::CONFIG_DIR))
    }
}

impl TryFrom<PathBuf> for KeyDirectory {
    type Error = &'static str;

    fn try_from(path: PathBuf) -> Result<Self, &'static str> {
        if drop_in::is_plain(&path) {
            Ok(Self(path))
        } else {
            Err(drop_in::PLAIN)
        }
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use std::path::Path;

    use clap::Parser;

    use super::{Config, Derived, Hierarchy};
    use crate::args::{Cli, Command, HostKeysCommand};

    /// What is shipped.
    const SHIPPED: &str = include_str!("../../data/host-keys.toml");

    fn read(text: &str) -> Result<Config, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Config::read(file.path()).map_err(|failure| failure.to_string())
    }

    fn of(words: &str) -> Config {
        let command = ["sshtpm", "host-keys", "enable", "--config", "/nonexistent"];
        let cli = Cli::try_parse_from(command.into_iter().chain(words.split_whitespace())).unwrap();
        let Some(Command::HostKeys(args)) = cli.command else {
            panic!("another command");
        };
        let HostKeysCommand::Enable(args) = args.command else {
            panic!("another command");
        };
        Config::of(&args).unwrap()
    }

    #[test]
    fn no_file_means_the_defaults() {
        let config = Config::read(Path::new("/nonexistent/host-keys.toml"));
        assert_eq!(config, Ok(Config::default()));
        assert_eq!(
            Config::default().key_directory.as_path(),
            Path::new("/etc/ssh")
        );
        assert!(!Config::default().replace_existing);
    }

    #[test]
    fn what_is_shipped_changes_nothing_and_shows_every_default() {
        assert_eq!(read(SHIPPED), Ok(Config::default()));
        let is_setting = |line: &&str| line.starts_with(|c: char| c.is_ascii_lowercase());
        let lines = SHIPPED.lines().filter_map(|line| line.strip_prefix('#'));
        let settings: Vec<&str> = lines.filter(is_setting).collect();
        assert_eq!(read(&settings.join("\n")), Ok(Config::default()));
        let names: Vec<&str> = settings
            .iter()
            .filter_map(|line| line.split(' ').next())
            .collect();
        let all = ["types", "key-directory", "replace-existing", "derived"];
        assert_eq!(names, all);
    }

    #[test]
    fn what_is_written_is_taken() {
        let config = read(
            "types = [\"rsa:2048\"]\nkey-directory = \"/persist/ssh\"\nreplace-existing = true\n",
        )
        .unwrap();
        assert_ne!(config.types, Config::default().types);
        assert_eq!(config.key_directory.as_path(), Path::new("/persist/ssh"));
        assert!(config.replace_existing);
    }

    #[test]
    fn host_keys_are_derived_where_they_stay_the_same() {
        for (word, derived) in [
            ("no", Derived::No),
            ("owner", Derived::In(Hierarchy::Owner)),
            ("endorsement", Derived::In(Hierarchy::Endorsement)),
        ] {
            let config = read(&format!("derived = \"{word}\"\n")).unwrap();
            assert_eq!(config.derived, derived);
        }
    }

    #[test]
    fn an_error_names_file_line_key_and_what_is_possible() {
        for (text, line, key, possible) in [
            ("\ntype = [\"rsa\"]\n", "line 2", "type", "types"),
            ("types = []\n", "line 1", "types", "1 to 8"),
            (
                "types = [\"ed25519-sk\"]\n",
                "line 1",
                "types",
                "ecdsa (256",
            ),
            (
                "\n\ntypes = [\"rsa\", \"rsa\"]\n",
                "line 3",
                "types",
                "twice",
            ),
            (
                "key-directory = \"ssh\"\n",
                "line 1",
                "key-directory",
                "absolute",
            ),
            (
                "key-directory = \"/a b\"\n",
                "line 1",
                "key-directory",
                "letters",
            ),
            ("derived = \"null\"\n", "line 1", "derived", "endorsement"),
            (
                "replace-existing = 1\n",
                "line 1",
                "replace-existing",
                "boolean",
            ),
        ] {
            let error = read(text).expect_err(text);
            for part in ["sshtpm: cannot use /", line, key, possible] {
                assert!(error.contains(part), "no {part:?} in {error}");
            }
        }
    }

    #[test]
    fn arguments_come_before_the_file() {
        assert_eq!(of(""), Config::default());
        let config = of("--key-dir /keys --sshd-config-dir /other --replace-existing");
        assert_eq!(config.key_directory.as_path(), Path::new("/keys"));
        assert!(config.replace_existing);
        let config = of("--sshd-config-dir /other");
        assert_eq!(config.key_directory.as_path(), Path::new("/other"));
    }
}
