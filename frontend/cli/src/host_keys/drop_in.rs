//! The drop-in for sshd's configuration: what is in it, and how to know it again.
//!
//! Source: sshd_config(5), `HostKeyAgent` and `HostKey`: where there is only a public key file,
//! private key operations are delegated to the agent. The first value of `HostKeyAgent` counts.
//! `HostCertificate` names a certificate of one of these keys.
//!
//! `HostKey` names the file without `.pub`: sshd looks for the public key with and without it, but
//! takes a `HostKey x.pub` for a private key first, and warns at each start that everyone can read
//! it.

use std::path::{Path, PathBuf};

use crate::error::Failure;

/// Name of the drop-in in `sshd_config.d`.
pub(crate) const FILE_NAME: &str = "50-sshtpm.conf";

/// sshd's configuration directory, unless the command line names another.
pub(crate) const CONFIG_DIR: &str = "/etc/ssh";

/// Directory of drop-ins in it.
const DROP_IN_DIR: &str = "sshd_config.d";

/// How a drop-in begins that sshtpm made. The NixOS module begins one so, too.
const HEAD: &str = include_str!("../../data/sshd-drop-in.conf");

/// What a path has to be so that sshd's configuration can hold it as it is.
pub(crate) const PLAIN: &str = "it must be an absolute path of letters, digits and /._-+@:,=";

/// Whether `path` is [`PLAIN`].
pub(crate) fn is_plain(path: &Path) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@:,=".contains(c);
    path.is_absolute() && path.to_str().is_some_and(|text| text.chars().all(plain))
}

/// A path that sshd's configuration can hold as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SshdPath(String);

impl SshdPath {
    /// Takes an absolute path without anything that means something to sshd.
    ///
    /// # Errors
    ///
    /// Any other path.
    pub(crate) fn new(path: &Path) -> Result<Self, Failure> {
        match path.to_str() {
            Some(text) if is_plain(path) => Ok(Self(text.to_owned())),
            _ => Err(Failure::new(
                format!("cannot name {} in sshd's configuration", path.display()),
                PLAIN,
            )),
        }
    }

    /// The path as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text of a drop-in that makes sshd use `host_keys` (public key files without their `.pub`)
/// through the agent at `agent_socket`, with these certificates.
pub(crate) fn render(
    agent_socket: &SshdPath,
    host_keys: &[SshdPath],
    certificates: &[SshdPath],
) -> String {
    let mut text = format!("{HEAD}HostKeyAgent {}\n", agent_socket.0);
    for key in host_keys {
        text.push_str(&format!("HostKey {}\n", key.0));
    }
    for certificate in certificates {
        text.push_str(&format!("HostCertificate {}\n", certificate.0));
    }
    text
}

/// sshtpm's drop-in in a configuration directory.
pub(crate) fn path_in(config_dir: &Path) -> PathBuf {
    config_dir.join(DROP_IN_DIR).join(FILE_NAME)
}

/// Whether sshtpm made a drop-in with this `text`: its first line says so.
pub(crate) fn is_own(text: &str) -> bool {
    text.lines().next() == HEAD.lines().next()
}

/// The certificates that a drop-in with this `text` has sshd use.
pub(crate) fn certificate_files(text: &str) -> Vec<PathBuf> {
    let named = text.lines();
    let named = named.filter_map(|line| line.strip_prefix("HostCertificate "));
    named.map(PathBuf::from).collect()
}

/// The public key files that a drop-in with this `text` has sshd use.
pub(crate) fn key_files(text: &str) -> Vec<PathBuf> {
    text.lines()
        .filter_map(|line| line.strip_prefix("HostKey "))
        .map(|path| public_key_file(Path::new(path)))
        .collect()
}

/// The file with the public key, where the configuration says `HostKey` and this `path`.
pub(crate) fn public_key_file(path: &Path) -> PathBuf {
    match path.extension() {
        Some(extension) if extension == "pub" => path.to_owned(),
        _ => {
            let mut name = path.as_os_str().to_owned();
            name.push(".pub");
            PathBuf::from(name)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{SshdPath, is_own, key_files, render};

    fn path(text: &str) -> SshdPath {
        SshdPath::new(Path::new(text)).unwrap()
    }

    fn example() -> String {
        render(
            &path("/run/sshtpm-host/agent.sock"),
            &[
                path("/etc/ssh/sshtpm_host_ecdsa_key"),
                path("/etc/ssh/sshtpm_host_rsa_key"),
            ],
            &[path("/etc/ssh/sshtpm_host_rsa_key-cert.pub")],
        )
    }

    #[test]
    fn the_drop_in_names_the_agent_once_each_key_and_each_certificate() {
        let text = example();
        let settings: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            settings,
            [
                "HostKeyAgent /run/sshtpm-host/agent.sock",
                "HostKey /etc/ssh/sshtpm_host_ecdsa_key",
                "HostKey /etc/ssh/sshtpm_host_rsa_key",
                "HostCertificate /etc/ssh/sshtpm_host_rsa_key-cert.pub",
            ]
        );
    }

    #[test]
    fn a_drop_in_gives_back_its_key_files() {
        assert_eq!(
            key_files(&(example() + "HostKey /etc/ssh/mine.pub\n")),
            [
                "/etc/ssh/sshtpm_host_ecdsa_key.pub",
                "/etc/ssh/sshtpm_host_rsa_key.pub",
                "/etc/ssh/mine.pub",
            ]
            .map(PathBuf::from)
        );
    }

    #[test]
    fn a_drop_in_without_our_header_is_not_ours() {
        assert!(is_own(&example()));
        let text = example().lines().skip(1).collect::<Vec<_>>().join("\n");
        assert!(!is_own(&text));
        assert!(!is_own(""));
    }

    #[test]
    fn a_path_that_could_smuggle_in_a_setting_is_refused() {
        for text in [
            "relative",
            "/a b",
            "/a\nPermitRootLogin yes",
            "/a\"",
            "/a#b",
            "/%h",
            "",
        ] {
            assert!(SshdPath::new(Path::new(text)).is_err(), "{text:?}");
        }
    }
}
