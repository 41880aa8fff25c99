//! The stored form of a key's place in the TPM.
//!
//! The authorization value is stored in clear: only root can read a record, and root can use the
//! key anyway.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::damage::Damage;
use sshtpm_core::persistent::{AUTH_BYTES, HandleAuth, OwnHandle, Persistent};
use sshtpm_ssh::kept_by::KeptBy;
use sshtpm_ssh::word::Word as _;

// Without Debug: `auth` belongs into no log.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredPersistent {
    /// Such as `0x81535300`.
    handle: String,
    /// In hexadecimal.
    auth: Zeroizing<String>,
    /// Who decided that; from version 8 on, where it has to be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
}

impl StoredPersistent {
    pub(super) fn of(persistent: &Persistent) -> Self {
        let bytes = persistent.auth.as_bytes().iter();
        // Of its length from the start: a text that grows leaves copies behind.
        let mut auth = Zeroizing::new(String::with_capacity(2 * AUTH_BYTES));
        for digit in bytes.flat_map(|byte| [byte >> 4, byte & 0xf]) {
            auth.extend(char::from_digit(digit.into(), 16));
        }
        Self {
            handle: persistent.handle.to_string(),
            auth,
            by: Some(persistent.by.word().to_owned()),
        }
    }

    /// # Errors
    ///
    /// The handle is not one of ours, the value is malformed, or it is said who decided in a
    /// version that does not say it, or not said in one that does.
    pub(super) fn parse(self, says_by: SaysBy) -> Result<Persistent, Damage> {
        let handle = OwnHandle::all().find(|handle| handle.to_string() == self.handle);
        let handle = handle.ok_or(Damage::Persistent)?;
        let auth = parse_auth(&self.auth).and_then(HandleAuth::new);
        let auth = auth.ok_or(Damage::Persistent)?;
        let by = match (says_by, self.by.as_deref()) {
            (SaysBy::Not, None) => Some(KeptBy::Administrator),
            (SaysBy::Always, Some(word)) => KeptBy::of_word(word),
            _ => None,
        };
        let by = by.ok_or(Damage::Persistent)?;
        Ok(Persistent { handle, auth, by })
    }
}

/// Whether a version of the record says who decided that the TPM keeps a key. Before one did, only
/// administrators could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SaysBy {
    Not,
    Always,
}

fn parse_auth(text: &str) -> Option<Zeroizing<[u8; AUTH_BYTES]>> {
    let digits = text.as_bytes();
    if digits.len() != 2 * AUTH_BYTES {
        return None;
    }
    let mut bytes = Zeroizing::new([0; AUTH_BYTES]);
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        for &character in pair {
            let digit = char::from(character).to_digit(16)?;
            *byte = *byte << 4 | u8::try_from(digit).ok()?;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests;
