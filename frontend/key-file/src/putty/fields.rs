//! The lines of a file: a name, a colon, and a value, or a number of lines of base64.

use zeroize::Zeroizing;

use crate::armor::decoded;
use crate::error::{Format, KeyFileError};

/// Reads line after line.
pub(super) struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(super) fn new(file: &'a [u8]) -> Self {
        Self { rest: file }
    }

    /// The value of the next line, which has to have this name.
    pub(super) fn value(&mut self, name: &str) -> Result<&'a [u8], KeyFileError> {
        let line = self.line().ok_or_else(damaged)?;
        let value = line.strip_prefix(name.as_bytes());
        value
            .and_then(|value| value.strip_prefix(b": "))
            .ok_or_else(damaged)
    }

    /// The same, as UTF-8.
    pub(super) fn text(&mut self, name: &str) -> Result<&'a str, KeyFileError> {
        std::str::from_utf8(self.value(name)?).map_err(|_| damaged())
    }

    /// The same, as a decimal number.
    pub(super) fn number(&mut self, name: &str) -> Result<u32, KeyFileError> {
        self.text(name)?.parse().map_err(|_| damaged())
    }

    /// The same, as bytes in hexadecimal.
    pub(super) fn hex(&mut self, name: &str) -> Result<Vec<u8>, KeyFileError> {
        let (pairs, rest) = self.value(name)?.as_chunks::<2>();
        let byte = |pair: &[u8; 2]| {
            let text = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(text, 16).ok()
        };
        let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
        bytes.filter(|_| rest.is_empty()).ok_or_else(damaged)
    }

    /// The base64 in as many lines as the next line says.
    pub(super) fn base64(&mut self, name: &str) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        let lines = self.number(name)?;
        // With all the room that it can need, so that no copy stays behind.
        let mut text = Zeroizing::new(Vec::with_capacity(self.rest.len()));
        for _ in 0..lines {
            text.extend_from_slice(self.line().ok_or_else(damaged)?);
        }
        decoded(&text).map_err(|_| damaged())
    }

    fn line(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let end = self.rest.iter().position(|byte| *byte == b'\n');
        let (line, rest) = match end {
            Some(end) => (self.rest.get(..end)?, self.rest.get(end + 1..)?),
            None => (self.rest, &[][..]),
        };
        self.rest = rest;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }
}

pub(super) fn damaged() -> KeyFileError {
    KeyFileError::Damaged(Format::Putty)
}
