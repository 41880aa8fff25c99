//! `sshtpm rebind`: binds a key to the present values of PCRs, from its backup.
//!
//! The broker keeps the earlier form of the key until the TPM has the new one.

use sshtpm_dbus::KeyInfo;
use sshtpm_key_file::tss2::Tss2File;
use sshtpm_key_file::{KeyFile, PrivateKey};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::pcr::PcrSelection;

use super::passphrase::Passphrases;
use super::read;
use super::source::{Source, hide_from_others};
use super::tpm::{Wanted, into_tpm};
use crate::args::{ImportArgs, NewPinArgs, RebindArgs};
use crate::ask_pin::PinSource;
use crate::error::Failure;
use crate::key_selector::{KeySelector, describe};
use crate::key_state::is_lost;
use crate::nobody;
use crate::output::Output;
use crate::session::Session;

/// Runs the command.
///
/// # Errors
///
/// No single bound key is meant, the backup has another one or cannot be read, or the broker
/// refuses. The key is what it was then.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &RebindArgs,
) -> Result<(), Failure> {
    hide_from_others();
    let keys = session.list(None).await?;
    let key = KeySelector::new(&args.key).find(&keys, None)?;
    let pcrs = pcrs(key, args.pcrs)?;
    let import = args.import(pcrs);
    let source = Source::of(&import)?;
    let private = open(output, &source, &import, key).await?;
    let has_pin = has_pin(&args.pin, key);
    nobody::warn_before(has_pin, key.confirm);
    let new_pin = NewPinArgs {
        pin: has_pin,
        ..args.pin.clone()
    };
    let wanted = Wanted {
        comment: key.comment.clone(),
        owner: None,
        pin: PinSource::new_if(&new_pin, &"the imported key".into()).await?,
        pcrs: Some(pcrs),
        restrictions: None,
        backed_up: true,
        rebinds: true,
    };
    output.notice(&format!(
        "Binding key {} to the PCRs {pcrs}.",
        describe(key)
    ))?;
    into_tpm(session, &source, &private, &wanted).await?;
    output.notice(
        "It is bound to the values that they have now, and keeps its fingerprint, rules and \
         certificates. The backup stays what it is: keep it locked away.",
    )
}

/// A PIN of before is in the TPM alone, so it has to be given again.
fn has_pin(args: &NewPinArgs, key: &KeyInfo) -> bool {
    args.is_wanted() || key.pin
}

/// What `key` is to be bound to.
fn pcrs(key: &KeyInfo, wanted: Option<PcrSelection>) -> Result<PcrSelection, Failure> {
    let cannot = |why| Failure::new(format!("cannot bind key {}", describe(key)), why);
    if is_lost(key) {
        let next = "`sshtpm recover` says how it comes back.";
        return Err(cannot("the key is lost: the TPM was cleared or replaced").and_next(next));
    }
    let now = key.pcrs.parse().map_err(|_| {
        cannot("it is not bound to PCRs, and cannot be bound later").and_next(
            "To bind it, delete it with `sshtpm rm` and import its backup with `sshtpm import \
             --pcr`.",
        )
    })?;
    Ok(wanted.unwrap_or(now))
}

/// The private key of `key` in the backup.
async fn open(
    output: Output,
    source: &Source,
    args: &ImportArgs,
    key: &KeyInfo,
) -> Result<PrivateKey, Failure> {
    let (bytes, _) = read(source, args).await?;
    if Tss2File::is_one(&bytes) {
        let why = "it is encrypted for a TPM, without a policy";
        let next = "Take the backup that was made with the key, or the file that it came from.";
        return Err(Failure::new(source.cannot(), why).and_next(next));
    }
    let file = KeyFile::read(&bytes).map_err(|error| source.refused(&error))?;
    if let Some(public) = file.public() {
        is_it(source, key, &Fingerprint::of(&public))?;
    }
    let passphrases = Passphrases::new(args.passphrase_stdin);
    let private = passphrases.open(source, file, output).await?;
    is_it(source, key, &Fingerprint::of(&private.private.public()))?;
    Ok(private)
}

/// Whether the backup has `key`, and not another one.
fn is_it(source: &Source, key: &KeyInfo, found: &Fingerprint) -> Result<(), Failure> {
    if key.fingerprint == found.to_string() {
        return Ok(());
    }
    let why = format!("it has another key, {found}, and not {}", describe(key));
    let next = "Name the backup of this key, or the other key.";
    Err(Failure::new(source.cannot(), why).and_next(next))
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::{KeyInfo, WireWord};
    use sshtpm_ssh::tpm::KeyState;

    use super::{has_pin, pcrs};
    use crate::args::NewPinArgs;
    use crate::key_listing::example_key;

    fn bound() -> KeyInfo {
        KeyInfo {
            pcrs: "0+7:sha256".to_owned(),
            ..example_key()
        }
    }

    #[test]
    fn a_key_is_bound_to_the_pcrs_of_before_unless_others_are_named() {
        let selection = |text: &str| text.parse().unwrap();
        assert_eq!(pcrs(&bound(), None).unwrap(), selection("0+7"));
        let others = pcrs(&bound(), Some(selection("7")));
        assert_eq!(others.unwrap(), selection("7"));
    }

    #[test]
    fn keys_that_are_lost_or_not_bound_are_told_what_helps() {
        let lost = KeyInfo {
            state: WireWord(KeyState::Lost),
            ..bound()
        };
        let told = |key: &KeyInfo| pcrs(key, None).unwrap_err().to_string();
        assert!(told(&lost).contains("`sshtpm recover`"));
        assert!(told(&example_key()).contains("`sshtpm import --pcr`"));
    }

    #[test]
    fn a_key_with_a_pin_is_given_one_again() {
        let with_pin = KeyInfo {
            pin: true,
            ..bound()
        };
        assert!(has_pin(&NewPinArgs::default(), &with_pin));
        assert!(!has_pin(&NewPinArgs::default(), &bound()));
    }
}
