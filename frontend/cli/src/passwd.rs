//! `sshtpm passwd`: changes the PIN of a key, or removes it.

use sshtpm_dbus::{Error, KeyInfo, KeysProxy, option};
use sshtpm_ssh::error_kind::ErrorKind;
use zbus::Variant;

use super::args::PasswdArgs;
use super::ask_pin::PinSource;
use super::error::Failure;
use super::key_selector::{KeySelector, describe, in_question};
use super::nobody;
use super::output::{Output, warn};
use super::session::{Options, Session};
use super::unlock::without_pin;
use sshtpm_client::pin::{self, Pin};

/// Runs the command.
///
/// # Errors
///
/// No single key is meant, it has no PIN, a PIN is not given or wrong, or the broker refuses.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &PasswdArgs,
) -> Result<(), Failure> {
    let keys = session.list(None).await?;
    let key = KeySelector::new(&args.key).find(&keys, None)?;
    if !key.pin {
        return Err(without_pin("change the PIN of", key));
    }
    nobody::warn_before(!args.remove, false);
    let pins = PinSource::new(args.pin_stdin);
    set_pin(session, &pins, key, args.remove).await?;
    output.notice(&match args.remove {
        true => format!("Removed the PIN of key {}", describe(key)),
        false => format!("Changed the PIN of key {}", describe(key)),
    })
}

async fn set_pin(
    session: &Session,
    pins: &PinSource,
    key: &KeyInfo,
    remove: bool,
) -> Result<(), Failure> {
    let whose = in_question(key);
    let what = match remove {
        true => "cannot remove the PIN",
        false => "cannot change the PIN",
    };
    let mut present = pins.present(&whose).await?;
    let new = match remove {
        true => None,
        false => Some(pins.new_one(&whose).await?),
    };
    let mut tries = pins.tries();
    loop {
        let call = async |keys: &_| set(keys, key, &present, new.as_ref()).await;
        tries = tries.saturating_sub(1);
        match session.attempt(what, call).await? {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::WrongPin && tries > 0 => warn(error.text()),
            Err(error) => return Err(Failure::from_broker(what, &error)),
        }
        present = pins.present(&whose).await?;
    }
}

async fn set(
    keys: &KeysProxy<'static>,
    key: &KeyInfo,
    present: &Pin,
    new: Option<&Pin>,
) -> Result<(), Error> {
    let present = pin::send(keys, present).await?;
    let mut options = Options::from([(option::PIN, Variant::from(present))]);
    if let Some(new) = new {
        let new = pin::send(keys, new).await?;
        options.insert(option::NEW_PIN, Variant::from(new));
    }
    Ok(keys.set_pin(&key.fingerprint, &options).await?)
}
