//! Structures of the TPM as bytes: numbers big endian, buffers with their size in front.
//!
//! Specs: TPM 2.0 Part 1, "Data Formats"; Part 2, `TPM2B`.

use zeroize::{Zeroize as _, Zeroizing};

/// Most bytes of a structure that is written: the largest is a public area with an RSA key of 512
/// bytes.
const ROOM: usize = 1024;

/// Writes a structure into memory that is wiped and does not grow.
pub(crate) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    pub(crate) fn new() -> Self {
        Self(Zeroizing::new(Vec::with_capacity(ROOM)))
    }

    pub(crate) fn uint16(mut self, number: u16) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    pub(crate) fn uint32(mut self, number: u32) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        if self.0.capacity() - self.0.len() < bytes.len() {
            // A vector that grows leaves its old memory as it is.
            let mut larger = Vec::with_capacity(self.0.len() + bytes.len() + ROOM);
            larger.extend_from_slice(&self.0);
            self.0.zeroize();
            self.0 = Zeroizing::new(larger);
        }
        self.0.extend_from_slice(bytes);
        self
    }

    /// A buffer with its size. No buffer here has 64 KiB.
    pub(crate) fn sized(self, bytes: &[u8]) -> Self {
        let size = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        self.uint16(size).bytes(bytes)
    }

    pub(crate) fn finish(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

/// The bytes end within a field, or are left over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Malformed;

/// Reads a structure.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn uint16(&mut self) -> Result<u16, Malformed> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(u16::from_be_bytes(*bytes))
    }

    pub(crate) fn uint32(&mut self) -> Result<u32, Malformed> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(u32::from_be_bytes(*bytes))
    }

    pub(crate) fn sized(&mut self) -> Result<&'a [u8], Malformed> {
        let size = usize::from(self.uint16()?);
        let (bytes, rest) = self.0.split_at_checked(size).ok_or(Malformed)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn end(self) -> Result<(), Malformed> {
        self.0.is_empty().then_some(()).ok_or(Malformed)
    }
}
