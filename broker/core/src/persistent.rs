//! A key that the TPM itself keeps, so that its use takes one command.
//!
//! Specs: TPM 2.0 Part 2, "Persistent Object Sub-range" (0x81000000 to 0x817FFFFF are the owner's);
//! TCG Registry of Reserved TPM 2.0 Handles and Localities, whose entries are at the start of that
//! range (storage root keys at 0x81000001, endorsement keys at 0x81010001); TPM 2.0 Part 1,
//! "Authorization Values".

use std::fmt;

use sshtpm_ssh::kept_by::KeptBy;
use zeroize::Zeroizing;

/// Where our objects are: ASCII "SSH", in the owner's range.
const FIRST_HANDLE: u32 = 0x8153_5300;

/// How many there can be at most. A chip has room for few (it says how few at the least by
/// TPM_PT_HR_PERSISTENT_MIN), and others need some of it.
pub const MAX_HANDLES: u32 = 16;

/// One of the broker's handles: [`MAX_HANDLES`] from 0x81535300 on. It can name no other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnHandle(u8);

impl OwnHandle {
    /// `None` if it is not one of the broker's.
    pub fn new(handle: u32) -> Option<Self> {
        let number = handle.checked_sub(FIRST_HANDLE)?;
        let number = u8::try_from(number).ok()?;
        (u32::from(number) < MAX_HANDLES).then_some(Self(number))
    }

    /// All there are, the first one first.
    pub fn all() -> impl Iterator<Item = Self> {
        (FIRST_HANDLE..FIRST_HANDLE + MAX_HANDLES).filter_map(Self::new)
    }

    /// The handle, as TPM commands take it.
    pub fn value(self) -> u32 {
        FIRST_HANDLE + u32::from(self.0)
    }
}

impl fmt::Display for OwnHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.value())
    }
}

impl fmt::Debug for OwnHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Length of [`HandleAuth`], in bytes: the most that the keys' Name algorithm, SHA-256, lets a TPM
/// keep.
pub const AUTH_BYTES: usize = 32;

/// The authorization value of the object at the handle. It is never logged, and overwritten when it
/// is dropped; copies in the text of a record are not overwritten.
#[derive(Clone, PartialEq, Eq)]
pub struct HandleAuth(Zeroizing<[u8; AUTH_BYTES]>);

impl HandleAuth {
    /// `None` if the last byte is zero: a TPM ignores zeros at the end of an authorization value.
    pub fn new(bytes: Zeroizing<[u8; AUTH_BYTES]>) -> Option<Self> {
        (bytes.last() != Some(&0)).then_some(Self(bytes))
    }

    /// The authorization value.
    pub fn as_bytes(&self) -> &[u8; AUTH_BYTES] {
        &self.0
    }
}

/// Where the TPM keeps a key, the authorization value of the key there, and who decided that.
#[derive(PartialEq, Eq)]
pub struct Persistent {
    /// Where the key is.
    pub handle: OwnHandle,
    /// The authorization value of the key there.
    pub auth: HandleAuth,
    /// Who decided that it is there.
    pub by: KeptBy,
}

impl Persistent {
    /// The same key in the same place, as somebody else decides.
    pub fn kept_by(&self, by: KeptBy) -> Self {
        Self {
            handle: self.handle,
            auth: self.auth.clone(),
            by,
        }
    }
}

impl fmt::Debug for Persistent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Persistent({}, by {})", self.handle, self.by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_of_others_are_none_of_ours() {
        for handle in [
            0,
            0x8100_0001,
            0x8101_0001,
            0x8153_52ff,
            0x8153_5310,
            0x8153_5400,
            0x8180_0000,
            u32::MAX,
        ] {
            assert_eq!(OwnHandle::new(handle), None, "{handle:#x}");
        }
    }

    #[test]
    fn ours_are_sixteen_and_read_as_they_are_written() {
        let all: Vec<_> = OwnHandle::all().collect();
        assert_eq!(all.len(), 16);
        for (handle, value) in all.iter().zip(0x8153_5300..) {
            assert_eq!(handle.value(), value);
            assert_eq!(OwnHandle::new(value), Some(*handle));
            assert_eq!(handle.to_string(), format!("0x{value:08x}"));
        }
    }

    #[test]
    fn a_value_that_a_tpm_would_not_keep_as_it_is_is_none() {
        let mut bytes = [7; AUTH_BYTES];
        assert!(HandleAuth::new(Zeroizing::new(bytes)).is_some());
        bytes[AUTH_BYTES - 1] = 0;
        assert!(HandleAuth::new(Zeroizing::new(bytes)).is_none());
    }

    #[test]
    fn the_value_is_not_printed() {
        let auth = HandleAuth::new(Zeroizing::new([0x41; AUTH_BYTES])).expect("a value");
        let handle = OwnHandle::new(0x8153_5301).expect("ours");
        let by = KeptBy::Administrator;
        let persistent = Persistent { handle, auth, by };
        let printed = format!("{persistent:?}");
        assert_eq!(printed, "Persistent(0x81535301, by administrator)");
    }
}
