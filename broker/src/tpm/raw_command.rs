//! A command that `tss_esapi` 7.7 has no function for, on a connection of its own.
//!
//! To the kernel's resource manager each connection is a space of its own, and swtpm takes one
//! connection after the other, so this one is closed at once. It is opened on the thread that owns
//! the TPM, between two commands.
//!
//! Specs: TPM 2.0 Part 1, "Command/Response Structure"; tpm(4) of the kernel: a command is one
//! write(2), its response one read(2).

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::address::Address;

/// Longest response, in bytes: `TPM_BUFSIZE` of the kernel's driver.
const MAX_RESPONSE_BYTES: usize = 4096;

/// Tag, length and response code.
const HEADER_BYTES: usize = 10;

/// How long a software TPM may take; the driver of a device has limits of its own.
const SWTPM_LIMIT: Duration = Duration::from_secs(10);

/// Sends a command whose response is a response code, and returns that.
///
/// # Errors
///
/// There is no TPM, or what comes back is no response.
pub(super) fn send(address: &Address, command: &[u8]) -> io::Result<u32> {
    let response = match address {
        Address::Device(path) => {
            let mut device = OpenOptions::new().read(true).write(true).open(path)?;
            exchange(&mut device, command)?
        }
        Address::Swtpm { host, port } => {
            let mut swtpm = TcpStream::connect_timeout(&(*host, *port).into(), SWTPM_LIMIT)?;
            swtpm.set_read_timeout(Some(SWTPM_LIMIT))?;
            swtpm.set_write_timeout(Some(SWTPM_LIMIT))?;
            exchange(&mut swtpm, command)?
        }
    };
    response_code(&response).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn exchange(tpm: &mut (impl Read + Write), command: &[u8]) -> io::Result<Vec<u8>> {
    if tpm.write(command)? != command.len() {
        return Err(io::ErrorKind::WriteZero.into());
    }
    let mut response = vec![0; MAX_RESPONSE_BYTES];
    let mut length = 0;
    // A device gives the response at once, a stream may not.
    while length < HEADER_BYTES {
        let rest = response.get_mut(length..).unwrap_or_default();
        match tpm.read(rest)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => length += read,
        }
    }
    response.truncate(length);
    Ok(response)
}

fn response_code(response: &[u8]) -> Option<u32> {
    let (_tag, rest) = response.split_first_chunk::<2>()?;
    let (_length, rest) = rest.split_first_chunk::<4>()?;
    let (code, _) = rest.split_first_chunk::<4>()?;
    Some(u32::from_be_bytes(*code))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a command, and gives a response in pieces.
    struct Pieces(Vec<Vec<u8>>);

    impl Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(&piece);
            Ok(piece.len())
        }
    }

    const RESPONSE: [u8; 10] = [0x80, 1, 0, 0, 0, 10, 0, 0, 9, 0x8e];

    #[test]
    fn the_code_is_found_in_a_response_that_comes_in_pieces() {
        let (one, other) = RESPONSE.split_at(3);
        let mut tpm = Pieces(vec![one.to_vec(), other.to_vec()]);
        let response = exchange(&mut tpm, b"command").expect("a response");
        assert_eq!(response_code(&response), Some(0x98e));
    }

    #[test]
    fn a_response_that_is_cut_off_is_none() {
        let mut tpm = Pieces(vec![RESPONSE[..9].to_vec()]);
        assert!(exchange(&mut tpm, b"command").is_err());
    }
}
