//! Just enough of the TPM's wire format to check that stored bytes belong together.
//!
//! Specs: TPM 2.0 Part 2, TPM2B_PUBLIC (§12.2.5), TPMU_PUBLIC_ID (§12.2.3.2), TPM2B_PRIVATE
//! (§12.3.7).

use ssh_key::public::KeyData;

/// Whether `bytes` are a structure of up to `at_most` bytes, with its two bytes of length.
pub(super) fn is_whole(bytes: &[u8], at_most: usize) -> bool {
    let Some((length, content)) = bytes.split_first_chunk() else {
        return false;
    };
    let length = usize::from(u16::from_be_bytes(*length));
    length == content.len() && length != 0 && bytes.len() <= at_most
}

/// Whether a TPM2B_PUBLIC is of `key`: its last field, `unique`, holds the public key.
pub(super) fn is_public_of(tpm2b_public: &[u8], key: &KeyData) -> bool {
    match key {
        KeyData::Ecdsa(point) => point
            .as_sec1_bytes()
            .strip_prefix(&[UNCOMPRESSED])
            .map(|xy| xy.split_at(xy.len() / 2))
            .is_some_and(|(x, y)| {
                strip_number(tpm2b_public, y)
                    .and_then(|rest| strip_number(rest, x))
                    .is_some()
            }),
        KeyData::Rsa(key) => key
            .n
            .as_positive_bytes()
            .is_some_and(|n| strip_number(tpm2b_public, n).is_some()),
        _ => false,
    }
}

/// SEC 1 §2.3.3: both coordinates follow.
const UNCOMPRESSED: u8 = 4;

/// What stands before `number`, with its two bytes of length, at the end of `bytes`.
fn strip_number<'a>(bytes: &'a [u8], number: &[u8]) -> Option<&'a [u8]> {
    // Older TPMs leave leading zeros out.
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    let short = number.get(zeros..)?;
    [number, short].into_iter().find_map(|number| {
        let length = u16::try_from(number.len()).ok()?.to_be_bytes();
        bytes.strip_suffix(number)?.strip_suffix(&length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::fixtures;

    #[test]
    fn a_structure_is_whole_when_its_length_says_so() {
        assert!(is_whole(&[0, 2, 7, 7], 4));
        for bytes in [&[][..], &[0], &[0, 0], &[0, 1, 7, 7], &[0, 3, 7, 7]] {
            assert!(!is_whole(bytes, 8), "{bytes:?}");
        }
        assert!(!is_whole(&[0, 2, 7, 7], 3));
    }

    #[test]
    fn a_public_area_is_of_its_own_key_and_of_no_other() {
        let one = fixtures::key(1);
        let other = fixtures::key(2);
        assert!(is_public_of(&one.blob.public, &one.public));
        assert!(!is_public_of(&one.blob.public, &other.public));
        assert!(!is_public_of(&[], &one.public));
    }

    #[test]
    fn an_rsa_modulus_is_recognised() {
        let key = fixtures::rsa_key();
        assert!(is_public_of(&key.blob.public, &key.public));
        assert!(!is_public_of(&key.blob.public, &fixtures::key(1).public));
    }

    #[test]
    fn a_coordinate_without_its_leading_zeros_is_recognised() {
        assert_eq!(strip_number(&[9, 0, 1, 7], &[0, 0, 7]), Some(&[9][..]));
        assert_eq!(
            strip_number(&[9, 0, 3, 0, 0, 7], &[0, 0, 7]),
            Some(&[9][..])
        );
        assert_eq!(strip_number(&[9, 0, 1, 7], &[7, 7]), None);
    }
}
