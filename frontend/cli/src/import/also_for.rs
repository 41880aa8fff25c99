//! Files with a key for other machines: `--also-for`.
//!
//! Purpose: have each parent key of another machine compared, and write the key, wrapped for it.
//! Only the TPM with that parent can read such a file.
//!
//! May touch: the files that `--also-for` names, for reading, and those that are written. Must
//! never write for a parent whose fingerprint was not compared, or over a file that is there.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rand_core::OsRng;
use sshtpm_client::pin::Pin;
use sshtpm_dbus::KeyInfo;
use sshtpm_duplicate::{Parent, wrap};
use sshtpm_key_file::PrivateKey;
use sshtpm_ssh::text::printable;

use super::source::Source;
use super::tpm::{Wanted, Wrapped};
use crate::args::AlsoForArgs;
use crate::atomic_file::{self, Existing};
use crate::error::Failure;
use crate::other_machine::OtherMachine;
use crate::output::{Output, advise};
use crate::own_parent;
use crate::parent_name::ParentName;
use crate::prompt;
use crate::session::Session;
use crate::shell_word::shell_word;

/// Longest file with a parent key, in bytes: one of RSA-4096 with a policy has some 900, and other
/// text may surround it.
const MAX_PARENT_FILE_BYTES: u64 = 16 * 1024;

/// How files for other machines are named.
const SUFFIX: &str = ".tpm";

/// How files with a parent key are named, if somebody names them as a public key.
const PARENT_SUFFIX: &str = "pub";

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

/// Files that are removed with this, unless they are kept.
#[derive(Debug)]
#[must_use]
pub(crate) struct Written(Vec<PathBuf>);

impl Written {
    /// Leaves the files where they are.
    pub(crate) fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for file in &self.0 {
            // What cannot be removed is of no use without the TPM that it was made for.
            let _ = fs::remove_file(file);
        }
    }
}

/// Where to write: as `-o` says, or named after the parent's file, in the current directory.
fn files(args: &AlsoForArgs) -> Result<Vec<PathBuf>, String> {
    let (machines, named) = (args.also_for.len(), args.output.len());
    if !args.output.is_empty() && named != machines {
        return Err(format!(
            "there are {machines} --also-for and {named} --output; name a file for each machine, \
             in the same order, or none"
        ));
    }
    if !args.output.is_empty() {
        return Ok(args.output.clone());
    }
    let named_after = |machine: &OtherMachine| match machine.file.file_name() {
        Some(name) => Ok(named_after(name)),
        None => Err(format!("{} is not a file", machine.file.display())),
    };
    args.also_for.iter().map(named_after).collect()
}

/// `NAME.pub` becomes `NAME.tpm`.
fn named_after(parent: &OsStr) -> PathBuf {
    let path = Path::new(parent);
    let stem = path.extension().filter(|end| *end == PARENT_SUFFIX);
    let stem = stem.and(path.file_stem()).unwrap_or(parent);
    let mut name = OsString::from(stem);
    name.push(SUFFIX);
    PathBuf::from(name)
}

fn is_free(file: &Path) -> Result<(), Failure> {
    match file.symlink_metadata() {
        Ok(_) => Err(Failure::new(
            format!("cannot write {}", file.display()),
            "there is a file of this name",
        )
        .and_next("Name another one with -o, or delete it.")),
        Err(_) => Ok(()),
    }
}

fn read(path: &Path) -> Result<Parent, Failure> {
    let cannot = |why: &dyn std::fmt::Display| {
        Failure::new(
            format!("cannot encrypt the key for {}", path.display()),
            why,
        )
    };
    let mut bytes = Vec::new();
    let opened = fs::File::open(path);
    opened
        .and_then(|file| file.take(MAX_PARENT_FILE_BYTES).read_to_end(&mut bytes))
        .map_err(|error| cannot(&error))?;
    Parent::read_file(&bytes).map_err(|error| {
        cannot(&error).and_next("Run `sshtpm parent` on that machine, and copy what it prints.")
    })
}

/// Makes sure that the parent with this name is that of the machine that is meant.
async fn compare(machine: &OtherMachine, name: &ParentName) -> Result<(), Failure> {
    let file = printable(&machine.file.display().to_string());
    let cannot = || format!("cannot encrypt the key for {file}");
    match &machine.expected {
        Some(expected) if expected == name => return Ok(()),
        Some(expected) => {
            let why = format!("its fingerprint is\n{name}\nand has to be\n{expected}");
            return Err(Failure::new(cannot(), why).and_next(
                "Run `sshtpm parent` on that machine anew. If it prints the fingerprint that you \
                 named, the file was exchanged on its way.",
            ));
        }
        None => {}
    }
    if !prompt::can_ask() {
        let why = format!("its fingerprint was not compared; it is\n{name}");
        return Err(Failure::new(cannot(), why).and_next(format!(
            "Name the fingerprint that `sshtpm parent --fingerprint` prints on that machine: \
             --also-for '{file}=FINGERPRINT'."
        )));
    }
    advise(&format!(
        "The parent key in {file} has the fingerprint\n{name}\n\
         All who can use the TPM with this parent key will have your key."
    ));
    let question = "Does `sshtpm parent --fingerprint` print the same on that machine";
    match prompt::confirm(question).await? {
        true => Ok(()),
        false => Err(Failure::Declined),
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{AlsoForArgs, Written, files};

    fn args(also_for: &[&str], output: &[&str]) -> AlsoForArgs {
        AlsoForArgs {
            also_for: also_for.iter().map(|text| text.parse().unwrap()).collect(),
            output: output.iter().map(PathBuf::from).collect(),
        }
    }

    #[test]
    fn each_machine_has_a_file_of_its_own() {
        let named = files(&args(&["/media/b.pub", "c.org"], &[])).unwrap();
        assert_eq!(named, [PathBuf::from("b.tpm"), PathBuf::from("c.org.tpm")]);
        let named = files(&args(&["b.pub", "c.pub"], &["x", "y"])).unwrap();
        assert_eq!(named, [PathBuf::from("x"), PathBuf::from("y")]);
        files(&args(&["b.pub", "c.pub"], &["x"])).unwrap_err();
        files(&args(&["b.pub"], &["x", "y"])).unwrap_err();
    }

    #[test]
    fn files_that_are_not_kept_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        for is_kept in [false, true] {
            let file = directory.path().join("b.tpm");
            std::fs::write(&file, "key").unwrap();
            let written = Written(vec![file.clone()]);
            match is_kept {
                true => written.keep(),
                false => drop(written),
            }
            assert_eq!(file.exists(), is_kept);
        }
    }
}
