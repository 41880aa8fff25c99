//! Holds connections to the system bus, and has the broker sign on each of them without pause.
//!
//! `sign-without-pause CONNECTIONS FINGERPRINT` prints a line for each signature. It ends when it
//! is ended, or with the first refusal.

use std::collections::HashMap;

use futures_util::future::try_join_all;
use sshtpm_dbus::KeysProxy;
use sshtpm_tests::signed_data::sshsig;

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let connections: usize = arguments.next().ok_or("no number")?.parse()?;
    let key = arguments.next().ok_or("no fingerprint")?;
    try_join_all((0..connections).map(|_| sign(&key))).await?;
    Ok(())
}

async fn sign(key: &str) -> Result<(), Failure> {
    let connection = zbus::Connection::system().await?;
    let keys = KeysProxy::new(&connection).await?;
    loop {
        keys.sign(key, &sshsig("load"), 0, &HashMap::new()).await?;
        println!("signed");
    }
}
