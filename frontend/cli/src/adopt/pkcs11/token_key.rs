//! The key of a token, with which tpm2-pkcs11 wraps the authorization values of its keys. The TPM
//! seals it, and the PIN of the token opens it.
//!
//! May touch: tpm2_load and tpm2_unseal, which the user runs as before, and a directory of its own
//! for them. Must never have the broker unseal: that would open the sealed objects of everybody.
//! Must never put a PIN into an argument, which every user of the machine can read.
//!
//! Specs: tpm2_unseal(1), "Authorization Formatting"; `utils.c` of tpm2-pkcs11.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use sshtpm_client::pin::Pin;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use zeroize::Zeroizing;

use super::attributes::hex;
use super::database::Token;

/// Digits of the hash that are the authorization value.
const AUTH_DIGITS: usize = 32;

/// What the tools may print, in bytes: the key has 64 digits.
const KEY_BYTES: usize = 32;

/// How long a tool may take. A chip needs up to a second, and other programs may have their turn
/// before.
const MAX_RUN: Duration = Duration::from_secs(60);

/// The key of `token`, which `pin` opens.
///
/// # Errors
///
/// The tools cannot be run, or say why not.
pub(super) async fn unseal(token: &Token, pin: &Pin) -> io::Result<Zeroizing<[u8; KEY_BYTES]>> {
    let place = tempfile::tempdir()?;
    let path = |name: &str| place.path().join(name);
    fs::write(path("public"), &token.sealed.0)?;
    fs::write(path("private"), &token.sealed.1)?;
    let load = [
        "-Q",
        "-C",
        "0x81000001",
        "-u",
        "public",
        "-r",
        "private",
        "-c",
        "context",
    ];
    run("tpm2_load", &load, place.path(), b"").await?;
    let unseal = ["-Q", "-c", "context", "-p", "file:-"];
    let auth = authorization(pin, &token.salt);
    let printed = run("tpm2_unseal", &unseal, place.path(), &auth).await?;
    let text = std::str::from_utf8(&printed).ok();
    let key = text.and_then(hex).map(Zeroizing::new);
    let key = key.and_then(|key| <[u8; KEY_BYTES]>::try_from(key.as_slice()).ok());
    let odd = || io::Error::other("tpm2_unseal did not print the key of a token");
    key.map(Zeroizing::new).ok_or_else(odd)
}

/// Runs one of tpm2-tools there, with this on standard input. What it prints.
async fn run(
    program: &str,
    arguments: &[&str],
    place: &Path,
    input: &[u8],
) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(place)
        .kill_on_drop(true);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let named = |error| io::Error::other(format!("{program}: {error}"));
    let mut child = command.spawn().map_err(named)?;
    if let Some(mut pipe) = child.stdin.take() {
        // A tool that ends before it reads says why.
        drop(pipe.write_all(input).await);
    }
    let output = tokio::time::timeout(MAX_RUN, child.wait_with_output()).await;
    let output = output.unwrap_or_else(|_elapsed| Err(io::ErrorKind::TimedOut.into()));
    let output = output.map_err(named)?;
    let printed = Zeroizing::new(output.stdout);
    match output.status.success() {
        true => Ok(printed),
        false => Err(io::Error::other(format!(
            "{program}: {}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        ))),
    }
}

/// The first digits of SHA-256 over PIN and salt.
fn authorization(pin: &Pin, salt: &str) -> Zeroizing<Vec<u8>> {
    let hash = Sha256::new().chain_update(pin.bytes()).chain_update(salt);
    let digits = hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<String>();
    let mut digits = Zeroizing::new(digits.into_bytes());
    digits.truncate(AUTH_DIGITS);
    digits
}

#[cfg(test)]
mod tests {
    use super::authorization;
    use sshtpm_client::pin::Pin;

    #[test]
    fn pin_and_salt_are_hashed_one_after_the_other() {
        let pin = Pin::new(b"ab").unwrap();
        let auth = authorization(&pin, "c");
        // FIPS 180-2, appendix B.1: SHA-256 of "abc".
        assert_eq!(auth.as_slice(), b"ba7816bf8f01cfea414140de5dae2223");
    }
}
