//! What sshd would do with a drop-in that is still to be written: the same as options on its
//! command line, which come before its configuration. Nothing that an sshd reads has changed yet,
//! be it started, reloaded, or run by systemd for each connection.
//!
//! Source: sshd(8), `-o`.

use super::drop_in::SshdPath;

/// Options for sshd's command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Preview(Vec<String>);

impl Preview {
    /// No options: the configuration as it is.
    pub(crate) const NONE: Self = Self(Vec::new());

    /// The options that say what a drop-in for these host keys and certificates says.
    pub(crate) fn of(
        agent_socket: &SshdPath,
        host_keys: &[SshdPath],
        certificates: &[SshdPath],
    ) -> Self {
        let agent = format!("HostKeyAgent={}", agent_socket.as_str());
        let keys = host_keys.iter();
        let keys = keys.map(|key| format!("HostKey={}", key.as_str()));
        let certificates = certificates.iter();
        let certificates = certificates.map(|file| format!("HostCertificate={}", file.as_str()));
        let options = std::iter::once(agent).chain(keys).chain(certificates);
        Self(
            options
                .flat_map(|option| ["-o".to_owned(), option])
                .collect(),
        )
    }

    /// The options, each as sshd takes it.
    pub(crate) fn arguments(&self) -> &[String] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Preview, SshdPath};

    #[test]
    fn agent_and_host_keys_are_options_in_their_order() {
        let path = |text: &str| SshdPath::new(Path::new(text)).unwrap();
        let keys = [path("/b"), path("/c")];
        let preview = Preview::of(&path("/run/a"), &keys, &[path("/d")]);
        let expected = "-o HostKeyAgent=/run/a -o HostKey=/b -o HostKey=/c -o HostCertificate=/d";
        assert_eq!(preview.arguments().join(" "), expected);
        assert!(Preview::NONE.arguments().is_empty());
    }
}
