//! Response codes of the TPM and of libtss2.
//!
//! Specs: TPM 2.0 Part 2, §6.6 (TPM_RC); TSS 2.0 Overview, "Response Code Layers": bits 16 to 23
//! tell which layer speaks, and `tss_esapi`'s own `kind()` ignores them.

use tss_esapi::constants::response_code::Tss2ResponseCode;

/// Whether the TPM itself says that an authorization is wrong.
pub(in crate::tpm) fn is_bad_auth(error: tss_esapi::Error) -> bool {
    code(error).is_some_and(means_bad_auth)
}

/// Whether a code of the TPM says so.
pub(in crate::tpm) fn means_bad_auth(code: u32) -> bool {
    let number = (from_tpm(code) && code & FORMAT_ONE != 0).then_some(code & FORMAT_ONE_NUMBER);
    matches!(number, Some(rc::AUTH_FAIL | rc::BAD_AUTH))
}

/// Whether the TPM says that there is nothing at a handle.
pub(in crate::tpm) fn is_no_object(error: tss_esapi::Error) -> bool {
    format_one(error) == Some(rc::HANDLE)
}

/// Whether the TPM says that a hierarchy is disabled.
pub(super) fn is_disabled(error: tss_esapi::Error) -> bool {
    format_one(error) == Some(rc::HIERARCHY)
}

/// Whether the TPM says that a parameter has a wrong value, such as a digest.
pub(in crate::tpm) fn is_wrong_value(error: tss_esapi::Error) -> bool {
    format_one(error) == Some(rc::VALUE)
}

/// Whether the TPM says that it cannot make a key of this kind.
pub(in crate::tpm) fn is_not_offered(error: tss_esapi::Error) -> bool {
    matches!(
        format_one(error),
        Some(
            rc::ASYMMETRIC
                | rc::HASH
                | rc::VALUE
                | rc::KEY_SIZE
                | rc::TYPE
                | rc::SCHEME
                | rc::CURVE
        )
    )
}

/// Whether the TPM says that a blob was not made under this parent, or is damaged.
pub(in crate::tpm) fn is_foreign_blob(error: tss_esapi::Error) -> bool {
    matches!(
        format_one(error),
        Some(rc::INTEGRITY | rc::BINDING | rc::SIZE | rc::INSUFFICIENT)
    )
}

/// Whether the TPM says that what it was given to import was not wrapped to the parent, or that its
/// parts do not belong together (TPM 2.0 Part 3, TPM2_Import; Part 1, "Duplication").
pub(in crate::tpm) fn is_bad_duplicate(error: tss_esapi::Error) -> bool {
    let of_parameter = matches!(
        format_one(error),
        Some(
            rc::INTEGRITY
                | rc::BINDING
                | rc::SIZE
                | rc::VALUE
                | rc::TYPE
                | rc::KEY
                | rc::INSUFFICIENT
                | rc::ECC_POINT
        )
    );
    of_parameter || code(error) == Some(rc::SENSITIVE)
}

/// Whether the TPM says that a credential was not made for the two keys that it was given with (TPM
/// 2.0 Part 3, TPM2_ActivateCredential): an HMAC that does not fit, or a secret that the
/// endorsement key does not decrypt.
pub(in crate::tpm) fn is_bad_credential(error: tss_esapi::Error) -> bool {
    matches!(
        format_one(error),
        Some(rc::INTEGRITY | rc::SIZE | rc::VALUE | rc::INSUFFICIENT | rc::ECC_POINT)
    )
}

/// The error number of a format-one code of the TPM layer: the number without the handle,
/// parameter or session that it is about.
fn format_one(error: tss_esapi::Error) -> Option<u32> {
    code(error)
        .filter(|&code| from_tpm(code) && code & FORMAT_ONE != 0)
        .map(|code| code & FORMAT_ONE_NUMBER)
}

pub(super) fn from_tpm(code: u32) -> bool {
    code & LAYERS == 0
}

/// What `tss_esapi` says, and the number: it takes codes of other layers for something else.
pub(super) fn described(error: tss_esapi::Error) -> String {
    match code(error) {
        Some(code) => format!("{error} ({code:#x})"),
        None => error.to_string(),
    }
}

