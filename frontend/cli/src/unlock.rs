//! `sshtpm unlock`: gives the broker the PINs of keys, to be remembered for a while.

use sshtpm_dbus::{Error, KeyInfo, option};
use sshtpm_ssh::error_kind::ErrorKind;
use zbus::Variant;

use super::args::UnlockArgs;
use super::ask_pin::PinSource;
use super::error::Failure;
use super::key_selector::{describe, find_all, in_question};
use super::key_state::is_locked;
use super::output::{Output, warn};
use super::session::{Options, Session};
use sshtpm_client::pin;

/// Runs the command.
///
/// # Errors
///
/// A name means no single key, a PIN is not given or wrong, or the broker refuses.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &UnlockArgs,
) -> Result<(), Failure> {
    let keys = session.list(None).await?;
    let meant = meant(&args.keys, &keys)?;
    if meant.is_empty() {
        return output.notice("None of your keys is locked.");
    }
    let pins = PinSource::new(args.pin_stdin);
    let mut result = Ok(());
    for key in meant {
        match unlock(session, &pins, key, args.time.map(|time| time.seconds())).await {
            Ok(()) => output.notice(&format!("Unlocked key {}", describe(key)))?,
            // Another key may be wanted all the same.
            Err(Failure::Declined) => result = Err(Failure::Declined),
            Err(failure) => return Err(failure),
        }
    }
    result
}

/// The keys that are named; without a name all that are locked.
fn meant<'k>(names: &[String], keys: &'k [KeyInfo]) -> Result<Vec<&'k KeyInfo>, Failure> {
    if names.is_empty() {
        return Ok(keys.iter().filter(|key| is_locked(key)).collect());
    }
    let meant = find_all(names, keys, None)?;
    match meant.iter().find(|key| !key.pin) {
        Some(key) => Err(without_pin("unlock", key)),
        None => Ok(meant),
    }
}

/// What to say where a PIN is meant and `key` has none.
pub(crate) fn without_pin(verb: &str, key: &KeyInfo) -> Failure {
    Failure::new(
        format!("cannot {verb} key {}", describe(key)),
        "the key has no PIN, and a PIN cannot be added",
    )
    .and_next("`sshtpm keygen --pin` makes a key with a PIN.")
}

async fn unlock(
    session: &Session,
    pins: &PinSource,
    key: &KeyInfo,
    seconds: Option<u32>,
) -> Result<(), Failure> {
    let what = format!("cannot unlock key {}", describe(key));
    let options: Options<'_> = seconds
        .map(|seconds| (option::SECONDS, Variant::from(seconds)))
        .into_iter()
        .collect();
    let mut tries = pins.tries();
    loop {
        let pin = pins.present(&in_question(key)).await?;
        let call = async |keys: &_| -> Result<(), Error> {
            let number = pin::send(keys, &pin).await?;
            Ok(keys.unlock(&key.fingerprint, number, &options).await?)
        };
        tries = tries.saturating_sub(1);
        match session.attempt(&what, call).await? {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::WrongPin && tries > 0 => warn(error.text()),
            Err(error) => return Err(Failure::from_broker(what, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::meant;
    use crate::key_listing::example_key;
    use sshtpm_dbus::KeyInfo;

    fn keys() -> [KeyInfo; 3] {
        [
            ("plain", false, false),
            ("locked", true, false),
            ("unlocked", true, true),
        ]
        .map(|(comment, pin, unlocked)| KeyInfo {
            comment: comment.to_owned(),
            fingerprint: format!("SHA256:{comment}"),
            pin,
            unlocked,
            ..example_key()
        })
    }

    #[test]
    fn without_a_name_the_locked_keys_are_meant() {
        let keys = keys();
        let meant: Vec<&str> = meant(&[], &keys)
            .unwrap()
            .iter()
            .map(|key| key.comment.as_str())
            .collect();
        assert_eq!(meant, ["locked"]);
    }

    #[test]
    fn an_unlocked_key_can_be_unlocked_again_for_another_time() {
        assert_eq!(meant(&["unlocked".to_owned()], &keys()).unwrap().len(), 1);
    }

    #[test]
    fn a_key_without_a_pin_cannot_be_unlocked() {
        let text = meant(&["plain".to_owned()], &keys())
            .unwrap_err()
            .to_string();
        assert!(text.contains("has no PIN"), "{text}");
    }
}
