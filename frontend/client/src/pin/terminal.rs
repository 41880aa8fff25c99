//! Asks at the terminal of the process, without echo.
//!
//! Asks only in the foreground. The kernel stops a background process that reads from its
//! terminal or changes it, and an agent that is stopped serves no client.
//!
//! Specs: tty(4), termios(3), tcgetpgrp(3), setpgid(2).

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;

use nix::fcntl::OFlag;
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};
use nix::unistd::{getpgrp, tcgetpgrp};
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe::{Receiver, Sender};
use zeroize::Zeroizing;

use super::line::{Line, MAX_LINE_BYTES};

/// The terminal of the process, which may differ from its standard input.
const TERMINAL: &str = "/dev/tty";

/// The terminal of this process, which was in the foreground when this was opened.
#[derive(Debug)]
pub(super) struct Terminal(File);

impl Terminal {
    /// Opens the terminal. `None` if there is none, or another process is in the foreground.
    pub(super) fn open() -> Option<Self> {
        let terminal = Self(open(OpenOptions::new().read(true)).ok()?);
        is_foreground(&terminal.0).then_some(terminal)
    }

    /// Writes `text`, and reads a line without echo.
    ///
    /// # Errors
    ///
    /// The terminal is gone, or the process is no longer in the foreground.
    pub(super) async fn ask(&self, text: &str) -> io::Result<Zeroizing<Vec<u8>>> {
        let _hidden = Hidden::begin(&self.0)?;
        let output = open(OpenOptions::new().write(true))?;
        // The runtime waits for a terminal, reads it and writes to it as it does with a pipe.
        let mut output = Sender::from_file_unchecked(output)?;
        output.write_all(text.as_bytes()).await?;
        let input = Receiver::from_file_unchecked(self.0.try_clone()?)?;
        read_line(&input).await
    }
}

/// Opens the terminal again, so that no file of another process becomes non-blocking.
fn open(options: &mut OpenOptions) -> io::Result<File> {
    options
        .custom_flags(OFlag::O_NONBLOCK.bits())
        .open(TERMINAL)
}

async fn read_line(input: &Receiver) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Line::new();
    let mut chunk = Zeroizing::new([0; MAX_LINE_BYTES]);
    loop {
        input.readable().await?;
        if !is_foreground(input) {
            return Err(io::Error::other("another program has taken it over"));
        }
        let count = match input.try_read(chunk.as_mut_slice()) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
            read => read?,
        };
        if count == 0 || line.push(chunk.get(..count).unwrap_or_default()) {
            return Ok(line.finish());
        }
    }
}

/// Keeps the echo off until it is dropped. A signal ends the wait and so drops it, too.
struct Hidden<'a> {
    file: &'a File,
    settings: Termios,
}

impl<'a> Hidden<'a> {
    fn begin(file: &'a File) -> io::Result<Self> {
        let settings = tcgetattr(file)?;
        let mut hidden = settings.clone();
        hidden.local_flags.remove(LocalFlags::ECHO);
        // The end of the line is still shown, so that later output begins on a new line.
        hidden.local_flags.insert(LocalFlags::ECHONL);
        // Discards what was typed before the question.
        tcsetattr(file, SetArg::TCSAFLUSH, &hidden)?;
        Ok(Self { file, settings })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // If another process has taken the terminal over, its settings are its own.
        if is_foreground(self.file) {
            let _ = tcsetattr(self.file, SetArg::TCSAFLUSH, &self.settings);
        }
    }
}

fn is_foreground(file: impl AsFd) -> bool {
    tcgetpgrp(file).is_ok_and(|group| group == getpgrp())
}
