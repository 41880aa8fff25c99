//! Signs standard input with a key in the TPM.
//!
//! `cargo run --package sshtpm-dbus --example sign SHA256:… <FILE >SIGNATURE` asks for the
//! signature that `ssh-keygen -Y sign -n file` puts into its SSHSIG, and writes the SSH signature
//! blob (RFC 4253 §6.6).

use std::collections::HashMap;
use std::error::Error;
use std::io::{Read as _, Write as _};

use sha2::{Digest as _, Sha512};
use sshtpm_dbus::KeysProxy;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let fingerprint = std::env::args()
        .nth(1)
        .ok_or("usage: sign FINGERPRINT <FILE >SIGNATURE")?;
    let mut file = Vec::new();
    std::io::stdin().read_to_end(&mut file)?;

    let bus = zbus::Connection::system().await?;
    let keys = KeysProxy::new(&bus).await?;
    let data = signed_data("file", &Sha512::digest(&file))?;
    let signature = keys.sign(&fingerprint, &data, 0, &HashMap::new()).await?;

    std::io::stdout().write_all(&signature)?;
    Ok(())
}

/// What an SSHSIG signs (OpenSSH `PROTOCOL.sshsig`): the broker signs no arbitrary bytes.
fn signed_data(namespace: &str, hash: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut data = b"SSHSIG".to_vec();
    for string in [namespace.as_bytes(), b"", b"sha512", hash] {
        data.extend(u32::try_from(string.len())?.to_be_bytes());
        data.extend(string);
    }
    Ok(data)
}
