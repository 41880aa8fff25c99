//! Which backups a key is to have.
//!
//! May touch: the names of the files, to see whether they are free.

use std::io;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};
use sshtpm_ssh::text::printable;

use crate::args::BackupArgs;
use crate::atomic_file::directory_of;
use crate::error::Failure;
use crate::shell_word::shell_word;

/// Most recipients: those of age's own files have one line each, and few people share a key.
const MAX_RECIPIENTS: usize = 32;

/// The files to write; one at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// A private key file, encrypted with a passphrase.
    pub(super) file: Option<PathBuf>,
    /// A file for recipients.
    pub(super) sealed: Option<Sealed>,
    /// A page to print.
    pub(super) page: Option<PathBuf>,
}

/// A private key file that age encrypts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sealed {
    pub(super) path: PathBuf,
    /// Those who can decrypt it; one at least.
    pub(super) recipients: Vec<String>,
}

impl Plan {
    /// What the command line asks for, beside the file for the public half. `None` if it asks for
    /// nothing.
    ///
    /// # Errors
    ///
    /// A file is there already or cannot be written, or options contradict each other.
    pub(crate) fn of(args: &BackupArgs, public: &Path) -> Result<Option<Self>, Failure> {
        if args.backup_to.len() > MAX_RECIPIENTS {
            return Err(Failure::Usage(format!(
                "a backup has at most {MAX_RECIPIENTS} recipients"
            )));
        }
        let beside = |named: &Option<PathBuf>, extension| {
            let beside = || public.with_extension(extension);
            named.clone().unwrap_or_else(beside)
        };
        let recipients = args.backup_to.clone();
        let (file, sealed) = match recipients.is_empty() {
            true => (args.backup.clone(), None),
            false => {
                let path = beside(&args.backup, "age");
                (None, Some(Sealed { path, recipients }))
            }
        };
        let plan = Self {
            file,
            sealed,
            page: args.paper.as_ref().map(|named| beside(named, "pdf")),
        };
        plan.checked(args, public)
    }

    /// One file beside that for the public half, as `setup` offers it.
    ///
    /// # Errors
    ///
    /// As [`Self::of`].
    pub(crate) fn beside(public: &Path) -> Result<Self, Failure> {
        let file = public.with_extension("backup");
        is_free(&file)?;
        Ok(Self {
            file: Some(file),
            sealed: None,
            page: None,
        })
    }

    fn checked(self, args: &BackupArgs, public: &Path) -> Result<Option<Self>, Failure> {
        let mut paths: Vec<&Path> = self.paths().chain([public]).collect();
        let count = paths.len();
        paths.sort_unstable();
        paths.dedup();
        if paths.len() < count {
            return Err(Failure::Usage(
                "two of the files have the same name".to_owned(),
            ));
        }
        if args.passphrase_stdin && !self.wants_passphrase() {
            return Err(Failure::Usage(
                "--passphrase-stdin is for a backup with a passphrase, which --backup or --paper \
                 asks for"
                    .to_owned(),
            ));
        }
        self.paths().try_for_each(is_free)?;
        Ok((count > 1).then_some(self))
    }

    /// Whether any of the files is encrypted with a passphrase.
    pub(crate) fn wants_passphrase(&self) -> bool {
        self.file.is_some() || self.page.is_some()
    }

    /// All files.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        let sealed = self.sealed.as_ref().map(|sealed| sealed.path.as_path());
        let all = [self.file.as_deref(), sealed, self.page.as_deref()];
        all.into_iter().flatten()
    }

    /// The names of the files, for sentences.
    pub(super) fn names(&self) -> String {
        let names = self
            .paths()
            .map(|path| printable(&path.display().to_string()));
        names.collect::<Vec<_>>().join(", ")
    }

    /// The command that has the TPM take the key from the backup.
    pub(super) fn import_command(&self) -> String {
        match (&self.file, &self.sealed) {
            (Some(file), _) => format!("sshtpm import --keep-file {}", shell_word(file)),
            (None, Some(Sealed { path, .. })) => {
                format!("sshtpm import --age-identity IDENTITY {}", shell_word(path))
            }
            (None, None) => "sshtpm import --paper".to_owned(),
        }
    }

    /// The question whether to make a key with these backups.
    pub(crate) fn offer(&self) -> String {
        format!(
            "A key that the TPM generates is gone if the TPM is cleared or the board breaks. \
             sshtpm can make the key itself, and write a backup before the TPM gets it: {}, \
             encrypted with a passphrase.\nMake the key with a backup",
            self.names()
        )
    }

    /// Where the backups are, and what to do with them.
    pub(crate) fn told(&self) -> String {
        let next = match (self.paths().count(), &self.page) {
            (1, None) => "Move it to a medium that you lock away.",
            (1, Some(_)) => "Print it, and delete the file.",
            _ => "Move them to a medium that you lock away.",
        };
        let command = match (&self.file, &self.sealed) {
            (Some(_), _) => "sshtpm import BACKUP",
            (None, Some(_)) => "sshtpm import --age-identity IDENTITY BACKUP",
            (None, None) => "sshtpm import --paper",
        };
        format!(
            "Backup: {}\n{next} If the TPM is lost, `{command}` brings the key back.",
            self.names()
        )
    }
}

/// Looks whether `path` can take a backup; before anybody is asked for a passphrase.
fn is_free(path: &Path) -> Result<(), Failure> {
    let what = format!("cannot write the backup {}", path.display());
    let failed = |error: io::Error| Failure::new(what.clone(), error);
    match path.symlink_metadata() {
        Ok(_) => {
            return Err(Failure::new(what, "it already exists")
                .and_next("Name another file. No backup is ever replaced."));
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        Err(_) => {}
    }
    let writable = AccessFlags::W_OK | AccessFlags::X_OK;
    access(directory_of(path), writable).map_err(|errno| failed(errno.into()))
}
