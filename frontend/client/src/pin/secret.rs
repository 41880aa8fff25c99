//! A PIN in memory.
//!
//! Specs: TPM 2.0 Part 1, "Authorization Values": trailing zero bytes are removed.

use std::fmt;

use sshtpm_ssh::limits::MAX_PIN_BYTES;
use zeroize::Zeroizing;

/// A PIN: 1 to [`MAX_PIN_BYTES`] bytes, none of them zero. Wiped from memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<Vec<u8>>);

/// Why bytes cannot be a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPin {
    /// There are no bytes.
    #[error("a PIN must not be empty")]
    Empty,
    /// There are more bytes than a TPM keeps.
    #[error("a PIN has at most {MAX_PIN_BYTES} bytes")]
    TooLong,
    /// There is a zero byte, which a TPM would remove at the end.
    #[error("a PIN must not contain a zero byte")]
    Zero,
}

impl Pin {
    /// The PIN that consists of `bytes`.
    ///
    /// # Errors
    ///
    /// The bytes cannot be a PIN.
    pub fn new(bytes: &[u8]) -> Result<Self, NotAPin> {
        if bytes.is_empty() {
            Err(NotAPin::Empty)
        } else if bytes.len() > MAX_PIN_BYTES {
            Err(NotAPin::TooLong)
        } else if bytes.contains(&0) {
            Err(NotAPin::Zero)
        } else {
            Ok(Self(Zeroizing::new(bytes.to_vec())))
        }
    }

    /// The bytes of the PIN, to be written to the broker.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_PIN_BYTES, NotAPin, Pin};

    #[test]
    fn a_pin_has_as_many_bytes_as_a_tpm_keeps() {
        assert!(Pin::new(b"1").is_ok());
        assert!(Pin::new(&[b'1'; MAX_PIN_BYTES]).is_ok());
        assert_eq!(Pin::new(b""), Err(NotAPin::Empty));
        assert_eq!(Pin::new(&[b'1'; MAX_PIN_BYTES + 1]), Err(NotAPin::TooLong));
    }

    #[test]
    fn a_pin_has_no_zero_byte() {
        assert_eq!(Pin::new(b"12\x003"), Err(NotAPin::Zero));
    }

    #[test]
    fn a_pin_that_is_printed_by_mistake_stays_hidden() {
        let pin = Pin::new(b"1234").unwrap();
        assert!(!format!("{pin:?}").contains('1'));
    }
}
