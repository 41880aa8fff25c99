//! `sshtpm lock`: makes the broker forget PINs.

use sshtpm_dbus::{KeyInfo, option};
use zbus::Variant;

use super::args::LockArgs;
use super::error::Failure;
use super::key_selector::{describe, find_all};
use super::output::Output;
use super::session::{Options, Session};
use super::unlock::without_pin;

/// Runs the command.
///
/// # Errors
///
/// A name means no single key (then nothing is locked), or the broker refuses.
pub(crate) async fn run(session: &Session, output: Output, args: &LockArgs) -> Result<(), Failure> {
    if args.keys.is_empty() {
        lock(session, "cannot lock your keys", &Options::new()).await?;
        return output.notice("Locked all your keys that have a PIN.");
    }
    let keys = session.list(None).await?;
    let meant = find_all(&args.keys, &keys, None)?;
    if let Some(key) = meant.iter().find(|key| !key.pin) {
        return Err(without_pin("lock", key));
    }
    for key in meant {
        lock_one(session, key).await?;
        output.notice(&format!("Locked key {}", describe(key)))?;
    }
    Ok(())
}

async fn lock_one(session: &Session, key: &KeyInfo) -> Result<(), Failure> {
    let options = Options::from([(option::KEY, Variant::from(key.fingerprint.as_str()))]);
    let what = format!("cannot lock key {}", describe(key));
    lock(session, &what, &options).await
}

async fn lock(session: &Session, what: &str, options: &Options<'_>) -> Result<(), Failure> {
    session
        .call(what, async |keys| keys.lock(options).await)
        .await
}
