//! `sshtpm adopt`: takes over keys that another program made in the TPM.
//!
//! Purpose: read what the other program kept, have a person give the password of the key, and have
//! the broker adopt it.
//!
//! May touch: files of keys, a store of tpm2-pkcs11, the terminal and the broker; and for a store
//! tpm2-tools, as the user. Must never change or delete what the other program keeps, nor put a
//! password into a message.
//!
//! Specs: ASN.1 Specification for TPM 2.0 Key Files; TPM 2.0 Part 3, `TPM2_Load`.

mod found;
mod into_tpm;
mod kept_key;
mod key_file;
mod pkcs11;

use std::path::Path;

use sshtpm_client::pin::Pin;
use sshtpm_dbus::{HOST_USER, KeyInfo};
use sshtpm_key_file::tss2::Loadable;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::text::printable;
use sshtpm_ssh::words::Words;

pub(crate) use self::found::notice;
use self::into_tpm::{Wanted, into_tpm};
use self::kept_key::KeptKey;
use super::args::AdoptArgs;
use super::ask_pin::PinSource;
use super::error::Failure;
use super::import::hide_from_others;
use super::output::Output;
use super::restrictions::Restrictions;
use super::session::Session;
use super::{lockout_note, nobody, person, raw};

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
    // The key of a token opens all authorization values in a store.
    hide_from_others();
    let restrictions = Restrictions::of(&args.restrictions).await?;
    raw::tell_before(output, &restrictions)?;
    let pins = PinSource::new(args.password_stdin);
    let mut found = match &args.tpm2_pkcs11 {
        Some(store) => pkcs11::keys(output, &pins, store.as_deref()).await?,
        None => Vec::new(),
    };
    let mut failures = Vec::new();
    for file in &args.files {
        match key_file::read(file).await {
            Ok(key) => found.push(KeptKey {
                name: file.display().to_string(),
                key,
                password: None,
            }),
            Err(failure) => failures.push(failure),
        }
    }
    if args.comment.is_some() && found.len() > 1 {
        let why = "--comment names one key, and there are several";
        return Err(Failure::Usage(why.to_owned()));
    }
    for kept in &found {
        let adopted = one(session, output, args, (&pins, &restrictions), kept);
        failures.extend(adopted.await.err());
    }
    // A key that cannot be taken over must not keep the others out.
    let last = failures.pop();
    for failure in failures {
        failure.report();
    }
    last.map_or(Ok(()), Err)
}

/// Has the broker adopt the key in `file` as a host key.
///
/// # Errors
///
/// The file has none, the key has a password, or the broker refuses.
pub(crate) async fn host_key(session: &Session, file: &Path) -> Result<KeyInfo, Failure> {
    let name = file.display().to_string();
    let key = key_file::read(file).await?;
    if key.has_password {
        let why = "it has a password, and nobody is there to give one when sshd signs";
        return Err(Failure::new(
            format!("cannot adopt {}", printable(&name)),
            why,
        ));
    }
    let wanted = Wanted {
        comment: match key.description.as_str() {
            "" => person::at_this_host("root"),
            description => description.to_owned(),
        },
        owner: Some(HOST_USER),
        restrictions: None,
        present: None,
        new: None,
    };
    let password = None;
    into_tpm(
        session,
        &KeptKey {
            name,
            key,
            password,
        },
        &wanted,
    )
    .await
}

async fn one(
    session: &Session,
    output: Output,
    args: &AdoptArgs,
    (pins, restrictions): (&PinSource, &Restrictions),
    kept: &KeptKey,
) -> Result<(), Failure> {
    let present = password(pins, kept).await?;
    let new = new_pin(args, pins, kept, present.as_ref()).await?;
    nobody::warn_before(new.is_some(), restrictions.confirm == Some(true));
    let wanted = Wanted {
        comment: comment(args, &kept.key),
        owner: None,
        restrictions: Some(restrictions),
        present,
        new,
    };
    let adopted = into_tpm(session, kept, &wanted).await?;
    tell(output, kept, &adopted)
}

fn comment(args: &AdoptArgs, key: &Loadable) -> String {
    match &args.comment {
        Some(comment) => comment.clone(),
        None if key.description.is_empty() => person::default_comment(),
        None => key.description.clone(),
    }
}

/// The password of the key, if it has one. It is asked for once: a wrong one counts at the TPM.
async fn password(pins: &PinSource, kept: &KeptKey) -> Result<Option<Pin>, Failure> {
    match (&kept.password, kept.key.has_password) {
        (Some(known), _) => Ok(Some(known.clone())),
        (None, false) => Ok(None),
        (None, true) => {
            let question = Words::from("Password of ").and(Quoted::new(&kept.name));
            pins.ask(question.and(": ")).await.map(Some)
        }
    }
}

/// The PIN that the key gets: a new one, or else the password that its owner knows.
async fn new_pin(
    args: &AdoptArgs,
    pins: &PinSource,
    kept: &KeptKey,
    present: Option<&Pin>,
) -> Result<Option<Pin>, Failure> {
    if args.pin {
        let whose = Words::from("the key in ").and(Quoted::new(&kept.name));
        return pins.new_one(&whose).await.map(Some);
    }
    let stays = !args.no_pin && kept.password.is_none();
    Ok(present.filter(|_| stays).cloned())
}

fn tell(output: Output, kept: &KeptKey, key: &KeyInfo) -> Result<(), Failure> {
    output.notice(&format!(
        "sshtpm has the key now: {} {}\n\
         Its fingerprint is the same, so authorized_keys stays as it is.\n\
         {} is unchanged: while you are in group tss, the other program can use it, too.",
        printable(&key.fingerprint),
        printable(&key.comment),
        printable(&kept.name)
    ))?;
    if key.pin {
        output.notice("Its password is its PIN now, unless you gave it a new one.")?;
    }
    match lockout_note::of(key) {
        Some(note) => output.notice(note),
        None => Ok(()),
    }
}
