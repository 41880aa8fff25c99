//! The lines of the Assuan protocol, as a pinentry speaks it.
//!
//! Specs: The Assuan manual, "Server responses"; the pinentry manual, "Protocol". An error has its
//! source in the upper bits, and its code in the lower 16.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};
use zeroize::Zeroizing;

/// Longest line, in bytes, without its end: `ASSUAN_LINELENGTH` of libassuan.
pub(super) const MAX_LINE_BYTES: usize = 1000;

/// Most lines that may come before the answer of a command: a pinentry sends one or two.
const MAX_LINES: usize = 32;

/// Most bytes of one read.
const READ_BYTES: usize = 256;

/// Which bits of an error are its code.
const CODE_BITS: u32 = 0xffff;

/// `GPG_ERR_TIMEOUT`.
const TIMEOUT: u32 = 62;

/// `GPG_ERR_CANCELED`, `GPG_ERR_FULLY_CANCELED`.
const CANCELED: [u32; 2] = [99, 198];

/// The end of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was done.
    Done,
    /// The person closed the dialogue.
    Canceled,
    /// The person did not answer in time.
    TimedOut,
    /// Anything else.
    Failed,
}

/// An answer: what it carries, and how it ends.
#[derive(Debug)]
pub(super) struct Answer {
    /// The data; empty if there is none.
    pub(super) data: Zeroizing<Vec<u8>>,
    /// How it ends.
    pub(super) outcome: Outcome,
}

/// A line of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reply<'a> {
    Data(&'a [u8]),
    End(Outcome),
    /// A status or a comment.
    Remark,
}

impl<'a> Reply<'a> {
    fn read(line: &'a [u8]) -> Self {
        let (word, rest) = match line.iter().position(|byte| *byte == b' ') {
            Some(end) => line.split_at(end),
            None => (line, &[][..]),
        };
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        match word {
            b"OK" => Self::End(Outcome::Done),
            b"D" => Self::Data(rest),
            b"ERR" => Self::End(error(rest)),
            b"S" | b"#" | b"" => Self::Remark,
            // A question to us, or no Assuan at all.
            _ => Self::End(Outcome::Failed),
        }
    }
}

fn error(rest: &[u8]) -> Outcome {
    let digits = rest.split(|byte| !byte.is_ascii_digit()).next();
    let number = digits.and_then(|digits| str::from_utf8(digits).ok()?.parse::<u32>().ok());
    match number.map(|number| number & CODE_BITS) {
        Some(TIMEOUT) => Outcome::TimedOut,
        Some(code) if CANCELED.contains(&code) => Outcome::Canceled,
        _ => Outcome::Failed,
    }
}

/// Reads answers. Its memory never grows, so that no copy of a secret is left behind.
pub(super) struct Answers<R> {
    source: R,
    pending: Zeroizing<Vec<u8>>,
}

impl<R: AsyncRead + Unpin> Answers<R> {
    /// Answers that come from `source`.
    pub(super) fn new(source: R) -> Self {
        let pending = Zeroizing::new(Vec::with_capacity(MAX_LINE_BYTES + READ_BYTES));
        Self { source, pending }
    }

    /// The next answer.
    ///
    /// # Errors
    ///
    /// The source ends, or says more than a pinentry does.
    pub(super) async fn next(&mut self) -> io::Result<Answer> {
        let mut data = Zeroizing::new(Vec::with_capacity(MAX_LINE_BYTES));
        for _ in 0..MAX_LINES {
            let line = self.line().await?;
            match Reply::read(&line) {
                Reply::Data(bytes) => decode(bytes, &mut data)?,
                Reply::End(outcome) => return Ok(Answer { data, outcome }),
                Reply::Remark => {}
            }
        }
        Err(too_much())
    }

    async fn line(&mut self) -> io::Result<Zeroizing<Vec<u8>>> {
        loop {
            if let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
                let mut line = Zeroizing::new(Vec::with_capacity(MAX_LINE_BYTES + READ_BYTES));
                line.extend_from_slice(self.pending.get(..end).unwrap_or_default());
                let rest = self.pending.len() - end - 1;
                self.pending.copy_within(end + 1.., 0);
                self.pending.truncate(rest);
                return Ok(line);
            }
            if self.pending.len() > MAX_LINE_BYTES {
                return Err(too_much());
            }
            let mut chunk = Zeroizing::new([0; READ_BYTES]);
            let room = MAX_LINE_BYTES + READ_BYTES - self.pending.len();
            let room = chunk.get_mut(..room.min(READ_BYTES)).unwrap_or_default();
            match self.source.read(room).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                count => {
                    let read = chunk.get(..count).unwrap_or_default();
                    self.pending.extend_from_slice(read);
                }
            }
        }
    }
}

