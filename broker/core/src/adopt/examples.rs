//! Public areas as other programs have the TPM make them, for tests.

use crate::import::examples::{Area, p256 as ours, rsa as our_rsa};

/// fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, decrypt, sign: what ssh-tpm-agent,
/// tpm2-openssl and tpm2-pkcs11 set.
pub(crate) const ATTRIBUTES: u32 = 0x0006_0072;

pub(crate) fn p256(x: &[u8], y: &[u8]) -> Area {
    Area {
        attributes: ATTRIBUTES,
        parameters: null_scheme(0x0003),
        ..ours(x, y)
    }
}

pub(super) fn p521() -> Area {
    Area {
        parameters: null_scheme(0x0005),
        unique: vec![vec![1; 66], vec![2; 66]],
        ..p256(&[], &[])
    }
}

pub(super) fn rsa(bits: u16) -> Area {
    Area {
        attributes: ATTRIBUTES,
        ..our_rsa(bits, 0)
    }
}

/// Symmetric algorithm, scheme and key derivation function Null, around a curve.
fn null_scheme(curve: u16) -> Vec<u8> {
    let words = [0x0010, 0x0010, curve, 0x0010];
    words
        .iter()
        .flat_map(|word: &u16| word.to_be_bytes())
        .collect()
}
