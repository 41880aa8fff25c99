//! The numbers of an ECDSA signature in full length.
//!
//! Specs: IEEE 1363 (r and s in a row); SEC 1 §2.3.7 (bytes of a field).

use super::BadSignature;

/// Bytes of a coordinate on P-256, and of each number in a signature.
pub(crate) const P256_BYTES: usize = 32;
/// The same of P-384.
pub(super) const P384_BYTES: usize = 48;
/// The same of P-521.
pub(super) const P521_BYTES: usize = 66;

/// Both numbers with leading zeros, `BYTES` each, in a row.
pub(crate) fn fixed<const BYTES: usize>(r: &[u8], s: &[u8]) -> Result<Vec<u8>, BadSignature> {
    let [r, s] = [padded::<BYTES>(r)?, padded::<BYTES>(s)?];
    Ok([r, s].concat())
}

fn padded<const BYTES: usize>(number: &[u8]) -> Result<[u8; BYTES], BadSignature> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let digits = number.get(zeros..).unwrap_or_default();
    let mut padded = [0; BYTES];
    let start = BYTES.checked_sub(digits.len()).ok_or(BadSignature)?;
    let place = padded.get_mut(start..).ok_or(BadSignature)?;
    place.copy_from_slice(digits);
    Ok(padded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_all_its_bytes_whatever_zeros_it_came_with() {
        assert_eq!(padded::<4>(&[1, 2]), Ok([0, 0, 1, 2]));
        assert_eq!(padded::<2>(&[0, 0, 0, 1, 2]), Ok([1, 2]));
        assert_eq!(padded::<2>(&[]), Ok([0, 0]));
        assert_eq!(padded::<2>(&[1, 2, 3]), Err(BadSignature));
    }
}
