//! PEM: base64 between two lines that name what it is.
//!
//! What is read here may be secret, and then is wiped; what is written here never is.
//!
//! Own lines, because `pem-rfc7468` refuses what other programs write around and into blocks:
//! headers, and lines of unequal length.
//!
//! Specs: RFC 7468; RFC 1421 §4.6 for headers.

use base64ct::{Base64, Encoding};
use der::pem::{LineEnding, encode_string};
use zeroize::Zeroizing;

use crate::bounds::MAX_FILE_BYTES;
use crate::error::{Format, KeyFileError};

/// The label of a parent key of a TPM: a `TPM2B_PUBLIC` (TPM 2.0 Part 2).
pub const PARENT_LABEL: &str = "TPM2B_PUBLIC";

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// The label of what stands before an EC key and is no key.
const PARAMETERS: &str = "EC PARAMETERS";

/// A block of base64 with its label.
pub(crate) struct Block<'a> {
    /// What it is: `RSA PRIVATE KEY`.
    pub(crate) label: &'a str,
    /// Whether it has headers, which say how its contents are encrypted.
    pub(crate) has_headers: bool,
    /// Its contents.
    pub(crate) bytes: Zeroizing<Vec<u8>>,
}

/// The first block of a private key. `None` if there is none; text and other blocks are skipped.
pub(crate) fn private_block(file: &[u8]) -> Result<Option<Block<'_>>, KeyFileError> {
    let mut lines = file.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    while let Some(line) = lines.next() {
        if let Some(label) = label(line, BEGIN)
            && label.ends_with("PRIVATE KEY")
            && label != PARAMETERS
        {
            return to_end(label, &mut lines, file.len()).map(Some);
        }
    }
    Ok(None)
}

fn label<'a>(line: &'a [u8], dashes: &[u8]) -> Option<&'a str> {
    let label = line.strip_prefix(dashes)?.strip_suffix(DASHES)?;
    std::str::from_utf8(label).ok()
}

/// The rest of a block that has begun.
fn to_end<'a>(
    name: &'a str,
    lines: &mut impl Iterator<Item = &'a [u8]>,
    room: usize,
) -> Result<Block<'a>, KeyFileError> {
    // With all the room that it can need, so that no copy stays behind.
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    let mut has_headers = false;
    for line in lines {
        if label(line, END) == Some(name) {
            return Ok(Block {
                label: name,
                has_headers,
                bytes: decoded(&text)?,
            });
        }
        match line.contains(&b':') {
            true => has_headers = true,
            false => text.extend_from_slice(line),
        }
    }
    Err(KeyFileError::Damaged(Format::Pem))
}

/// A block is cut off, is not base64, or is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotArmored;

/// The contents of the first block with this label; `None` if there is none. Text and other blocks
/// are skipped.
///
/// # Errors
///
/// The block has no end, or what is in it is not base64; or the file is longer than
/// [`MAX_FILE_BYTES`].
pub fn block(file: &[u8], wanted: &str) -> Result<Option<Vec<u8>>, NotArmored> {
    if file.len() > MAX_FILE_BYTES {
        return Err(NotArmored);
    }
    let mut lines = file.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    if !lines.any(|line| label(line, BEGIN) == Some(wanted)) {
        return Ok(None);
    }
    let block = to_end(wanted, &mut lines, file.len()).map_err(|_| NotArmored)?;
    Ok(Some(block.bytes.to_vec()))
}

/// A block with this label and these contents, which are not secret.
///
/// # Errors
///
/// There is no room for it in memory.
pub fn text(label: &str, contents: &[u8]) -> Result<String, NotArmored> {
    encode_string(label, LineEnding::LF, contents).map_err(|_| NotArmored)
}

/// The bytes that base64 without line ends stands for.
pub(crate) fn decoded(text: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let mut bytes = Zeroizing::new(vec![0; text.len()]);
    let damaged = |_| KeyFileError::Damaged(Format::Pem);
    let length = Base64::decode(text, &mut bytes).map_err(damaged)?.len();
    bytes.truncate(length);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{NotArmored, block, private_block, text};

    #[test]
    fn what_surrounds_a_block_is_skipped() {
        let file = b"Bag Attributes\r\n\xfe: x\r\n-----BEGIN EC PARAMETERS-----\r\nAAAA\r\n\
                    -----END EC PARAMETERS-----\r\n-----BEGIN EC PRIVATE KEY-----\r\nAQI\r\nD\r\n\
                    -----END EC PRIVATE KEY-----\r\nmore";
        let block = private_block(file).unwrap().unwrap();
        assert_eq!(block.label, "EC PRIVATE KEY");
        assert_eq!(block.bytes.as_slice(), [1, 2, 3]);
        assert!(!block.has_headers);
    }

    #[test]
    fn a_block_without_an_end_is_damaged() {
        assert!(private_block(b"-----BEGIN PRIVATE KEY-----\nAAAA").is_err());
        let other = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----";
        assert!(private_block(other).is_err());
    }

    #[test]
    fn a_file_without_a_block_has_none() {
        for file in [
            &b""[..],
            b"-----BEGIN CERTIFICATE-----\nAAAA\n",
            b"\xff\xfe",
        ] {
            assert!(private_block(file).unwrap().is_none());
        }
    }

    #[test]
    fn a_block_is_found_behind_others_and_reads_as_it_was_written() {
        let other = text("PUBLIC KEY", &[7; 80]).unwrap();
        let file = other + &text("TPM2B_PUBLIC", &[1, 2, 3]).unwrap();
        assert_eq!(
            block(file.as_bytes(), "TPM2B_PUBLIC"),
            Ok(Some(vec![1, 2, 3]))
        );
        assert_eq!(block(file.as_bytes(), "CERTIFICATE"), Ok(None));
        let cut = &file.as_bytes()[..file.len() - 3];
        assert_eq!(block(cut, "TPM2B_PUBLIC"), Err(NotArmored));
    }
}
