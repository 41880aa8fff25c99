//! Backups of private keys on paper.
//!
//! Purpose: [`page()`] is a PDF file with a key in OpenSSH's format, which is encrypted already: as
//! a QR code, and as lines of text that a person can type. [`read()`] and [`Lines`] read these
//! lines, and say in which of them a mistake is.
//!
//! Must never do I/O, or get a key that is not encrypted onto paper.

mod code;
#[cfg(test)]
mod fuzz;
mod line;
mod page;
mod text;

pub use line::{MAX_LINES, WrongLine};
pub use page::{About, page};
pub use text::{Lines, NotPaper, lines, read};
