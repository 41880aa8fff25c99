//! Buffers of a TPM: two bytes with the length in front.
//!
//! Specs: TPM 2.0 Part 2, `TPM2B`.

/// The contents of a buffer that is as long as it says, and not empty.
pub(crate) fn contents(buffer: &[u8]) -> Option<&[u8]> {
    let (length, contents) = buffer.split_first_chunk()?;
    let is_whole = usize::from(u16::from_be_bytes(*length)) == contents.len();
    (is_whole && !contents.is_empty()).then_some(contents)
}

/// A buffer with these contents; `None` if they are too long for one.
pub(crate) fn buffer(contents: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(contents.len()).ok()?;
    Some([&length.to_be_bytes()[..], contents].concat())
}
