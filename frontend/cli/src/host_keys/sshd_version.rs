//! The version of sshd, and whether it proves an agent's ECDSA or Ed25519 key.
//!
//! Before OpenSSH 10.0, the monitor of a user's session asks the agent for the proof of a host key
//! without an algorithm, rejects the answer for any key but an RSA one, and ends. So it ends the
//! session of each user whose client asks for the proof. root's sessions have no monitor.
//!
//! Sources: OpenSSH `PROTOCOL` §2.5; `serverloop.c` of 9.9 and 10.0, `server_input_hostkeys_prove`;
//! sshd(8), `-V`, which older ones answer with a usage message that begins with the version, too.

use std::fmt::{Display, Formatter};

/// What the version begins with.
const NAME: &str = "OpenSSH_";

/// The first version that proves an agent's ECDSA or Ed25519 key.
pub(crate) const FIRST_TO_PROVE: SshdVersion = SshdVersion {
    major: 10,
    minor: 0,
};

/// A version of OpenSSH.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SshdVersion {
    major: u32,
    minor: u32,
}

impl SshdVersion {
    /// The one that sshd names in what it `said`.
    pub(crate) fn find(said: &str) -> Option<Self> {
        let (_, version) = said.split_once(NAME)?;
        let mut numbers = version.split(|c: char| !c.is_ascii_digit());
        let mut number = || numbers.next()?.parse().ok();
        Some(Self {
            major: number()?,
            minor: number()?,
        })
    }

    /// Whether it proves an agent's ECDSA or Ed25519 key to a client that asks for it.
    pub(crate) fn proves_ecdsa(self) -> bool {
        self >= FIRST_TO_PROVE
    }
}

impl Display for SshdVersion {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenSSH {}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::SshdVersion;

    #[test]
    fn the_version_is_found_in_what_new_and_old_ones_say() {
        let found = |said| SshdVersion::find(said).map(|version| version.to_string());
        let old = "unknown option -- V\nOpenSSH_8.4p1 Debian-5+deb11u3, OpenSSL 1.1.1w\nusage: x";
        assert_eq!(found(old).as_deref(), Some("OpenSSH 8.4"));
        let new = "OpenSSH_10.0p2 Debian-7, OpenSSL 3.5.1";
        assert_eq!(found(new).as_deref(), Some("OpenSSH 10.0"));
        assert_eq!(found("another sshd"), None);
    }

    #[test]
    fn ecdsa_keys_are_proved_since_10_0() {
        let proves = |said| SshdVersion::find(said).unwrap().proves_ecdsa();
        assert!(!proves("OpenSSH_9.9p2"));
        assert!(!proves("OpenSSH_9.10"));
        assert!(proves("OpenSSH_10.0"));
        assert!(proves("OpenSSH_10.3p1"));
    }
}
