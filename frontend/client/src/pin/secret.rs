//! A PIN in memory.
//!
//! Specs: TPM 2.0 Part 1, "Authorization Values": zeros at the end of one do not count.

use std::fmt;

use sshtpm_dbus::MAX_PIN_BYTES;
use zeroize::Zeroizing;

/// A PIN: 1 to [`MAX_PIN_BYTES`] bytes, none of them zero. Gone from memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(Zeroizing<Vec<u8>>);

/// Why something is no PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPin {
    /// It is empty.
    #[error("a PIN must not be empty")]
    Empty,
    /// It is longer than a TPM keeps.
    #[error("a PIN has at most {MAX_PIN_BYTES} bytes")]
    TooLong,
    /// It has a zero byte, which a TPM would cut off at the end.
    #[error("a PIN must not contain a zero byte")]
    Zero,
}

impl Pin {
    /// The PIN of these bytes.
    ///
    /// # Errors
    ///
    /// They are none.
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

    /// What is to be written to the broker.
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
    fn a_zero_byte_is_in_no_pin() {
        assert_eq!(Pin::new(b"12\x003"), Err(NotAPin::Zero));
    }

    #[test]
    fn a_pin_that_is_printed_by_mistake_is_not_told() {
        let pin = Pin::new(b"1234").unwrap();
        assert!(!format!("{pin:?}").contains('1'));
    }
}
