//! Just enough of the TPM's wire format to check that stored bytes belong together.
//!
//! Specs: TPM 2.0 Part 2, TPMA_OBJECT (§8.3), TPM2B_PUBLIC (§12.2.5), TPMT_PUBLIC (§12.2.4),
//! TPMU_PUBLIC_ID (§12.2.3.2), TPM2B_PRIVATE (§12.3.7).

use ssh_key::public::KeyData;
use sshtpm_core::key::{Holding, Origin};

/// Longest TPM2B_PUBLIC, in bytes: one of RSA-4096 with a policy of SHA-512 has 602 (TPM 2.0
/// Part 2 §12.2.4), rounded up.
pub(super) const MAX_PUBLIC_BYTES: usize = 1024;

/// Whether `bytes` are a structure of up to `at_most` bytes, with its two bytes of length.
pub(super) fn is_whole(bytes: &[u8], at_most: usize) -> bool {
    let Some((length, content)) = bytes.split_first_chunk() else {
        return false;
    };
    let length = usize::from(u16::from_be_bytes(*length));
    length == content.len() && length != 0 && bytes.len() <= at_most
}

/// Whether a TPM2B_PUBLIC is of `key`: its last field, `unique`, holds the public key. That of a
/// sealed key does not: it is a sealed data object, and whose seed it holds is known once the TPM
/// has unsealed it.
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
        KeyData::Ed25519(_) => is_sealed_object(tpm2b_public),
        _ => false,
    }
}

/// Whether a TPM2B_PUBLIC has the attributes of a key that came from there: a record must not call
/// a key generated that was elsewhere. Whether it is noDA depends on the PIN that it had at first;
/// userWithAuth is clear if it is bound, so that nothing but its policy lets it sign.
pub(super) fn is_from(
    tpm2b_public: &[u8],
    origin: Origin,
    holding: Holding,
    is_bound: bool,
) -> bool {
    let attributes = tpm2b_public
        .get(ATTRIBUTES..)
        .and_then(|rest| rest.first_chunk())
        .map(|bytes| u32::from_be_bytes(*bytes) & !NO_DA);
    let expected: &[u32] = match (holding, origin) {
        (Holding::Tpm, Origin::Generated | Origin::Derived) => {
            &[SIGN | USER_WITH_AUTH | MADE_HERE | HELD_FAST]
        }
        (Holding::Tpm, Origin::Imported) => &[SIGN | USER_WITH_AUTH],
        // As other programs make them, or wrap them for a TPM.
        (Holding::Tpm, Origin::Adopted) => &[
            SIGN | DECRYPT | USER_WITH_AUTH | MADE_HERE | HELD_FAST,
            SIGN | DECRYPT | USER_WITH_AUTH | MADE_HERE,
            SIGN | DECRYPT | USER_WITH_AUTH,
        ],
        // No TPM makes the seed of a sealed key: the creator gives it.
        (Holding::Sealed, Origin::Generated) => &[USER_WITH_AUTH | HELD_FAST],
        (Holding::Sealed, Origin::Imported) => &[USER_WITH_AUTH],
        (Holding::Sealed, Origin::Adopted | Origin::Derived) => &[],
    };
    let without = if is_bound { USER_WITH_AUTH } else { 0 };
    attributes.is_some_and(|attributes| {
        let mut expected = expected.iter().map(|expected| expected & !without);
        expected.any(|expected| expected == attributes)
    })
}

/// The `authPolicy` in a TPM2B_PUBLIC. `None`: it ends before that.
pub(super) fn policy(tpm2b_public: &[u8]) -> Option<&[u8]> {
    let (length, rest) = tpm2b_public.get(POLICY..)?.split_first_chunk()?;
    rest.get(..usize::from(u16::from_be_bytes(*length)))
}

/// Behind the length, the type and the Name algorithm.
const ATTRIBUTES: usize = 6;
/// Behind the attributes.
const POLICY: usize = ATTRIBUTES + 4;

/// fixedTPM and fixedParent.
const HELD_FAST: u32 = 1 << 1 | 1 << 4;
/// sensitiveDataOrigin.
const MADE_HERE: u32 = 1 << 5;
const USER_WITH_AUTH: u32 = 1 << 6;
const NO_DA: u32 = 1 << 10;
const DECRYPT: u32 = 1 << 17;
const SIGN: u32 = 1 << 18;

