//! A PIN: the authorization value of a key.
//!
//! Specs: TPM 2.0 Part 1, "Authorization Values".

use std::fmt;

use zeroize::Zeroizing;

use sshtpm_ssh::limits::MAX_PIN_BYTES;

/// 1 to [`MAX_PIN_BYTES`] bytes, none of them zero. It is never logged, cannot be cloned, and is
/// overwritten in memory when it is dropped.
pub struct Pin(Zeroizing<Box<[u8]>>);

impl Pin {
    /// Copies `bytes`.
    ///
    /// # Errors
    ///
    /// They are empty, too many, or contain a zero: a TPM ignores zeros at the end of an
    /// authorization value.
    pub fn new(bytes: &[u8]) -> Result<Self, NotAPin> {
        if bytes.is_empty() {
            return Err(NotAPin::Empty);
        }
        if bytes.len() > MAX_PIN_BYTES {
            return Err(NotAPin::TooLong);
        }
        if bytes.contains(&0) {
            return Err(NotAPin::HasZero);
        }
        Ok(Self(Zeroizing::new(Box::from(bytes))))
    }

    /// The bytes of the PIN, 1 to [`MAX_PIN_BYTES`].
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin")
    }
}

/// Why bytes are not a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPin {
    /// It has no byte.
    #[error("the PIN is empty; a PIN has 1 to {MAX_PIN_BYTES} bytes")]
    Empty,
    /// It has more than [`MAX_PIN_BYTES`] bytes.
    #[error("the PIN is too long; a PIN has 1 to {MAX_PIN_BYTES} bytes")]
    TooLong,
    /// It contains a zero byte.
    #[error("the PIN contains a zero byte, which a TPM does not keep")]
    HasZero,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_to_32_bytes_are_a_pin() {
        for bytes in [&b"1"[..], b"1234", "pässword".as_bytes(), &[0xff; 32]] {
            assert_eq!(Pin::new(bytes).expect("a PIN").as_bytes(), bytes);
        }
    }

    #[test]
    fn what_a_tpm_would_not_keep_as_it_is_is_no_pin() {
        for (bytes, why) in [
            (&b""[..], NotAPin::Empty),
            (&[b'x'; 33], NotAPin::TooLong),
            (b"\0", NotAPin::HasZero),
            (b"1234\0", NotAPin::HasZero),
            (b"12\x0034", NotAPin::HasZero),
        ] {
            assert_eq!(Pin::new(bytes).expect_err("no PIN"), why);
        }
    }

    #[test]
    fn a_pin_is_not_printed() {
        let pin = Pin::new(b"hunter2").expect("a PIN");
        assert_eq!(format!("{pin:?}"), "Pin");
    }
}
