//! A device before swtpm, for a program that knows no other way to a TPM.
//!
//! `tpm-device LINK` makes LINK lead to a terminal in raw mode. Each command that a program writes
//! there goes to swtpm, over a connection of its own, and the answer comes back.
//!
//! Specs: TPM 2.0 Part 1, "Command/Response Structure": a length stands behind a tag of two bytes.

use std::fs::File;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::symlink;

use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use sshtpm_tests::swtpm::PORT;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let link = std::env::args().nth(1).ok_or("no link")?;
    // The other end stays open here, or the terminal would hang up after each program.
    let ends = openpty(None, None)?;
    let mut settings = tcgetattr(&ends.slave)?;
    cfmakeraw(&mut settings);
    tcsetattr(&ends.slave, SetArg::TCSANOW, &settings)?;
    let name = std::fs::read_link(format!("/proc/self/fd/{}", ends.slave.as_raw_fd()))?;
    symlink(name, link)?;
    let mut device = File::from(ends.master);
    loop {
        let command = message(&mut device)?;
        let mut tpm = TcpStream::connect(("127.0.0.1", PORT))?;
        tpm.write_all(&command)?;
        device.write_all(&message(&mut tpm)?)?;
    }
}

/// A command or a response.
fn message(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut message = vec![0; HEADER_BYTES];
    from.read_exact(&mut message)?;
    let length = message.get(2..).and_then(|rest| rest.first_chunk());
    let length = length.map_or(0, |bytes| u32::from_be_bytes(*bytes));
    let rest = usize::try_from(length).unwrap_or(0).min(MAX_BYTES);
    let rest = rest.saturating_sub(HEADER_BYTES);
    let mut body = vec![0; rest];
    from.read_exact(&mut body)?;
    message.extend(body);
    Ok(message)
}

/// Tag, length and code.
const HEADER_BYTES: usize = 10;

/// Longest message that swtpm takes (libtpms, `TPM_BUFFER_MAX`).
const MAX_BYTES: usize = 4096;
