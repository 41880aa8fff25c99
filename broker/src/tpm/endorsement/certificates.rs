//! Reads the certificates that the TPM has of its endorsement keys, and of their issuers.

use tss_esapi::Context;

use super::indices;
use super::place::{CHAIN, PLACES, Place};
use super::split::{first, split};
use crate::tpm::failure::Failure;

/// Longest content of an index that is read, in bytes. Certificates of endorsement keys have 800 to
/// 1600; most chips have no index of more than 2048.
const MAX_INDEX_BYTES: usize = 4096;

/// The most indices of a chain that are read. Intel's have up to four.
const MOST_CHAIN_INDICES: usize = 16;

/// The most certificates of a chain that are passed on.
const MOST_CHAIN_CERTIFICATES: usize = 8;

/// The certificates of endorsement keys.
pub(super) fn of_keys(context: &mut Context) -> Result<Vec<(Place, Vec<u8>)>, Failure> {
    let defined = indices::defined(context)?;
    let places = PLACES.into_iter();
    let places: Vec<_> = places
        .filter(|place| defined.contains(&place.index))
        .collect();
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let buffer = indices::buffer_bytes(context)?;
    let mut certificates = Vec::new();
    for place in places {
        let content = indices::read(context, place.index, buffer, MAX_INDEX_BYTES)?;
        // An index may be longer than what is in it.
        if let Some(certificate) = content.as_deref().and_then(first) {
            certificates.push((place, certificate.to_vec()));
        }
    }
    Ok(certificates)
}

/// Those of their issuers, as far as the chip has them: one after the other, over as many indices
/// as that takes.
pub(super) fn chain(context: &mut Context) -> Result<Vec<Box<[u8]>>, Failure> {
    let defined = indices::defined(context)?.into_iter();
    let indices: Vec<_> = defined
        .filter(|index| CHAIN.contains(index))
        .take(MOST_CHAIN_INDICES)
        .collect();
    if indices.is_empty() {
        return Ok(Vec::new());
    }
    let buffer = indices::buffer_bytes(context)?;
    let mut content = Vec::new();
    for index in indices {
        let part = indices::read(context, index, buffer, MAX_INDEX_BYTES)?;
        content.extend(part.unwrap_or_default());
    }
    let chain = split(&content).take(MOST_CHAIN_CERTIFICATES);
    Ok(chain.map(Into::into).collect())
}
