//! The private section: check numbers, the private key, its comment, and padding.

use ssh_key::EcdsaCurve;
use sshtpm_ssh::wire::{Malformed, Reader};

use crate::error::{Format, KeyFileError, Unsuitable};
use crate::key::{Ecdsa, Ed25519, PrivateKey, PrivatePart, Rsa, RsaNumbers};

/// Reads a section that was decrypted. `wrong` says why its check numbers may differ.
pub(super) fn read(section: &[u8], wrong: KeyFileError) -> Result<PrivateKey, KeyFileError> {
    let mut reader = Reader::new(section);
    let checks = reader.uint32().and_then(|one| Ok((one, reader.uint32()?)));
    match checks {
        Ok((one, other)) if one == other => {}
        _ => return Err(wrong),
    }
    let private = private_part(&mut reader)?;
    let comment = reader.string().map_err(damaged)?;
    if !is_padding(reader.rest()) {
        return Err(damaged(Malformed));
    }
    Ok(PrivateKey {
        private,
        comment: String::from_utf8_lossy(comment).into_owned(),
    })
}

fn private_part(reader: &mut Reader<'_>) -> Result<PrivatePart, KeyFileError> {
    let name = reader.text().map_err(damaged)?;
    match name {
        "ecdsa-sha2-nistp256" => ecdsa(reader, EcdsaCurve::NistP256),
        "ecdsa-sha2-nistp384" => ecdsa(reader, EcdsaCurve::NistP384),
        "ecdsa-sha2-nistp521" => ecdsa(reader, EcdsaCurve::NistP521),
        "ssh-rsa" => rsa(reader),
        "ssh-ed25519" => ed25519(reader),
        _ => Err(Unsuitable::Type("unlike that of its public key".to_owned()).into()),
    }
}

fn ecdsa(reader: &mut Reader<'_>, curve: EcdsaCurve) -> Result<PrivatePart, KeyFileError> {
    reader.exactly(curve.as_str().as_bytes()).map_err(damaged)?;
    let _point = reader.string().map_err(damaged)?;
    let scalar = reader.string().map_err(damaged)?;
    Ecdsa::new(curve, scalar).map(PrivatePart::Ecdsa)
}

fn rsa(reader: &mut Reader<'_>) -> Result<PrivatePart, KeyFileError> {
    let mut number = || reader.string().map_err(damaged);
    let (modulus, exponent) = (number()?, number()?);
    let (_private_exponent, _coefficient) = (number()?, number()?);
    let primes = [number()?, number()?];
    let numbers = RsaNumbers {
        modulus,
        exponent,
        primes,
    };
    Rsa::new(numbers).map(PrivatePart::Rsa)
}

fn ed25519(reader: &mut Reader<'_>) -> Result<PrivatePart, KeyFileError> {
    let mut field = || reader.string().map_err(damaged);
    let (public, private) = (field()?, field()?);
    // The seed, and the public key once more.
    let (seed, copy) = private.split_at_checked(32).ok_or(damaged(Malformed))?;
    let key = Ed25519::of_slice(seed).ok_or(damaged(Malformed))?;
    match public == key.public_bytes() && copy == public {
        true => Ok(PrivatePart::Ed25519(key)),
        false => Err(KeyFileError::Mismatch),
    }
}

/// Whether `bytes` are 1, 2, 3 and so on.
fn is_padding(bytes: &[u8]) -> bool {
    bytes.len() < 256
        && (1..=u8::MAX)
            .zip(bytes)
            .all(|(number, byte)| number == *byte)
}

fn damaged(_: Malformed) -> KeyFileError {
    KeyFileError::Damaged(Format::OpenSsh)
}
