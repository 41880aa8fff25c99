//! Files with a key for other machines: `--also-for`.
//!
//! Purpose: have each parent key of another machine compared, and write the key, wrapped for it.
//! Only the TPM with that parent can read such a file.
//!
//! May touch: the files that `--also-for` names, for reading, and those that are written. Must
//! never write for a parent whose fingerprint was not compared, or over a file that is there.

mod parent_file;
mod written;

use std::path::PathBuf;

use rand_core::OsRng;
use sshtpm_client::pin::Pin;
use sshtpm_dbus::KeyInfo;
use sshtpm_duplicate::{Parent, wrap};
use sshtpm_key_file::PrivateKey;

use self::parent_file::{compare, read};
pub(crate) use self::written::Written;
use self::written::{files, is_free};
use super::source::Source;
use super::tpm::{Wanted, Wrapped};
use crate::args::AlsoForArgs;
use crate::atomic_file::{self, Existing};
use crate::error::Failure;
use crate::output::Output;
use crate::own_parent;
use crate::parent_name::ParentName;
use crate::session::Session;
use crate::shell_word::shell_word;

/// Permission bits of these files, as ssh-keygen has them for private keys.
const FILE_MODE: u32 = 0o600;

/// Machines that are to have a key, too.
#[derive(Debug)]
pub(crate) struct OtherMachines(Vec<Recipient>);

/// One of them.
#[derive(Debug)]
struct Recipient {
    parent: Parent,
    name: ParentName,
    file: PathBuf,
}

impl OtherMachines {
    /// Reads what the command line names, and has a person compare it.
    ///
    /// # Errors
    ///
    /// A file has no parent key of another TPM, its fingerprint is another one or was not
    /// compared, or a file that is to be written is there.
    pub(crate) async fn of(session: &Session, args: &AlsoForArgs) -> Result<Self, Failure> {
        let mut recipients = Vec::new();
        let files = files(args).map_err(Failure::Usage)?;
        for (machine, file) in args.also_for.iter().zip(files) {
            is_free(&file)?;
            let parent = read(&machine.file)?;
            let name = ParentName::of(&parent);
            compare(machine, &name).await?;
            let recipient = Recipient { parent, name, file };
            recipients.push(recipient);
        }
        if !recipients.is_empty() {
            let own = own_parent::read(session, "cannot look at the TPM of this machine").await?;
            are_others(&recipients, &ParentName::of(&own))?;
        }
        Ok(Self(recipients))
    }

    /// No other machine.
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes a file for each, and has the broker of this machine import the key.
    ///
    /// # Errors
    ///
    /// A file cannot be written, or the broker does not import the key; then no file is left.
    pub(crate) async fn and_this(
        &self,
        session: &Session,
        source: &Source,
        key: &PrivateKey,
        wanted: &Wanted<'_>,
    ) -> Result<KeyInfo, Failure> {
        // First, because it fails if no TPM is in use.
        let wrapped = Wrapped::of(session, source, key, wanted).await?;
        let written = self.write(key, wanted)?;
        let imported = wrapped.import(session, source, wanted).await?;
        written.keep();
        Ok(imported)
    }

    /// Writes a file for each, of a key that this machine has already, and says so.
    ///
    /// # Errors
    ///
    /// A file cannot be written; then none is left.
    pub(crate) fn alone(
        &self,
        output: Output,
        key: &PrivateKey,
        wanted: &Wanted<'_>,
    ) -> Result<(), Failure> {
        let written = self.write(key, wanted)?;
        written.keep();
        self.tell(output)
    }

    /// Writes a file for each. They are removed unless they are kept.
    ///
    /// # Errors
    ///
    /// One of them cannot be written; then none is left.
    pub(crate) fn write(&self, key: &PrivateKey, wanted: &Wanted<'_>) -> Result<Written, Failure> {
        let mut written = Written(Vec::new());
        for recipient in &self.0 {
            recipient.write(key, wanted.pin.as_ref(), &wanted.comment)?;
            written.0.push(recipient.file.clone());
        }
        Ok(written)
    }

    /// Says what was written, and what to do with it.
    ///
    /// # Errors
    ///
    /// Nothing can be printed.
    pub(crate) fn tell(&self, output: Output) -> Result<(), Failure> {
        self.0.iter().try_for_each(|recipient| {
            let Recipient { name, file, .. } = recipient;
            let word = file
                .file_name()
                .map_or_else(|| shell_word(file), shell_word);
            output.notice(&format!(
                "{} has the key for the TPM with the fingerprint\n{name}\n\
                 No other TPM can read it. Copy it to that machine, and run there: sshtpm import \
                 {word}",
                file.display()
            ))
        })
    }
}

impl Recipient {
    fn write(&self, key: &PrivateKey, pin: Option<&Pin>, comment: &str) -> Result<(), Failure> {
        let cannot = |why: &dyn std::fmt::Display| {
            Failure::new(format!("cannot write {}", self.file.display()), why)
        };
        let wrapped = wrap(&key.private, pin.map(Pin::bytes), &self.parent, &mut OsRng);
        let wrapped = wrapped.map_err(|error| cannot(&error))?;
        let text = wrapped.to_file(&self.parent, comment);
        let text = text.map_err(|error| cannot(&error))?;
        atomic_file::write(&self.file, text.as_bytes(), FILE_MODE, Existing::Keep)
            .map_err(|error| cannot(&error))
    }
}

/// A file for this machine would count as a copy elsewhere, and be none.
fn are_others(recipients: &[Recipient], own: &ParentName) -> Result<(), Failure> {
    let mut names: Vec<&ParentName> = vec![own];
    for recipient in recipients {
        if names.contains(&&recipient.name) {
            let what = format!("cannot write {}", recipient.file.display());
            let why = "its parent key is that of this machine, or is named twice";
            return Err(
                Failure::new(what, why).and_next("Run `sshtpm parent` on the other machine.")
            );
        }
        names.push(&recipient.name);
    }
    Ok(())
}