/// The number, which `tss_esapi` 7.7 shows in its text alone. That text is made in the crate; the C
/// library, which has texts of its own in each version, has no part in it.
pub(super) fn code(error: tss_esapi::Error) -> Option<u32> {
    let text = match error {
        tss_esapi::Error::Tss2Error(Tss2ResponseCode::FormatZero(code)) => code.to_string(),
        tss_esapi::Error::Tss2Error(Tss2ResponseCode::FormatOne(code)) => code.to_string(),
        _ => return None,
    };
    let (_, digits) = text.rsplit_once("0x")?;
    u32::from_str_radix(digits, 16).ok()
}

pub(super) const LAYERS: u32 = 0x00ff_0000;
pub(super) const TCTI_LAYER: u32 = 0x000a_0000;
/// What libtss2 says to every further command after an answer that it could not make anything of,
/// such as one whose HMAC is wrong: its context is no longer usable (TSS2_ESYS_RC_BAD_SEQUENCE).
pub(super) const ESYS_BAD_SEQUENCE: u32 = 0x0007_0007;
const FORMAT_ONE: u32 = 0x80;
const FORMAT_ONE_NUMBER: u32 = 0xbf;

/// TPM 2.0 Part 2, tables "TPM_RC Constants".
pub(super) mod rc {
    pub(in crate::tpm::failure) const INITIALIZE: u32 = 0x100;
    pub(in crate::tpm::failure) const PCR_CHANGED: u32 = 0x128;
    pub(in crate::tpm::failure) const REBOOT: u32 = 0x130;
    pub(in crate::tpm::failure) const NV_SPACE: u32 = 0x14b;
    pub(in crate::tpm::failure) const SENSITIVE: u32 = 0x155;
    pub(in crate::tpm::failure) const CONTEXT_GAP: u32 = 0x901;
    pub(in crate::tpm::failure) const OBJECT_MEMORY: u32 = 0x902;
    pub(in crate::tpm::failure) const SESSION_MEMORY: u32 = 0x903;
    pub(in crate::tpm::failure) const SESSION_HANDLES: u32 = 0x905;
    pub(in crate::tpm::failure) const OBJECT_HANDLES: u32 = 0x906;
    pub(in crate::tpm::failure) const LOCKOUT: u32 = 0x921;
    pub(in crate::tpm::failure) const ASYMMETRIC: u32 = 0x81;
    pub(in crate::tpm::failure) const HASH: u32 = 0x83;
    pub(in crate::tpm::failure) const VALUE: u32 = 0x84;
    pub(in crate::tpm::failure) const HIERARCHY: u32 = 0x85;
    pub(in crate::tpm::failure) const KEY_SIZE: u32 = 0x87;
    pub(in crate::tpm::failure) const TYPE: u32 = 0x8a;
    pub(in crate::tpm::failure) const HANDLE: u32 = 0x8b;
    pub(in crate::tpm::failure) const AUTH_FAIL: u32 = 0x8e;
    pub(in crate::tpm::failure) const SCHEME: u32 = 0x92;
    pub(in crate::tpm::failure) const SIZE: u32 = 0x95;
    pub(in crate::tpm::failure) const INSUFFICIENT: u32 = 0x9a;
    pub(in crate::tpm::failure) const KEY: u32 = 0x9c;
    pub(in crate::tpm::failure) const INTEGRITY: u32 = 0x9f;
    pub(in crate::tpm::failure) const BAD_AUTH: u32 = 0xa2;
    pub(in crate::tpm::failure) const BINDING: u32 = 0xa5;
    pub(in crate::tpm::failure) const CURVE: u32 = 0xa6;
    pub(in crate::tpm::failure) const ECC_POINT: u32 = 0xa7;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layer_of_a_code_is_told_apart_from_its_number() {
        assert!(from_tpm(rc::OBJECT_MEMORY));
        assert!(!from_tpm(TCTI_LAYER | 0xa));
    }

    #[test]
    fn a_format_one_number_is_found_whatever_it_is_about() {
        for about in [0x100, 0x900, 0x040 | 0x200] {
            assert_eq!((rc::HANDLE | about) & FORMAT_ONE_NUMBER, rc::HANDLE);
            assert_eq!((rc::AUTH_FAIL | about) & FORMAT_ONE_NUMBER, rc::AUTH_FAIL);
        }
    }
}
