//! `sshtpm adopt`: takes over keys that another program made in the TPM.
//!
//! Purpose: read what the other program kept, have a person give the password of the key, and have
//! the broker adopt it.
//!
//! May touch: the files, the terminal and the broker. Must never change or delete what the other
//! program keeps, nor put a password into a message.
//!
//! Specs: ASN.1 Specification for TPM 2.0 Key Files; TPM 2.0 Part 3, `TPM2_Load`.

mod found;
mod into_tpm;
mod key_file;

use std::path::Path;

use sshtpm_client::pin::Pin;
use sshtpm_dbus::KeyInfo;
use sshtpm_key_file::tss2::Loadable;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::text::printable;
use sshtpm_ssh::words::Words;

pub(crate) use self::found::notice;
use self::into_tpm::{Wanted, into_tpm};
use super::args::AdoptArgs;
use super::ask_pin::PinSource;
use super::error::Failure;
use super::output::Output;
use super::restrictions::Restrictions;
use super::session::Session;
use super::{lockout_note, nobody, person};

/// Runs the command.
///
/// # Errors
///
/// A key that is not in the broker's keeping afterwards.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &AdoptArgs,
) -> Result<(), Failure> {
    if args.comment.is_some() && args.files.len() > 1 {
        return Err(Failure::Usage(
            "--comment names one key, and there are several files".to_owned(),
        ));
    }
    let restrictions = Restrictions::of(&args.restrictions).await?;
    let pins = PinSource::new(args.password_stdin);
    let mut failed = None;
    for file in &args.files {
        match one(session, output, args, &pins, &restrictions, file).await {
            Ok(()) => {}
            // A key that cannot be taken over must not keep the others out.
            Err(failure) if args.files.len() > 1 => {
                failure.report();
                failed = Some(failure);
            }
            Err(failure) => return Err(failure),
        }
    }
    match failed {
        None => Ok(()),
        Some(_) => Err(Failure::new(
            "cannot adopt all keys",
            "some files were refused; the messages say why",
        )),
    }
}

async fn one(
    session: &Session,
    output: Output,
    args: &AdoptArgs,
    pins: &PinSource,
    restrictions: &Restrictions,
    file: &Path,
) -> Result<(), Failure> {
    let key = key_file::read(file).await?;
    let wanted = Wanted {
        comment: comment(args, &key),
        restrictions,
        present: password(pins, file, &key).await?,
        new: None,
    };
    let wanted = Wanted {
        new: new_pin(args, pins, file, wanted.present.as_ref()).await?,
        ..wanted
    };
    nobody::warn_before(wanted.new.is_some(), restrictions.confirm == Some(true));
    let adopted = into_tpm(session, file, &key, &wanted).await?;
    tell(output, file, &adopted)
}

fn comment(args: &AdoptArgs, key: &Loadable) -> String {
    match &args.comment {
        Some(comment) => comment.clone(),
        None if key.description.is_empty() => person::default_comment(),
        None => key.description.clone(),
    }
}

/// The password that the key has, if its file says that it has one. It is asked for once: a wrong
/// one counts at the TPM.
async fn password(pins: &PinSource, file: &Path, key: &Loadable) -> Result<Option<Pin>, Failure> {
    if !key.has_password {
        return Ok(None);
    }
    let question = Words::from("Password of ").and(named(file)).and(": ");
    pins.ask(question).await.map(Some)
}

async fn new_pin(
    args: &AdoptArgs,
    pins: &PinSource,
    file: &Path,
    present: Option<&Pin>,
) -> Result<Option<Pin>, Failure> {
    if args.no_pin {
        return Ok(None);
    }
    if args.pin {
        let whose = Words::from("the key in ").and(named(file));
        return pins.new_one(&whose).await.map(Some);
    }
    Ok(present.cloned())
}

fn named(file: &Path) -> Quoted {
    Quoted::new(&file.display().to_string())
}

fn tell(output: Output, file: &Path, key: &KeyInfo) -> Result<(), Failure> {
    let (fingerprint, name) = (printable(&key.fingerprint), file.display().to_string());
    output.notice(&format!(
        "sshtpm has the key now: {fingerprint} {}\n\
         Its fingerprint is the same, so authorized_keys stays as it is.\n\
         {} is unchanged: while you are in group tss, the other program can use it, too.",
        printable(&key.comment),
        printable(&name)
    ))?;
    if key.pin {
        output.notice("Its password is its PIN now, unless you gave it a new one.")?;
    }
    if let Some(note) = lockout_note::of(key) {
        output.notice(note)?;
    }
    Ok(())
}
