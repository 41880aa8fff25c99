//! What a TPM states of a key that it certifies.
//!
//! Specs: TPM 2.0 Part 2, §10.12 (`TPMS_ATTEST`, `TPMS_CERTIFY_INFO`, `TPMS_CLOCK_INFO`).

use sshtpm_tpm2::marshal::{Malformed, Reader};

use crate::error::NotProved;

/// Longest `TPMS_ATTEST` of a certified key, in bytes: with Names and data of SHA-512 it has 305.
pub(crate) const MAX_STATEMENT_BYTES: usize = 512;

/// `TPM_GENERATED_VALUE`: a key that is restricted signs nothing that begins so but what the TPM
/// itself made.
const TPM_GENERATED: u32 = 0xff54_4347;

/// `TPM_ST_ATTEST_CERTIFY`.
const ATTEST_CERTIFY: u16 = 0x8017;

/// A statement that a key is in the TPM.
#[derive(Debug)]
pub(crate) struct Certified {
    /// `extraData`: what the broker had the TPM sign with it.
    pub(crate) qualifying_data: Vec<u8>,
    /// The Name of the key.
    pub(crate) name: Vec<u8>,
}

impl Certified {
    pub(crate) fn read(statement: &[u8]) -> Result<Self, NotProved> {
        if statement.len() > MAX_STATEMENT_BYTES {
            return Err(NotProved::Malformed("statement"));
        }
        let mut reader = Reader::new(statement);
        let malformed = |Malformed| NotProved::Malformed("statement");
        if reader.uint32().map_err(malformed)? != TPM_GENERATED {
            return Err(NotProved::NotOfATpm);
        }
        match reader.uint16().map_err(malformed)? {
            ATTEST_CERTIFY => rest(reader).map_err(malformed),
            other => Err(NotProved::AnotherStatement(other)),
        }
    }
}

fn rest(mut reader: Reader<'_>) -> Result<Certified, Malformed> {
    let _qualified_signer = reader.sized()?;
    let qualifying_data = reader.sized()?.to_vec();
    // Clock, resetCount, restartCount, safe, and the version of the firmware.
    let _clock = reader.uint64()?;
    let (_resets, _restarts) = (reader.uint32()?, reader.uint32()?);
    let _safe = reader.uint8()?;
    let _firmware = reader.uint64()?;
    let name = reader.sized()?.to_vec();
    let _qualified_name = reader.sized()?;
    reader.end()?;
    Ok(Certified {
        qualifying_data,
        name,
    })
}
