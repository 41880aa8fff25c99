//! Reads the first line of an input into memory that is wiped.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};
use zeroize::Zeroizing;

/// Longest line, in bytes, as in OpenSSH's `readpass.c`. A longer line cannot be a PIN.
pub(super) const MAX_LINE_BYTES: usize = 1024;

/// Most bytes of one read.
const READ_BYTES: usize = 256;

/// A line while it is read. Its memory never grows, so that no copy is left behind.
pub(super) struct Line {
    bytes: Zeroizing<Vec<u8>>,
}

impl Line {
    /// An empty line.
    pub(super) fn new() -> Self {
        Self {
            bytes: Zeroizing::new(Vec::with_capacity(MAX_LINE_BYTES)),
        }
    }

    /// Adds `chunk` up to the end of the line, and returns whether the line is complete.
    pub(super) fn push(&mut self, chunk: &[u8]) -> bool {
        let end = chunk.iter().position(|byte| b"\r\n".contains(byte));
        let room = MAX_LINE_BYTES.saturating_sub(self.bytes.len());
        let line = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or(chunk);
        let line = line.get(..room).unwrap_or(line);
        self.bytes.extend_from_slice(line);
        end.is_some() || self.bytes.len() == MAX_LINE_BYTES
    }

    /// The bytes of the line, without its end.
    pub(super) fn finish(self) -> Zeroizing<Vec<u8>> {
        self.bytes
    }
}

/// Reads the first line of `source`, or all of it if it has no end of line. Reads at most 1024
/// bytes of the line.
///
/// # Errors
///
/// `source` cannot be read.
pub async fn first_line(source: &mut (impl AsyncRead + Unpin)) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Line::new();
    let mut chunk = Zeroizing::new([0; READ_BYTES]);
    loop {
        let count = source.read(chunk.as_mut_slice()).await?;
        if count == 0 || line.push(chunk.get(..count).unwrap_or_default()) {
            return Ok(line.finish());
        }
    }
}

/// Reads all of `source`, up to `most` bytes.
///
/// # Errors
///
/// `source` cannot be read.
pub async fn read_to_end(
    source: &mut (impl AsyncRead + Unpin),
    most: usize,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; most]);
    let mut length = 0;
    while let Some(room) = bytes.get_mut(length..).filter(|room| !room.is_empty()) {
        match source.read(room).await? {
            0 => break,
            count => length += count,
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

#[cfg(test)]
pub(super) mod fuzz;
#[cfg(test)]
mod tests {
    use super::{MAX_LINE_BYTES, first_line};

    async fn first_of(mut bytes: &[u8]) -> Vec<u8> {
        first_line(&mut bytes).await.unwrap().to_vec()
    }

    #[tokio::test]
    async fn a_line_ends_at_any_end_of_line_or_of_the_input() {
        assert_eq!(first_of(b"1234\nmore\n").await, b"1234");
        assert_eq!(first_of(b"1234\r\n").await, b"1234");
        assert_eq!(first_of(b"1234").await, b"1234");
        assert_eq!(first_of(b"").await, b"");
        assert_eq!(first_of(b"\n1234").await, b"");
    }

    #[tokio::test]
    async fn a_line_without_an_end_is_cut_off() {
        let endless = vec![b'x'; 10 * MAX_LINE_BYTES];
        assert_eq!(first_of(&endless).await.len(), MAX_LINE_BYTES);
    }

    #[tokio::test]
    async fn a_line_may_come_in_pieces() {
        let mut pieces = tokio::io::AsyncReadExt::chain(b"12".as_slice(), b"34\n".as_slice());
        assert_eq!(first_line(&mut pieces).await.unwrap().as_slice(), b"1234");
    }
}
