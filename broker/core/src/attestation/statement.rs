//! What a TPM states when it certifies a key.
//!
//! Specs: TPM 2.0 Part 2, §10.12.12 (TPMS_ATTEST), §10.12.3 (TPMS_CERTIFY_INFO), §10.11.1
//! (TPMS_CLOCK_INFO).

use crate::import::Reader;

/// The parts of a statement on which something depends here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement<'a> {
    /// What the one who asked for the statement had signed with it.
    pub(super) extra_data: &'a [u8],
    /// The Name of the key that is certified.
    pub(super) name: &'a [u8],
}

/// TPM_GENERATED_VALUE: no digest that a restricted key signs for others begins with it.
const MAGIC: u32 = 0xff54_4347;

/// TPM_ST_ATTEST_CERTIFY.
const CERTIFY: u16 = 0x8017;

/// TPMS_CLOCK_INFO and the firmware's version.
const CLOCK_AND_FIRMWARE_BYTES: usize = 17 + 8;

/// Reads a TPMS_ATTEST. `None` if it is none, or states something else.
pub(super) fn parse(bytes: &[u8]) -> Option<Statement<'_>> {
    let mut reader = Reader::new(bytes);
    let is_certify = reader.u32().ok()? == MAGIC && reader.u16().ok()? == CERTIFY;
    is_certify.then_some(())?;
    let _qualified_signer = reader.sized().ok()?;
    let extra_data = reader.sized().ok()?;
    let _clock = reader.bytes(CLOCK_AND_FIRMWARE_BYTES).ok()?;
    let name = reader.sized().ok()?;
    let _qualified_name = reader.sized().ok()?;
    reader.end().ok()?;
    Some(Statement { extra_data, name })
}
