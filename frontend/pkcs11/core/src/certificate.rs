//! An X.509 certificate of a key: what programs want to know of it.
//!
//! The parts are cut out, and nothing in them is decoded. A library that decodes them makes room
//! for what a length announces before it looks whether that much is there.
//!
//! Specs: RFC 5280 §4.1.

use der::{Reader, SliceReader, Tag};

use crate::der_forms::public_key_info;
use crate::key::Key;
use crate::limits::MAX_X509_BYTES;

/// A certificate, whole and in the parts that have attributes of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    pub(crate) der: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) serial_number: Vec<u8>,
    public_key_info: Vec<u8>,
}

impl Certificate {
    /// Reads the certificate of which `der` consists. `None`: it is none, or is longer than
    /// [`MAX_X509_BYTES`].
    pub(crate) fn parse(der: &[u8]) -> Option<Self> {
        if der.len() > MAX_X509_BYTES {
            return None;
        }
        let mut reader = SliceReader::new(der).ok()?;
        let parts = reader.sequence(|outer| {
            let parts = outer.sequence(cut)?;
            part(outer, Tag::Sequence)?;
            part(outer, Tag::BitString)?;
            Ok(parts)
        });
        let parts = reader.finish(parts.ok()).ok()??;
        let [serial_number, issuer, subject, public_key_info] = parts.map(<[u8]>::to_vec);
        Some(Self {
            der: der.to_vec(),
            subject,
            issuer,
            serial_number,
            public_key_info,
        })
    }

    /// Whether it certifies `key`.
    pub(crate) fn is_of(&self, key: &Key) -> bool {
        public_key_info(key).is_some_and(|info| info == self.public_key_info)
    }

    #[cfg(test)]
    pub(crate) fn public_key_info(&self) -> &[u8] {
        &self.public_key_info
    }
}

/// Serial number, issuer, subject and SubjectPublicKeyInfo of a TBSCertificate.
fn cut<'r>(inner: &mut impl Reader<'r>) -> der::Result<[&'r [u8]; 4]> {
    if inner.peek_tag()?.is_context_specific() {
        inner.tlv_bytes()?;
    }
    let serial_number = part(inner, Tag::Integer)?;
    part(inner, Tag::Sequence)?;
    let issuer = part(inner, Tag::Sequence)?;
    part(inner, Tag::Sequence)?;
    let subject = part(inner, Tag::Sequence)?;
    let public_key_info = part(inner, Tag::Sequence)?;
    while !inner.is_finished() {
        inner.tlv_bytes()?;
    }
    Ok([serial_number, issuer, subject, public_key_info])
}

/// The next part, which has to be of this kind, with its tag and length.
fn part<'r>(reader: &mut impl Reader<'r>, tag: Tag) -> der::Result<&'r [u8]> {
    reader.peek_tag()?.assert_eq(tag)?;
    reader.tlv_bytes()
}
