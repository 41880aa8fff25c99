//! The private part of a file, which has what the public part does not.

use ssh_key::public::KeyData;
use sshtpm_ssh::wire::{Malformed, Reader};
use zeroize::Zeroizing;

use super::fields::damaged;
use crate::error::{KeyFileError, Unsuitable};
use crate::key::{Ecdsa, Ed25519, PrivatePart, Rsa, RsaNumbers};

/// Bytes of a block of AES, to which an encrypted part is filled up.
const BLOCK_BYTES: usize = 16;

/// Reads the private part that belongs to `public`.
pub(super) fn read(
    public: &KeyData,
    plain: &[u8],
    is_padded: bool,
) -> Result<PrivatePart, KeyFileError> {
    let mut reader = Reader::new(plain);
    let part = match public {
        KeyData::Ecdsa(point) => {
            Ecdsa::new(point.curve(), string(&mut reader)?).map(PrivatePart::Ecdsa)
        }
        KeyData::Rsa(key) => rsa(&mut reader, key).map(PrivatePart::Rsa),
        KeyData::Ed25519(_) => ed25519(string(&mut reader)?).map(PrivatePart::Ed25519),
        _ => Err(Unsuitable::Type("another one".to_owned()).into()),
    }?;
    let most = if is_padded { BLOCK_BYTES } else { 1 };
    match reader.rest().len() < most {
        true => Ok(part),
        false => Err(damaged()),
    }
}

fn rsa(
    reader: &mut Reader<'_>,
    public: &ssh_key::public::RsaPublicKey,
) -> Result<Rsa, KeyFileError> {
    let _private_exponent = string(reader)?;
    let primes = [string(reader)?, string(reader)?];
    let _coefficient = string(reader)?;
    Rsa::new(RsaNumbers {
        modulus: public.n.as_bytes(),
        exponent: public.e.as_bytes(),
        primes,
    })
}

/// Versions before 0.76 leave zeros at the end of the seed out.
fn ed25519(written: &[u8]) -> Result<Ed25519, KeyFileError> {
    let mut seed = Zeroizing::new([0; 32]);
    let place = seed.get_mut(..written.len()).ok_or_else(damaged)?;
    place.copy_from_slice(written);
    Ok(Ed25519::new(seed))
}

fn string<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], KeyFileError> {
    reader.string().map_err(|_: Malformed| damaged())
}
