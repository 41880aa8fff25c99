//! Why a key file is refused.

use std::fmt;

/// Why a private key cannot be read from a file, or cannot be kept by sshtpm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFileError {
    /// The file is longer than any key file.
    #[error(
        "it is too long: a file with a private key has at most {} bytes",
        crate::bounds::MAX_FILE_BYTES
    )]
    TooLong,
    /// There is no private key in it.
    #[error(
        "it has no private key in a format that sshtpm reads (OpenSSH, PKCS #1, SEC 1, PKCS #8, \
         PuTTY 2 and 3)"
    )]
    NoPrivateKey,
    /// It is the public half.
    #[error("it has the public key alone; the private key is in the file without .pub")]
    PublicKey,
    /// The format is known, but the contents do not follow it.
    #[error("it is damaged: what is in it is not {0}")]
    Damaged(Format),
    /// The container holds no key, or more than one.
    #[error("it has to have one key, and has {0}")]
    SeveralKeys(u32),
    /// It is encrypted in a way that is too weak to be read here.
    #[error("it is encrypted in an old way ({0}), which sshtpm does not read")]
    OldEncryption(&'static str),
    /// It is encrypted in a way that is not known here.
    #[error("it is encrypted in a way that sshtpm does not know: {0}")]
    UnknownEncryption(String),
    /// The file asks for more work or memory than a passphrase is worth.
    #[error("its passphrase would take too much {what}: the file says {asked}; at most {most}")]
    TooCostly {
        /// What there would be too much of.
        what: &'static str,
        /// As the file says.
        asked: u64,
        /// The bound.
        most: u64,
    },
    /// It is encrypted, and no passphrase was given.
    #[error("it is encrypted, and no passphrase was given")]
    PassphraseNeeded,
    /// The passphrase does not decrypt it.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// The private key does not fit its public key.
    #[error("its private key does not belong to its public key")]
    Mismatch,
    /// The key is one that sshtpm cannot keep.
    #[error("{0}")]
    Unsuitable(Unsuitable),
}

/// A format of key files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Base64 between two lines.
    Pem,
    /// OpenSSH's own.
    OpenSsh,
    /// `RSA PRIVATE KEY`.
    Pkcs1,
    /// `EC PRIVATE KEY`.
    Sec1,
    /// `PRIVATE KEY` and `ENCRYPTED PRIVATE KEY`.
    Pkcs8,
    /// `.ppk`.
    Putty,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem => "PEM",
            Self::OpenSsh => "an OpenSSH private key",
            Self::Pkcs1 => "a PKCS #1 private key",
            Self::Sec1 => "a SEC 1 private key",
            Self::Pkcs8 => "a PKCS #8 private key",
            Self::Putty => "a PuTTY private key",
        })
    }
}

/// Why sshtpm cannot keep a key that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsuitable {
    /// The file refers to a security key.
    SecurityKey,
    /// DSA.
    Dsa,
    /// A key for the first version of the protocol.
    Ssh1,
    /// A key that a TPM made.
    Tss2,
    /// Another type, by its name.
    Type(String),
    /// RSA of another length, in bits.
    RsaBits(usize),
    /// RSA with another exponent.
    RsaExponent,
    /// RSA with primes of unequal length.
    RsaPrimes,
}

impl fmt::Display for Unsuitable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecurityKey => f.write_str(
                "its private key is in a FIDO token, and no token gives one away; go on using it \
                 there",
            ),
            Self::Dsa => f.write_str("it has a DSA key, which OpenSSH no longer accepts"),
            Self::Ssh1 => f.write_str("it has a key of SSH version 1, which nothing accepts"),
            Self::Tss2 => f.write_str(
                "its private key is encrypted for a TPM (TSS2 PRIVATE KEY), and sshtpm imports \
                     no such file",
            ),
            Self::Type(name) => write!(
                f,
                "it has a key of type {name}; sshtpm keeps ECDSA (nistp256, nistp384, nistp521), \
                 RSA and Ed25519"
            ),
            Self::RsaBits(bits) => write!(
                f,
                "its RSA key has {bits} bits; TPMs have RSA keys of 2048, 3072 or 4096 bits"
            ),
            Self::RsaExponent => {
                f.write_str("the public exponent of its RSA key is not 65537; TPMs take no other")
            }
            Self::RsaPrimes => {
                f.write_str("the primes of its RSA key differ in length, and TPMs take no such key")
            }
        }
    }
}

impl From<Unsuitable> for KeyFileError {
    fn from(reason: Unsuitable) -> Self {
        Self::Unsuitable(reason)
    }
}

impl KeyFileError {
    /// What to do next with the file `file`, as it is written in a shell; `None` if there is
    /// nothing to do.
    pub fn next(&self, file: &str) -> Option<String> {
        match self {
            Self::OldEncryption(_) => Some(format!(
                "Encrypt the file anew with `ssh-keygen -p -f {file}`, and try again."
            )),
            Self::TooCostly { .. } => Some(format!(
                "Encrypt the file anew with the usual effort, with `ssh-keygen -p -f {file}` or \
                 with puttygen, and try again."
            )),
            Self::UnknownEncryption(_) => Some(format!(
                "Encrypt the file anew with `ssh-keygen -p -Z aes256-ctr -f {file}`, and try again."
            )),
            Self::TooLong | Self::NoPrivateKey => {
                Some("Name the file with the private key.".to_owned())
            }
            Self::Damaged(_) | Self::Mismatch => {
                Some("Take the file from a backup, and try again.".to_owned())
            }
            Self::PassphraseNeeded => Some(format!(
                "Remove the passphrase with `ssh-keygen -p -f {file}`, or give it."
            )),
            Self::Unsuitable(
                Unsuitable::Dsa
                | Unsuitable::Ssh1
                | Unsuitable::Tss2
                | Unsuitable::Type(_)
                | Unsuitable::RsaBits(_)
                | Unsuitable::RsaExponent
                | Unsuitable::RsaPrimes,
            ) => Some("Make a new key with `sshtpm keygen`.".to_owned()),
            _ => None,
        }
    }
}
