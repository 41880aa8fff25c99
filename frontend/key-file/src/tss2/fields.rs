//! `TPMKey`, the outer form of each kind of key.
//!
//! Specs: ASN.1 Specification for TPM 2.0 Key Files, §3.1; X.690 §8.2 and §11.1 (BOOLEAN).

#![expect(
    single_use_lifetimes,
    reason = "what is derived for TpmKey names one once"
)]

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef, Utf8StringRef};
use der::{
    Decode as _, DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, Sequence, Tag, Writer,
};

use super::Tss2Error;

/// `id-loadablekey`.
const LOADABLE_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.10.1.3");

/// `id-importablekey`.
pub(super) const IMPORTABLE_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.10.1.4");

/// `id-sealedkey`.
const SEALED_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.133.10.1.5");

/// Where the storage root key is (TCG TPM v2.0 Provisioning Guidance), under which sshtpm has its
/// keys.
pub(super) const PARENT_HANDLE: u32 = 0x8100_0001;

/// What is to be done with a key before it signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// TPM2_Load.
    Loadable,
    /// TPM2_Import, then TPM2_Load.
    Importable,
    /// TPM2_Load, then TPM2_Unseal.
    Sealed,
}

/// `TPMKey`. It borrows: for an owned string, `der` makes room for what its length announces, up to
/// 256 MiB, before it looks whether that many bytes are there.
#[derive(Sequence)]
pub(super) struct TpmKey<'a> {
    pub(super) kind: ObjectIdentifier,
    /// True if the key needs no authorization value. Absent means false.
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) empty_auth: Option<Boolean>,
    /// How the policy of the key is fulfilled.
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) policy: Option<AnyRef<'a>>,
    /// A `TPM2B_ENCRYPTED_SECRET`; there for an importable key, and for no other.
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) secret: Option<OctetStringRef<'a>>,
    /// Policies that `TPM2_PolicyAuthorize` takes.
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) auth_policy: Option<AnyRef<'a>>,
    /// A text for people.
    #[asn1(context_specific = "4", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) description: Option<Utf8StringRef<'a>>,
    /// Whether a permanent handle stands for an RSA parent.
    #[asn1(context_specific = "5", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) rsa_parent: Option<Boolean>,
    /// The handle of the parent.
    pub(super) parent: u32,
    /// A `TPM2B_PUBLIC`.
    pub(super) public: OctetStringRef<'a>,
    /// A `TPM2B_PRIVATE`.
    pub(super) private: OctetStringRef<'a>,
}

impl<'a> TpmKey<'a> {
    /// Reads the contents of a PEM block.
    ///
    /// # Errors
    ///
    /// They are no `TPMKey`.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Tss2Error> {
        Self::from_der(bytes).map_err(|_| Tss2Error::Damaged)
    }

    /// What is to be done with it.
    ///
    /// # Errors
    ///
    /// That is not known here.
    pub(super) fn kind(&self) -> Result<Type, Tss2Error> {
        match self.kind {
            LOADABLE_KEY => Ok(Type::Loadable),
            IMPORTABLE_KEY => Ok(Type::Importable),
            SEALED_KEY => Ok(Type::Sealed),
            other => Err(Tss2Error::Kind(other.to_string())),
        }
    }

    /// Whether the key can be used without an authorization value.
    pub(super) fn has_empty_auth(&self) -> bool {
        self.empty_auth == Some(Boolean(true))
    }

    /// Whether using the key takes a policy.
    pub(super) fn has_policy(&self) -> bool {
        self.policy.is_some() || self.auth_policy.is_some()
    }
}

/// A BOOLEAN: written as DER has it (TRUE is 0xFF), read as BER has it (TRUE is not 0), because
/// tpm2-openssl writes 0x01.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Boolean(pub(super) bool);

impl FixedTag for Boolean {
    const TAG: Tag = Tag::Boolean;
}

impl<'a> DecodeValue<'a> for Boolean {
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        match header.length {
            Length::ONE => Ok(Self(reader.read_byte()? != 0)),
            _ => Err(Self::TAG.length_error()),
        }
    }
}

impl EncodeValue for Boolean {
    fn value_len(&self) -> der::Result<Length> {
        Ok(Length::ONE)
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write_byte(if self.0 { 0xff } else { 0 })
    }
}