/// Whether a TPM2B_PUBLIC is of an object that holds data, and neither signs nor decrypts: with the
/// Null scheme, without a policy or with one of SHA-256, and with SHA-256 for Name and `unique`.
pub(super) fn is_sealed_object(tpm2b_public: &[u8]) -> bool {
    let Some((length, area)) = tpm2b_public.split_first_chunk() else {
        return false;
    };
    let Some((header, rest)) = area.split_at_checked(SEALED_BEGINS.len()) else {
        return false;
    };
    let Some((attributes, _)) = rest.split_first_chunk() else {
        return false;
    };
    let Some(policy) = policy(tpm2b_public) else {
        return false;
    };
    let behind = tpm2b_public.get(POLICY + 2 + policy.len()..);
    let behind = behind.and_then(|rest| rest.split_at_checked(SEALED_GOES_ON.len()));
    let Some((behind, unique)) = behind else {
        return false;
    };
    usize::from(u16::from_be_bytes(*length)) == area.len()
        && header == SEALED_BEGINS
        && u32::from_be_bytes(*attributes) & SIGN_OR_DECRYPT == 0
        && matches!(policy.len(), 0 | SHA256_BYTES)
        && behind == SEALED_GOES_ON
        && unique.len() == SHA256_BYTES
}

/// TPM_ALG_KEYEDHASH, TPM_ALG_SHA256.
const SEALED_BEGINS: [u8; 4] = [0, 0x08, 0, 0x0b];

/// TPMA_OBJECT: restricted, decrypt, and sign.
const SIGN_OR_DECRYPT: u32 = 0x0007_0000;

/// TPM_ALG_NULL, and the length of `unique`.
const SEALED_GOES_ON: [u8; 4] = [0, 0x10, 0, 32];

const SHA256_BYTES: usize = 32;

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
    fn attributes_say_where_a_key_comes_from() {
        let area = |attributes: u32| [&[0; 6][..], &attributes.to_be_bytes()].concat();
        let fits = |attributes, origin, holding| is_from(&area(attributes), origin, holding, false);
        for (attributes, origin, holding) in [
            (0x0004_0472, Origin::Generated, Holding::Tpm),
            (0x0004_0072, Origin::Generated, Holding::Tpm),
            (0x0004_0472, Origin::Derived, Holding::Tpm),
            (0x0004_0440, Origin::Imported, Holding::Tpm),
            (0x0004_0040, Origin::Imported, Holding::Tpm),
            (0x0006_0072, Origin::Adopted, Holding::Tpm),
            (0x0000_0452, Origin::Generated, Holding::Sealed),
            (0x0000_0440, Origin::Imported, Holding::Sealed),
        ] {
            assert!(fits(attributes, origin, holding), "{attributes:#x}");
            for bit in (0..u32::BITS).filter(|bit| *bit != 10) {
                let other = attributes ^ (1 << bit);
                assert!(!fits(other, origin, holding), "{other:#x}");
            }
        }
        assert!(!is_from(&[0; 9], Origin::Imported, Holding::Tpm, false));
    }

    #[test]
    fn an_adopted_key_may_have_been_wrapped_for_the_tpm() {
        let area = |attributes: u32| [&[0; 6][..], &attributes.to_be_bytes()].concat();
        let fits = |attributes| is_from(&area(attributes), Origin::Adopted, Holding::Tpm, false);
        assert!([0x0006_0040, 0x0006_0060, 0x0006_0440].map(fits) == [true; 3]);
        for other in [
            0x0006_0052,
            0x0006_0042,
            0x0006_0050,
            0x0004_0040,
            0x0007_0060,
        ] {
            assert!(!fits(other), "{other:#x}");
            assert!(!is_from(
                &area(0x0006_0072),
                Origin::Adopted,
                Holding::Sealed,
                false
            ));
        }
    }

    #[test]
    fn an_rsa_modulus_is_recognised() {
        let key = fixtures::rsa_key();
        assert!(is_public_of(&key.blob.public, &key.public));
        assert!(!is_public_of(&key.blob.public, &fixtures::key(1).public));
    }

    #[test]
    fn a_sealed_object_is_of_a_sealed_key_and_of_no_other() {
        let sealed = fixtures::sealed_key(3);
        let public = &sealed.blob.public;
        assert!(is_public_of(public, &sealed.public));
        assert!(!is_public_of(public, &fixtures::key(1).public));
        assert!(!is_public_of(&fixtures::key(1).blob.public, &sealed.public));
        // Length, type, Name algorithm, attributes that sign, policy, scheme, length of `unique`.
        for (at, other) in [(1, 47), (3, 1), (5, 4), (7, 4), (11, 1), (13, 5), (15, 20)] {
            let mut public = public.clone();
            public[at] = other;
            assert!(!is_public_of(&public, &sealed.public), "byte {at}");
        }
        assert!(!is_public_of(&public[..public.len() - 1], &sealed.public));
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