fn too_much() -> io::Error {
    io::Error::other("it says more than a pinentry does")
}

/// Adds `bytes`, in which `%` and two hexadecimal digits stand for a byte, to `data`.
fn decode(bytes: &[u8], data: &mut Zeroizing<Vec<u8>>) -> io::Result<()> {
    if data.len() + bytes.len() > MAX_LINE_BYTES {
        return Err(too_much());
    }
    let mut bytes = bytes.iter().copied();
    while let Some(byte) = bytes.next() {
        let digits = (byte == b'%').then(|| (bytes.next(), bytes.next()));
        data.push(match digits {
            None => byte,
            Some((Some(high), Some(low))) => hexadecimal(high)? << 4 | hexadecimal(low)?,
            Some(_) => return Err(no_digit()),
        });
    }
    Ok(())
}

fn hexadecimal(digit: u8) -> io::Result<u8> {
    let value = char::from(digit).to_digit(16);
    value
        .and_then(|value| u8::try_from(value).ok())
        .ok_or_else(no_digit)
}

fn no_digit() -> io::Error {
    io::Error::other("it escapes a byte in an unknown way")
}

/// A line with `command` and `text`. What does not fit is cut off between characters.
pub(super) fn line(command: &str, text: &str) -> String {
    /// Stands for what was cut off.
    const MORE: &str = "…";
    let mut line = format!("{command} ");
    for character in text.chars() {
        let mut escaped = match character {
            '%' => "%25".to_owned(),
            '\n' => "%0A".to_owned(),
            '\r' => "%0D".to_owned(),
            other => other.to_string(),
        };
        if line.len() + escaped.len() > MAX_LINE_BYTES - MORE.len() {
            escaped = MORE.to_owned();
            line.push_str(&escaped);
            break;
        }
        line.push_str(&escaped);
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::{Answers, MAX_LINE_BYTES, Outcome, line};

    async fn answer(said: &str) -> Option<(Vec<u8>, Outcome)> {
        let answer = Answers::new(said.as_bytes()).next().await.ok()?;
        Some((answer.data.to_vec(), answer.outcome))
    }

    #[tokio::test]
    async fn the_data_of_an_answer_are_unescaped() {
        let done = Some((b"12%\n34".to_vec(), Outcome::Done));
        assert_eq!(answer("S X\n# x\nD 12%25%0a34\nOK\n").await, done);
        assert_eq!(
            answer("OK closing\n").await,
            Some((Vec::new(), Outcome::Done))
        );
    }

    #[tokio::test]
    async fn a_closed_dialogue_is_told_from_other_errors() {
        let outcome = async |said| answer(said).await.unwrap().1;
        assert_eq!(
            outcome("ERR 83886179 canceled <x>\n").await,
            Outcome::Canceled
        );
        assert_eq!(outcome("ERR 83886142 Timeout\n").await, Outcome::TimedOut);
        assert_eq!(outcome("ERR 83918950 no tty\n").await, Outcome::Failed);
        assert_eq!(outcome("INQUIRE X\n").await, Outcome::Failed);
        assert_eq!(outcome("Usage: x\n").await, Outcome::Failed);
    }

    #[tokio::test]
    async fn an_answer_without_an_end_is_none() {
        let long = "x".repeat(10 * MAX_LINE_BYTES);
        let many = "S x\n".repeat(1000);
        for said in ["", "D 1234", "D %4", "D %zz\n", &long, &many] {
            assert_eq!(answer(said).await, None, "{said}");
        }
    }

    #[test]
    fn a_text_is_one_line_and_not_too_long() {
        assert_eq!(line("SETDESC", "a%\nb"), "SETDESC a%25%0Ab\n");
        let long = line("SETDESC", &"ä".repeat(1000));
        assert!(long.len() <= MAX_LINE_BYTES + 1, "{}", long.len());
        assert!(long.ends_with("ä…\n"), "{long}");
    }
}
