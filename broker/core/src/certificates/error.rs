//! Why a certificate is not kept.

use sshtpm_ssh::limits::MAX_CERTIFICATE_BYTES;
use sshtpm_ssh::utc::Utc;
use thiserror::Error;

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NotKept {
    /// It is not an OpenSSH certificate, or has something in it that OpenSSH does not read.
    #[error("this is not an OpenSSH certificate; give one that `ssh-keygen -L` shows")]
    Malformed,
    /// Its length in bytes.
    #[error("the certificate has {0} bytes; at most {MAX_CERTIFICATE_BYTES} are allowed")]
    TooLong(usize),
    /// It certifies a host.
    #[error(
        "this certificate is for a host, and no user logs in with it; for a host key of sshd use \
         `sshtpm host-keys cert`"
    )]
    ForHosts,
    /// It ends before it begins.
    #[error("this certificate is never valid; have its authority issue another one")]
    NeverValid,
    /// It was valid until then.
    #[error("this certificate expired at {0}; have its authority issue a new one")]
    Expired(Utc),
    /// The signature of its authority is wrong, or cannot be verified.
    #[error(
        "the authority that this certificate names did not sign it, or signed it with an algorithm \
         that is not supported; have the certificate issued again"
    )]
    NotSigned,
}
