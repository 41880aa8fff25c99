//! `sshtpm import`: moves a private key from a file, or from paper, into the TPM.
//!
//! Purpose: read the file, have a person give its passphrase, wrap the private key for the TPM, and
//! for those of other machines, and have the broker import it; or bind a key anew that the TPM has.
//!
//! May touch: the file, the terminal, the broker, the file with the public half, and files for
//! other machines. Only this part and what uses it (`host-keys import`, `keygen --backup` and
//! `--also-for`) have a private key in memory. Must never send one before it is wrapped, nor a
//! passphrase at all; must never delete a file without a person's yes.
//!
//! Specs: TPM 2.0 Part 3, `TPM2_Import`.

mod afterwards;
mod already_there;
mod also_for;
mod for_this_tpm;
pub(crate) mod made;
mod paper;
mod passphrase;
mod read_file;
pub(crate) mod rebind;
mod recipient;
mod source;
mod tpm;
mod wrapped;

use sshtpm_dbus::KeyInfo;
use sshtpm_key_file::tss2::Tss2File;
use sshtpm_key_file::{KeyFile, PrivateKey};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::text::printable;

use self::already_there::{Before, in_the_place_of, lost};
pub(crate) use self::also_for::OtherMachines;
pub(crate) use self::passphrase::MAX_PASSPHRASE_BYTES;
use self::passphrase::Passphrases;
pub(crate) use self::source::{Source, hide_from_others};
pub(crate) use self::tpm::{Wanted, Wrapped, into_tpm};
use super::args::ImportArgs;
use super::ask_pin::PinSource;
use super::error::Failure;
use super::output::Output;
use super::restrictions::Restrictions;
use super::session::Session;
use super::{age, bound, nobody, person, raw};
use zeroize::Zeroizing;

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
    bound::go_together(&args.pcrs, &args.also_for)?;
    let source = Source::of(args)?;
    let restrictions = Restrictions::of(&args.restrictions).await?;
    raw::tell_before(output, &restrictions)?;
    let (file, is_backup) = read(&source, args).await?;
    if Tss2File::is_one(&file) {
        return for_this_tpm::run(session, output, args, &source, &file).await;
    }
    let file = KeyFile::read(&file).map_err(|error| source.refused(&error))?;
    let others = OtherMachines::of(session, &args.also_for).await?;
    if others.is_empty()
        && let Some(public) = file.public()
    {
        lost(session, &source, &Fingerprint::of(&public)).await?;
    }
    let passphrases = Passphrases::new(args.passphrase_stdin);
    let key = passphrases.open(&source, file, output).await?;
    let before = Before::of(session, &source, &key, &others).await?;
    nobody::warn_before(args.pin.is_wanted(), restrictions.confirm == Some(true));
    let pin = PinSource::new_if(&args.pin, &"the imported key".into()).await?;
    let comment = args.comment.clone();
    // A backup that was needed once may be needed again.
    let is_kept = args.keep_file || before.lost().is_some_and(|lost| lost.backed_up);
    let wanted = Wanted {
        comment: comment.unwrap_or_else(|| comment_of(&key, before.lost())),
        owner: None,
        pin,
        pcrs: args.pcrs.pcrs,
        restrictions: Some(restrictions),
        backed_up: is_kept || is_backup || !others.is_empty(),
        rebinds: false,
    };
    match &before {
        Before::There => {
            output.notice("The TPM of this machine has the key already.")?;
            return others.alone(output, &key, &wanted);
        }
        Before::Nothing => output.notice(&about(&key, &wanted.comment))?,
        Before::Lost(lost) => {
            output.notice(&about(&key, &wanted.comment))?;
            output.notice(&in_the_place_of(lost))?;
        }
    }
    let imported = others.and_this(session, &source, &key, &wanted).await?;
    drop(key);
    afterwards::tell(output, &source, &imported)?;
    others.tell(output)?;
    match is_backup {
        true => output.notice("The backup stays what it is: keep it locked away."),
        false => afterwards::delete(output, &source, is_kept).await,
    }
}

/// A key file, and whether it comes from what is a backup and nothing else.
async fn read(source: &Source, args: &ImportArgs) -> Result<(Zeroizing<Vec<u8>>, bool), Failure> {
    if args.paper {
        return Ok((paper::read(source).await?, true));
    }
    let file = source.read().await?;
    if age::is_one(&file) {
        return Ok((recipient::decrypt(source, args, &file).await?, true));
    }
    if args.age_identity.is_some() {
        let next = "Leave --age-identity out.";
        return Err(Failure::new(source.cannot(), "age did not encrypt it").and_next(next));
    }
    // What is wrapped for a TPM is no private key for those who read it.
    if !Tss2File::is_one(&file) {
        source.warn_of_readers();
    }
    Ok((file, false))
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

/// That of the lost key, or else the comment in the file, or the one that ssh-keygen would choose.
fn comment_of(key: &PrivateKey, lost: Option<&KeyInfo>) -> String {
    match (lost, key.comment.is_empty()) {
        (Some(lost), _) => lost.comment.clone(),
        (None, true) => person::default_comment(),
        (None, false) => key.comment.clone(),
    }
}
