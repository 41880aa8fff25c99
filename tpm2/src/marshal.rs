//! Structures of the TPM as bytes: numbers big endian, buffers with their size in front.
//!
//! Specs: TPM 2.0 Part 1, "Data Formats"; Part 2, `TPM2B`.

use zeroize::{Zeroize as _, Zeroizing};

/// Most bytes of a structure that is written: the largest is a public area with an RSA key of 512
/// bytes.
const ROOM: usize = 1024;

/// Writes a structure into memory that is wiped and does not grow.
#[derive(Debug, Default)]
pub struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// With nothing written yet.
    pub fn new() -> Self {
        Self(Zeroizing::new(Vec::with_capacity(ROOM)))
    }

    /// A number of two bytes.
    #[must_use]
    pub fn uint16(mut self, number: u16) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// A number of four bytes.
    #[must_use]
    pub fn uint32(mut self, number: u32) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// Bytes as they are.
    #[must_use]
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
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
    #[must_use]
    pub fn sized(self, bytes: &[u8]) -> Self {
        let size = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
        self.uint16(size).bytes(bytes)
    }

    /// What was written.
    pub fn finish(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

/// The bytes end within a field, or are left over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes end within a field, or are left over")]
pub struct Malformed;

/// Reads a structure.
#[derive(Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// At the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// A number of two bytes.
    ///
    /// # Errors
    ///
    /// The bytes end before.
    pub fn uint16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_be_bytes)
    }

    /// A number of four bytes.
    ///
    /// # Errors
    ///
    /// The bytes end before.
    pub fn uint32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_be_bytes)
    }

    /// A number of one byte.
    ///
    /// # Errors
    ///
    /// The bytes end before.
    pub fn uint8(&mut self) -> Result<u8, Malformed> {
        self.array().map(u8::from_be_bytes)
    }

    /// A number of eight bytes.
    ///
    /// # Errors
    ///
    /// The bytes end before.
    pub fn uint64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_be_bytes)
    }

    /// The contents of a buffer (`TPM2B`).
    ///
    /// # Errors
    ///
    /// The bytes end before.
    pub fn sized(&mut self) -> Result<&'a [u8], Malformed> {
        let size = usize::from(self.uint16()?);
        let (bytes, rest) = self.0.split_at_checked(size).ok_or(Malformed)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Nothing may follow.
    ///
    /// # Errors
    ///
    /// There are bytes left.
    pub fn end(self) -> Result<(), Malformed> {
        self.0.is_empty().then_some(()).ok_or(Malformed)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*bytes)
    }
}
