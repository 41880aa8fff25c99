//! What the public key of a wrapped key is: its public area tells it, or the caller, for a sealed
//! key.
//!
//! What the caller says is not proven by that. A seed that is unsealed signs for no other public
//! key than its own.

use ssh_key::public::KeyData;

use super::{Contents, NotImportable};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::key;

/// Kind, length and public key.
///
/// # Errors
///
/// The caller named a public key where the area tells it, none where it does not, or one of another
/// type.
pub(super) fn of(
    contents: &Contents,
    named: Option<&[u8]>,
) -> Result<(Algorithm, KeyData), NotImportable> {
    match (contents, named) {
        (Contents::Signing { algorithm, public }, None) => Ok((*algorithm, public.clone())),
        (Contents::Signing { .. }, Some(_)) => Err(NotImportable::NeedlessPublicKey),
        (Contents::Sealed, None) => Err(NotImportable::NoPublicKey),
        (Contents::Sealed, Some(blob)) => match key::parse(blob) {
            Ok(public @ KeyData::Ed25519(_)) => Ok((Algorithm::Ed25519, public)),
            _ => Err(NotImportable::PublicKey),
        },
    }
}
