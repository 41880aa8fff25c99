//! Backups of a key that is being made: `sshtpm keygen --backup` and what belongs to it.
//!
//! Purpose: make the private key in this process, write its backups, try them, and only then have
//! the broker import the key. A command that is killed leaves backups without a key in the TPM, or
//! both; never a key without its backups.
//!
//! May touch: the files of the backups, the terminal, the broker. Must never write a private key
//! that is not encrypted, nor replace a file.

mod files;
mod left;
mod passphrase;
mod plan;

use sshtpm_dbus::KeyInfo;

use self::left::Left;
pub(crate) use self::passphrase::Passphrase;
pub(crate) use self::plan::Plan;
use super::algorithm::Algorithm;
use super::error::Failure;
use super::import::{OtherMachines, Source, Wanted, Wrapped, made};
use super::output::Output;
use super::session::Session;

/// A key that is to have backups.
#[derive(Debug)]
pub(crate) struct NewKey<'a> {
    /// Its kind.
    pub(crate) algorithm: Algorithm,
    /// What becomes of it.
    pub(crate) wanted: Wanted<'a>,
}

/// Makes a key with the backups of `plan` and files for other machines, and has the broker import
/// it.
///
/// # Errors
///
/// Anything but a key in the TPM and its backups. What there is then is said.
pub(crate) async fn make(
    session: &Session,
    output: Output,
    new: &NewKey<'_>,
    (plan, passphrase, others): (&Plan, Option<Passphrase>, &OtherMachines),
) -> Result<KeyInfo, Failure> {
    let kind = made::kind(new.algorithm)?;
    made::fits(session, new.algorithm).await?;
    output.notice(&format!(
        "Making a key with a backup ({}), to be {} the TPM.",
        new.algorithm,
        new.algorithm.place()
    ))?;
    let key = made::key(kind, &new.wanted.comment);
    let source = Source::made();
    // First, because it fails if no TPM is in use.
    let private = key.key();
    let wrapped = Wrapped::of(session, &source, &private, &new.wanted).await?;
    let work = files::write(key, plan.clone(), passphrase);
    output.busy("Encrypting the backup", work).await?;
    let left = Left::new(plan);
    let written = others.write(&private, &new.wanted)?;
    let imported = wrapped.import(session, &source, &new.wanted).await?;
    written.keep();
    left.are_two();
    Ok(imported)
}
