//! TSS2 key files: a form of TPM keys that other programs can read, too.
//!
//! Specs: ASN.1 Specification for TPM 2.0 Key Files; X.690 §8.2 and §11.1 (BOOLEAN); RFC 7468.

#![expect(
    single_use_lifetimes,
    reason = "what is derived for KeyFile names one once"
)]

use der::asn1::{ObjectIdentifier, OctetStringRef};
use der::pem::{LineEnding, PemLabel};
use der::{
    Decode, DecodeValue, EncodePem, EncodeValue, FixedTag, Header, Length, Reader, Sequence, Tag,
    Writer,
};

use super::damage::KeyDamage;
use super::tpm2b;
use sshtpm_core::key::{KeyBlob, PrivatePart, Protection};

/// Writes a key as text, `-----BEGIN TSS2 PRIVATE KEY-----` first.
///
/// # Errors
///
/// A part of the key is not of the length that it says, or too long, or the key is derived.
pub(super) fn encode(blob: &KeyBlob, protection: Protection) -> Result<String, KeyDamage> {
    let PrivatePart::Wrapped(private) = &blob.private else {
        return Err(KeyDamage::NotLoadable);
    };
    check_lengths(&blob.public, private)?;
    let file = KeyFile {
        kind: kind_of(&blob.public),
        empty_auth: (protection == Protection::Nothing).then_some(True),
        parent: PARENT_HANDLE,
        public: octets(&blob.public)?,
        private: octets(private)?,
    };
    file.to_pem(LineEnding::LF)
        .map_err(|_| KeyDamage::NotAKeyFile)
}

/// Reads what [`encode`] or another program wrote.
///
/// # Errors
///
/// It is not a loadable or sealed key under our parent.
pub(super) fn decode(text: &str) -> Result<(KeyBlob, Protection), KeyDamage> {
    // Not through `DecodePem`, which lets bytes after the key pass.
    let (label, bytes) =
        der::pem::decode_vec(text.as_bytes()).map_err(|_| KeyDamage::NotAKeyFile)?;
    if label != KeyFile::PEM_LABEL {
        return Err(KeyDamage::NotAKeyFile);
    }
    let file = KeyFile::from_der(&bytes).map_err(|_| KeyDamage::NotAKeyFile)?;
    if file.kind != kind_of(file.public.as_bytes()) {
        return Err(KeyDamage::NotLoadable);
    }
    if file.parent != PARENT_HANDLE {
        return Err(KeyDamage::OtherParent);
    }
    let (public, private) = (file.public.as_bytes(), file.private.as_bytes());
    check_lengths(public, private)?;
    let blob = KeyBlob {
        public: public.into(),
        private: PrivatePart::Wrapped(private.into()),
    };
    let protection = match file.empty_auth {
        Some(True) => Protection::Nothing,
        None => Protection::Pin,
    };
    Ok((blob, protection))
}

fn kind_of(public: &[u8]) -> ObjectIdentifier {
    match tpm2b::is_sealed_object(public) {
        true => SEALED_KEY,
        false => LOADABLE_KEY,
    }
}

fn octets(bytes: &[u8]) -> Result<OctetStringRef<'_>, KeyDamage> {
    OctetStringRef::new(bytes).map_err(|_| KeyDamage::Length)
}

fn check_lengths(public: &[u8], private: &[u8]) -> Result<(), KeyDamage> {
    let whole = tpm2b::is_whole(public, tpm2b::MAX_PUBLIC_BYTES)
        && tpm2b::is_whole(private, MAX_PRIVATE_BYTES);
    whole.then_some(()).ok_or(KeyDamage::Length)
}

/// The storage root key's place (TCG TPM v2.0 Provisioning Guidance). Which key was there says the
/// record's own `parent`.
const PARENT_HANDLE: u32 = 0x8100_0001;

/// Longest TPM2B_PRIVATE, in bytes: one of RSA-4096 with all that a TPM may keep of the primes has
/// about 1500 (TPM 2.0 Part 2 §12.3.6), rounded up.
const MAX_PRIVATE_BYTES: usize = 2048;

/// `id-loadablekey`.
const LOADABLE_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.10.1.3");

/// `id-sealedkey`.
const SEALED_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.10.1.5");

/// `TPMKey`, with the fields alone that our keys have; any other field is an error. It borrows: for
/// an owned string, `der` makes room for what its length announces, up to 256 MiB, before it looks
/// whether that many bytes are there.
#[derive(Sequence)]
struct KeyFile<'a> {
    kind: ObjectIdentifier,
    /// There if the key has no PIN.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    empty_auth: Option<True>,
    parent: u32,
    public: OctetStringRef<'a>,
    private: OctetStringRef<'a>,
}

impl PemLabel for KeyFile<'_> {
    const PEM_LABEL: &'static str = "TSS2 PRIVATE KEY";
}

/// TRUE: written as DER has it (0xFF), read as BER has it (not 0), since tpm2-openssl writes 0x01.
struct True;

impl FixedTag for True {
    const TAG: Tag = Tag::Boolean;
}

impl<'a> DecodeValue<'a> for True {
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        if header.length != Length::ONE {
            return Err(Self::TAG.length_error());
        }
        match reader.read_byte()? {
            0 => Err(Self::TAG.value_error()),
            _ => Ok(Self),
        }
    }
}

impl EncodeValue for True {
    fn value_len(&self) -> der::Result<Length> {
        Ok(Length::ONE)
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write_byte(0xff)
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
