//! `sshtpm import`: moves a private key from a file into the TPM.
//!
//! Purpose: read the file, have a person give its passphrase, wrap the private key for the TPM, and
//! have the broker import it.
//!
//! May touch: the file, the terminal, the broker, and the file with the public half. Only this part
//! and `host-keys import`, which uses it, have a private key in memory. Must never send one before
//! it is wrapped, nor a passphrase at all; must never delete a file without a person's yes.
//!
//! Specs: TPM 2.0 Part 3, `TPM2_Import`.

mod afterwards;
mod passphrase;
mod read_file;
mod source;
mod tpm;
mod wrapped;

use sshtpm_key_file::{KeyFile, PrivateKey};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::text::printable;

use self::passphrase::Passphrases;
pub(crate) use self::source::{Source, hide_from_others};
pub(crate) use self::tpm::{Wanted, into_tpm};
use super::args::{ImportArgs, NewPinArgs};
use super::ask_pin::PinSource;
use super::error::Failure;
use super::key_selector::describe;
use super::output::Output;
use super::restrictions::Restrictions;
use super::session::Session;
use super::{nobody, person};
use sshtpm_client::pin::Pin;

/// Runs the command.
///
/// # Errors
///
/// Anything but a key in the TPM.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &ImportArgs,
) -> Result<(), Failure> {
    hide_from_others();
    let source = Source::of(args)?;
    let restrictions = Restrictions::of(&args.restrictions).await?;
    let file = source.read().await?;
    source.warn_of_readers();
    let file = KeyFile::read(&file).map_err(|error| source.refused(&error))?;
    if let Some(public) = file.public() {
        is_new(session, &source, &Fingerprint::of(&public)).await?;
    }
    let passphrases = Passphrases::new(args.passphrase_stdin);
    let key = passphrases.open(&source, file, output).await?;
    is_new(session, &source, &Fingerprint::of(&key.private.public())).await?;
    let has_pin = args.pin.pin || args.pin.pin_stdin;
    nobody::warn_before(has_pin, restrictions.confirm == Some(true));
    let pin = pin(&args.pin).await?;
    let comment = args.comment.clone();
    let wanted = Wanted {
        comment: comment.unwrap_or_else(|| comment_of(&key)),
        owner: None,
        pin,
        pcrs: args.pcrs.pcrs,
        restrictions: Some(restrictions),
        backed_up: args.keep_file,
    };
    output.notice(&about(&key, &wanted.comment))?;
    let imported = into_tpm(session, &source, &key, &wanted).await?;
    drop(key);
    afterwards::tell(output, &source, &imported)?;
    afterwards::delete(output, &source, args.keep_file).await
}

/// What is said before `key` is imported under this name.
pub(crate) fn about(key: &PrivateKey, comment: &str) -> String {
    let public = key.private.public();
    let (algorithm, fingerprint) = (public.algorithm(), Fingerprint::of(&public));
    format!(
        "Importing {algorithm} key {fingerprint} {}",
        printable(comment)
    )
}

/// The comment in the file, or the one that ssh-keygen would choose.
fn comment_of(key: &PrivateKey) -> String {
    match key.comment.is_empty() {
        true => person::default_comment(),
        false => key.comment.clone(),
    }
}

async fn pin(args: &NewPinArgs) -> Result<Option<Pin>, Failure> {
    if !(args.pin || args.pin_stdin) {
        return Ok(None);
    }
    let pins = PinSource::new(args.pin_stdin);
    pins.new_one(&"the imported key".into()).await.map(Some)
}

/// Makes sure that the caller does not have the key in the TPM already.
async fn is_new(
    session: &Session,
    source: &Source,
    fingerprint: &Fingerprint,
) -> Result<(), Failure> {
    let fingerprint = fingerprint.to_string();
    let keys = session.list(None).await?;
    match keys.iter().find(|key| key.fingerprint == fingerprint) {
        None => Ok(()),
        Some(key) => {
            let why = format!("this key is in the TPM already: {}", describe(key));
            let next = "To import it anew, delete it first with `sshtpm rm`.";
            Err(Failure::new(source.cannot(), why).and_next(next))
        }
    }
}
