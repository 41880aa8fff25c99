//! A key on the wire, as clients see it.

use sshtpm_ssh::origin::{Holding, Origin};
use sshtpm_ssh::tpm::KeyState;
use zbus::{DeserializeDict, SerializeDict, Type};

use crate::{Destination, WireWord};

/// A key as clients see it (`a{sv}` on the wire).
#[derive(Clone, Debug, PartialEq, Eq, DeserializeDict, SerializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct KeyInfo {
    /// `SHA256:` and 43 characters of unpadded base64, as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// SSH name of the key type, such as `ecdsa-sha2-nistp256` or `ssh-rsa`.
    pub algorithm: String,
    /// Length of the key in bits.
    pub bits: u32,
    /// What the owner calls it; up to [`MAX_COMMENT_BYTES`](sshtpm_ssh::limits::MAX_COMMENT_BYTES),
    /// no control characters.
    pub comment: String,
    /// Key type and base64 blob, as in `authorized_keys`, without the comment.
    pub public_key: String,
    /// Name of the user to whom it belongs.
    pub owner: String,
    /// When it came into the broker's keeping, in seconds since 1970-01-01 UTC.
    pub created: u64,
    /// Where it comes from: see [`Origin`].
    pub origin: WireWord<Origin>,
    /// What holds its private part: see [`Holding`].
    pub holding: WireWord<Holding>,
    /// Whether its owner said that a copy of it is kept elsewhere.
    pub backed_up: bool,
    /// The hierarchy in which the TPM derives it; empty if it does not.
    pub hierarchy: String,
    /// What tells it apart from other derived keys of its owner; may be empty.
    pub label: String,
    /// Whose template the TPM derives it from; empty if it does not.
    pub template: String,
    /// Whether it can be used: see [`KeyState`].
    pub state: WireWord<KeyState>,
    /// What it may sign, as the words of [`Purpose`](sshtpm_ssh::purpose::Purpose).
    pub purposes: Vec<String>,
    /// SSHSIG namespaces in which it may sign; none means all.
    pub namespaces: Vec<String>,
    /// Where it may log in; none means everywhere.
    pub destinations: Vec<Destination>,
    /// Whether it may be used over forwarded connections.
    pub forwarding: bool,
    /// Whether a person has to confirm each use.
    pub confirm: bool,
    /// Whether it signs only while its owner has an unlocked session in the foreground of this
    /// machine.
    pub while_unlocked: bool,
    /// Whether it has a PIN.
    pub pin: bool,
    /// Whether the broker remembers that PIN now.
    pub unlocked: bool,
    /// Whether the TPM refuses it while it is in lockout after wrong PINs of any user: keys that
    /// have or had a PIN, and most of those that another program made.
    pub stops_in_lockout: bool,
    /// How many signatures it has made.
    pub uses: u64,
    /// When it made the last one, in seconds since 1970-01-01 UTC; 0 is never.
    pub last_used: u64,
    /// Whether the TPM itself keeps it, so that using it takes one command.
    pub persistent: bool,
    /// Who decided that, as the words of [`KeptBy`](sshtpm_ssh::kept_by::KeptBy); empty if the TPM
    /// does not keep it.
    pub persistent_by: String,
    /// Certificates that are kept with it, in the order in which they were added; each of up to
    /// [`MAX_CERTIFICATE_BYTES`](sshtpm_ssh::limits::MAX_CERTIFICATE_BYTES).
    pub certificates: Vec<Vec<u8>>,
    /// The PCRs that it is bound to, as [`PcrSelection`](sshtpm_ssh::pcr::PcrSelection) shows them;
    /// empty if it is bound to none.
    pub pcrs: String,
    /// The numbers of those of them that have other values now, if the broker knows that.
    pub changed_pcrs: Vec<u32>,
}
