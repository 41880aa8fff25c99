//! Reads numbers and sized buffers as TPMs write them (TPM 2.0 Part 1, "Canonicalization"):
//! big-endian, and a buffer with its length in two bytes.

use super::NotImportable;

/// What is left to read.
#[derive(Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, NotImportable> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, NotImportable> {
        self.array().map(u32::from_be_bytes)
    }

    /// The contents of a buffer (TPM2B).
    pub(crate) fn sized(&mut self) -> Result<&'a [u8], NotImportable> {
        let length = usize::from(self.u16()?);
        self.bytes(length)
    }

    /// So many bytes, whatever they are.
    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], NotImportable> {
        let (content, rest) = self
            .0
            .split_at_checked(length)
            .ok_or(NotImportable::Malformed)?;
        self.0 = rest;
        Ok(content)
    }

    /// # Errors
    ///
    /// There are bytes left.
    pub(crate) fn end(self) -> Result<(), NotImportable> {
        match self.0 {
            [] => Ok(()),
            _ => Err(NotImportable::Malformed),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], NotImportable> {
        let (array, rest) = self.0.split_first_chunk().ok_or(NotImportable::Malformed)?;
        self.0 = rest;
        Ok(*array)
    }
}
