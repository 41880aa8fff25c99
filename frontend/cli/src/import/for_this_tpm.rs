//! A key that another machine wrapped for this TPM: `sshtpm import FILE.tpm`.
//!
//! The private key stays encrypted: this command hands on what it read.

use sshtpm_duplicate::{Duplicate, OfFile, Parent};
use sshtpm_key_file::tss2::Tss2File;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::text::printable;

use super::afterwards;
use super::already_there::{in_the_place_of, lost};
use super::source::Source;
use super::tpm::{Wanted, Wrapped};
use crate::args::ImportArgs;
use crate::error::Failure;
use crate::output::Output;
use crate::own_parent;
use crate::parent_name::ParentName;
use crate::person;
use crate::restrictions::Restrictions;
use crate::session::Session;

/// Imports the key in `bytes`.
///
/// # Errors
///
/// An option makes no sense for such a key, the file is damaged, of another form or for another
/// TPM, or the broker refuses.
pub(super) async fn run(
    session: &Session,
    output: Output,
    args: &ImportArgs,
    source: &Source,
    bytes: &[u8],
) -> Result<(), Failure> {
    is_usable_with(args)?;
    let restrictions = Restrictions::of(&args.restrictions).await?;
    let file = read(source, bytes)?;
    let own = own_parent::read(session, &source.cannot()).await?;
    if let Some(parent) = &file.parent {
        is_for(source, parent, &own)?;
    }
    let fingerprint = Fingerprint::of(&file.key);
    let lost = lost(session, source, &fingerprint).await?;
    let comment = args
        .comment
        .clone()
        .or_else(|| Some(lost.as_ref()?.comment.clone()));
    let wanted = Wanted {
        comment: comment.unwrap_or_else(|| comment_of(&file)),
        owner: None,
        pin: None,
        pcrs: None,
        restrictions: Some(restrictions),
        backed_up: args.keep_file,
        rebinds: false,
    };
    output.notice(&about(&file, &fingerprint, &wanted.comment))?;
    if let Some(lost) = &lost {
        output.notice(&in_the_place_of(lost))?;
    }
    let wrapped = Wrapped::elsewhere(file.duplicate, &fingerprint);
    let imported = wrapped.import(session, source, &wanted).await?;
    afterwards::tell(output, source, &imported)?;
    afterwards::delete_wrapped(output, source, args.keep_file).await
}

fn is_usable_with(args: &ImportArgs) -> Result<(), Failure> {
    let unfit = [
        (
            args.passphrase_stdin,
            "--passphrase-stdin",
            "has no passphrase",
        ),
        (
            args.pin.pin,
            "--pin",
            "has the PIN that it got on the other machine, or none",
        ),
        (
            args.pin.pin_stdin,
            "--pin-stdin",
            "has the PIN that it got on the other machine, or none",
        ),
        (
            !args.also_for.also_for.is_empty(),
            "--also-for",
            "is encrypted for this TPM alone",
        ),
        (
            args.pcrs.pcrs.is_some(),
            "--pcr",
            "was encrypted on the other machine, without a policy",
        ),
    ];
    match unfit.into_iter().find(|(is_given, ..)| *is_given) {
        Some((_, option, why)) => Err(Failure::Usage(format!(
            "{option} cannot be used: the key in this file {why}"
        ))),
        None => Ok(()),
    }
}

fn read(source: &Source, bytes: &[u8]) -> Result<OfFile, Failure> {
    let failed = |why: &dyn std::fmt::Display| Failure::new(source.cannot(), why);
    let again = "Have the file made anew on the other machine, with `sshtpm import --also-for`.";
    match Tss2File::read(bytes).map_err(|error| failed(&error).and_next(again))? {
        Tss2File::Importable(file) => {
            Duplicate::of_file(file).map_err(|error| failed(&error).and_next(again))
        }
        Tss2File::Loadable => Err(failed(
            &"its private key was made in a TPM, and can only be loaded there (a loadable TSS2 \
              PRIVATE KEY)",
        )
        .and_next("Take it over with `sshtpm adopt`, or make a new key with `sshtpm keygen`.")),
    }
}

/// Whether the parent that a file names is that of this machine.
fn is_for(source: &Source, parent: &Parent, own: &Parent) -> Result<(), Failure> {
    if parent.name() == own.name() {
        return Ok(());
    }
    let (parent, own) = (ParentName::of(parent), ParentName::of(own));
    let why = format!(
        "it was made for another TPM. The fingerprint of that one is\n{parent}\n\
         and the fingerprint of the TPM of this machine is\n{own}"
    );
    Err(Failure::new(source.cannot(), why).and_next(
        "Import it on the machine for which it was made. For this one, run `sshtpm parent` here, \
         and `sshtpm import --also-for` where the private key is.",
    ))
}

fn comment_of(file: &OfFile) -> String {
    match file.comment.is_empty() {
        true => person::default_comment(),
        false => file.comment.clone(),
    }
}

fn about(file: &OfFile, fingerprint: &Fingerprint, comment: &str) -> String {
    let pin = match file.has_pin {
        true => ", which has the PIN that it got on the other machine",
        false => "",
    };
    format!(
        "Importing {} key {fingerprint} {}{pin}",
        file.key.algorithm(),
        printable(comment)
    )
}
