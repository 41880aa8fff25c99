//! The types of keys by their names, as OpenSSH reads them.
//!
//! Specs: OpenSSH `sshkey.c`, `keyimpls` and `sshkey_type_from_name`.

/// What the name of a type says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyType {
    /// A plain key of a type that this agent reads, too.
    Key,
    /// A certificate of such a key.
    Certificate,
    /// A DSA key, which OpenSSH reads before 10.0.
    Dsa,
    /// A key of ML-DSA and Ed25519, which OpenSSH reads since 10.5.
    MlDsa,
    /// OpenSSH takes the name for that of another type, in one version at least.
    Ambiguous,
    /// OpenSSH does not know it, and goes on with the next key.
    Unknown,
}

/// Names that a version of OpenSSH knows and that no key should have: of signatures, of types that
/// are built for experiments, and of certificates that this agent cannot verify.
const AMBIGUOUS: [&str; 10] = [
    "rsa-sha2-256",
    "rsa-sha2-512",
    "rsa-sha2-256-cert-v01@openssh.com",
    "rsa-sha2-512-cert-v01@openssh.com",
    "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
    "webauthn-sk-ecdsa-sha2-nistp256-cert-v01@openssh.com",
    "ssh-dss-cert-v01@openssh.com",
    "ssh-mldsa44-ed25519-cert-v01@openssh.com",
    "ssh-xmss@openssh.com",
    "ssh-xmss-cert-v01@openssh.com",
];

/// Short names, which OpenSSH took in keys, too, in capitals or not: `sshkey_type_from_name` does
/// so in 9.2.
const SHORT: [&str; 8] = [
    "RSA",
    "DSA",
    "ECDSA",
    "ECDSA-SK",
    "ED25519",
    "ED25519-SK",
    "MLDSA44-ED25519",
    "XMSS",
];

/// The type with this name.
pub(super) fn of(name: &str) -> KeyType {
    match name {
        "ssh-ed25519"
        | "ssh-rsa"
        | "ecdsa-sha2-nistp256"
        | "ecdsa-sha2-nistp384"
        | "ecdsa-sha2-nistp521"
        | "sk-ssh-ed25519@openssh.com"
        | "sk-ecdsa-sha2-nistp256@openssh.com" => KeyType::Key,
        "ssh-ed25519-cert-v01@openssh.com"
        | "ssh-rsa-cert-v01@openssh.com"
        | "ecdsa-sha2-nistp256-cert-v01@openssh.com"
        | "ecdsa-sha2-nistp384-cert-v01@openssh.com"
        | "ecdsa-sha2-nistp521-cert-v01@openssh.com"
        | "sk-ssh-ed25519-cert-v01@openssh.com"
        | "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com" => KeyType::Certificate,
        "ssh-dss" => KeyType::Dsa,
        "ssh-mldsa44-ed25519@openssh.com" => KeyType::MlDsa,
        // OpenSSH ignores a zero byte at the end, and refuses a list with one elsewhere.
        name if name.contains('\0') => KeyType::Ambiguous,
        name if AMBIGUOUS.contains(&name) => KeyType::Ambiguous,
        name if SHORT.iter().any(|short| short.eq_ignore_ascii_case(name)) => KeyType::Ambiguous,
        _ => KeyType::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyType, of};

    #[test]
    fn a_name_says_what_openssh_takes_it_for() {
        for (name, expected) in [
            ("ssh-ed25519", KeyType::Key),
            ("ssh-ed25519\0", KeyType::Ambiguous),
            ("ssh-\0ed25519", KeyType::Ambiguous),
            ("SSH-ED25519", KeyType::Unknown),
            ("ed25519", KeyType::Ambiguous),
            ("Ecdsa", KeyType::Ambiguous),
            ("rsa-sha2-512", KeyType::Ambiguous),
            ("ssh-rsa-cert-v01@openssh.com", KeyType::Certificate),
            ("x509v3-ssh-rsa", KeyType::Unknown),
            ("", KeyType::Unknown),
        ] {
            assert_eq!(of(name), expected, "{name:?}");
        }
    }
}
