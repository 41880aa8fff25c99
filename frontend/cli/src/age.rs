//! age(1), which encrypts backups for recipients and decrypts them again.
//!
//! May touch: runs the program `age`. A private key reaches it and comes from it by pipes alone.
//! Its messages, and its questions for the passphrase of an identity, go to the terminal.
//!
//! Specs: age(1); age-encryption.org/v1.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::Stdio;

use sshtpm_client::pin::MAX_ANSWER;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use zeroize::Zeroizing;

/// How a file of age begins.
const BINARY: &[u8] = b"age-encryption.org/v1\n";
const ARMORED: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// Most bytes that age gives: those of a key file, and for each recipient some more.
const MAX_OUTPUT_BYTES: usize = 128 * 1024;

/// Whether `file` is one of age's.
pub(crate) fn is_one(file: &[u8]) -> bool {
    [BINARY, ARMORED]
        .iter()
        .any(|start| file.starts_with(start))
}

/// Encrypts `plain` for `recipients`.
///
/// # Errors
///
/// age is not installed, does not know a recipient, or fails.
pub(crate) async fn encrypt(recipients: &[String], plain: &[u8]) -> io::Result<Vec<u8>> {
    let options = recipients.iter().flat_map(|one| ["--recipient", one]);
    let arguments: Vec<&OsStr> = ["--encrypt"]
        .into_iter()
        .chain(options)
        .map(OsStr::new)
        .collect();
    let file = run(&arguments, plain).await?;
    match is_one(&file) {
        true => Ok(file.to_vec()),
        false => Err(io::Error::other("age wrote an invalid age file")),
    }
}

/// Decrypts `file` with the identities in the file `identity`.
///
/// # Errors
///
/// age is not installed, has no identity that is a recipient, or fails.
pub(crate) async fn decrypt(identity: &Path, file: &[u8]) -> io::Result<Zeroizing<Vec<u8>>> {
    let arguments = [
        OsStr::new("--decrypt"),
        OsStr::new("--identity"),
        identity.as_os_str(),
    ];
    run(&arguments, file).await
}

/// Runs age, for as long as a person may take.
async fn run(arguments: &[&OsStr], input: &[u8]) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut command = Command::new("age");
    command.args(arguments).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(not_run)?;
    let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let talk = async {
        let write = async {
            if let Some(mut stdin) = stdin {
                // age may have ended for a reason that it says.
                let _: io::Result<()> = stdin.write_all(input).await;
            }
            Ok::<_, io::Error>(())
        };
        let ((), output) = tokio::try_join!(write, bounded(stdout))?;
        Ok::<_, io::Error>((output, child.wait().await?))
    };
    let done = tokio::time::timeout(MAX_ANSWER, talk).await;
    match done.unwrap_or_else(|_elapsed| Err(io::ErrorKind::TimedOut.into()))? {
        (output, status) if status.success() => Ok(output),
        _ => Err(io::Error::other("age failed; its message is above")),
    }
}

fn not_run(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::NotFound => io::Error::other("the program age is not installed"),
        _ => io::Error::other(format!("age cannot be run: {error}")),
    }
}

/// Reads into memory that does not grow, so that no copy is left behind.
async fn bounded(output: Option<impl AsyncRead + Unpin>) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; MAX_OUTPUT_BYTES]);
    let mut length = 0;
    if let Some(mut output) = output {
        while let Some(room) = bytes.get_mut(length..) {
            if room.is_empty() {
                return Err(io::Error::other("age wrote more than a key file takes"));
            }
            match output.read(room).await? {
                0 => break,
                count => length += count,
            }
        }
    }
    bytes.truncate(length);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::{bounded, is_one};

    #[test]
    fn files_of_age_are_known_by_their_beginning() {
        assert!(is_one(b"age-encryption.org/v1\n-> X25519 x\n"));
        assert!(is_one(b"-----BEGIN AGE ENCRYPTED FILE-----\n"));
        assert!(!is_one(b"-----BEGIN OPENSSH PRIVATE KEY-----\n"));
        assert!(!is_one(b"age-encryption.org/v2\n"));
    }

    #[tokio::test]
    async fn a_program_that_writes_for_ever_is_not_read_for_ever() {
        assert!(bounded(Some(tokio::io::repeat(b'x'))).await.is_err());
        let read = bounded(Some(&b"key"[..])).await.unwrap();
        assert_eq!(read.as_slice(), b"key");
    }
}
