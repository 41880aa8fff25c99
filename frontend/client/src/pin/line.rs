//! The first line of what somebody says, kept in memory that is wiped.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};
use zeroize::Zeroizing;

/// Longest line that is read, in bytes; what OpenSSH's `readpass.c` reads. A longer one is no PIN.
pub(super) const MAX_LINE_BYTES: usize = 1024;

/// Bytes that are read at once.
const READ_BYTES: usize = 256;

/// A line while it is read. Its place never grows, so that no copy is left behind.
pub(super) struct Line {
    bytes: Zeroizing<Vec<u8>>,
}

impl Line {
    /// An empty one.
    pub(super) fn new() -> Self {
        Self {
            bytes: Zeroizing::new(Vec::with_capacity(MAX_LINE_BYTES)),
        }
    }

    /// Adds what was read, and says whether the line is complete.
    pub(super) fn push(&mut self, chunk: &[u8]) -> bool {
        let end = chunk.iter().position(|byte| b"\r\n".contains(byte));
        let room = MAX_LINE_BYTES.saturating_sub(self.bytes.len());
        let line = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or(chunk);
        let line = line.get(..room).unwrap_or(line);
        self.bytes.extend_from_slice(line);
        end.is_some() || self.bytes.len() == MAX_LINE_BYTES
    }

    /// What the line says, without its end.
    pub(super) fn finish(self) -> Zeroizing<Vec<u8>> {
        self.bytes
    }
}

/// Reads the first line of `source`, or all of it if it has none; of a line that is longer than
/// [`MAX_LINE_BYTES`] only so many bytes.
///
/// # Errors
///
/// It cannot be read.
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
/// It cannot be read.
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
mod tests {
    use super::{MAX_LINE_BYTES, first_line};

    async fn first_of(mut bytes: &[u8]) -> Vec<u8> {
        first_line(&mut bytes).await.unwrap().to_vec()
    }

    #[tokio::test]
    async fn a_line_ends_where_lines_end() {
        assert_eq!(first_of(b"1234\nmore\n").await, b"1234");
        assert_eq!(first_of(b"1234\r\n").await, b"1234");
        assert_eq!(first_of(b"1234").await, b"1234");
        assert_eq!(first_of(b"").await, b"");
        assert_eq!(first_of(b"\n1234").await, b"");
    }

    #[tokio::test]
    async fn somebody_who_never_ends_a_line_is_not_listened_to_for_ever() {
        let endless = vec![b'x'; 10 * MAX_LINE_BYTES];
        assert_eq!(first_of(&endless).await.len(), MAX_LINE_BYTES);
    }

    #[tokio::test]
    async fn a_line_in_many_pieces_is_one() {
        let mut pieces = tokio::io::AsyncReadExt::chain(b"12".as_slice(), b"34\n".as_slice());
        assert_eq!(first_line(&mut pieces).await.unwrap().as_slice(), b"1234");
    }
}
