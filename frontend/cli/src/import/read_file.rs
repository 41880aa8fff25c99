//! The file from which a private key was read, whatever has its name by now.
//!
//! May touch: that file, which it deletes if it is told to. Must never delete another one.
//!
//! Specs: stat(2), unlink(2).

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use sshtpm_ssh::text::printable;

/// A file that was read.
#[derive(Debug)]
pub(super) struct ReadFile {
    /// The link that led to it, if a link did.
    link: Option<PathBuf>,
    /// What it is called in sentences.
    name: PathBuf,
    /// Its path without symbolic links.
    path: PathBuf,
    /// The numbers of its device and inode.
    number: (u64, u64),
    /// How many other names it has.
    other_names: u64,
}

impl ReadFile {
    /// The file at `path`, which had the metadata `read` when it was read.
    ///
    /// # Errors
    ///
    /// It is not there any more, or another one is.
    pub(super) fn find(path: &Path, read: &Metadata) -> io::Result<Self> {
        let real = path.canonicalize()?;
        let is_link = path.symlink_metadata()?.is_symlink();
        let name = if is_link { &real } else { path };
        let file = Self {
            link: is_link.then(|| path.to_owned()),
            name: name.to_owned(),
            path: real,
            number: number(read),
            other_names: 0,
        };
        let other_names = file.look()?.nlink().saturating_sub(1);
        Ok(Self {
            other_names,
            ..file
        })
    }

    /// Its name, for a terminal.
    pub(super) fn name(&self) -> String {
        shown(&self.name)
    }

    /// What a person has to know before it is deleted: sentences, each after a line break.
    pub(super) fn remarks(&self) -> String {
        let link = self.link.as_deref().map(|link| {
            let link = shown(link);
            format!("\n{link} is a symbolic link to it, which stays.")
        });
        let names = (self.other_names > 0).then(|| {
            let names = self.names();
            format!("\nIt has {names} (hard links), where the private key stays.")
        });
        link.unwrap_or_default() + &names.unwrap_or_default()
    }

    /// Deletes it.
    ///
    /// # Errors
    ///
    /// It cannot be deleted, or another file has its name.
    pub(super) fn delete(&self) -> io::Result<()> {
        self.look()?;
        fs::remove_file(&self.path)
    }

    /// What is said when it was deleted.
    pub(super) fn deleted(&self) -> String {
        let name = self.name();
        match self.other_names {
            0 => format!("Deleted {name}"),
            _ => format!(
                "Deleted {name}; the private key is still in that file under {}.\n\
                 `find / -xdev -inum {}` shows where on its file system.",
                self.names(),
                self.number.1
            ),
        }
    }

    fn names(&self) -> String {
        match self.other_names {
            1 => "1 other name".to_owned(),
            many => format!("{many} other names"),
        }
    }

    /// Looks at it without following a link, and makes sure that it is the one.
    fn look(&self) -> io::Result<Metadata> {
        let now = self.path.symlink_metadata()?;
        match number(&now) == self.number {
            true => Ok(now),
            false => Err(io::Error::other("it is not the file that was read")),
        }
    }
}

fn number(of: &Metadata) -> (u64, u64) {
    (of.dev(), of.ino())
}

fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::ReadFile;
    use std::fs;

    #[test]
    fn a_file_that_took_the_name_of_the_one_read_is_not_deleted() {
        let directory = tempfile::tempdir().unwrap();
        let [key, other] = ["key", "other"].map(|name| directory.path().join(name));
        fs::write(&key, "key").unwrap();
        fs::write(&other, "other").unwrap();
        let read = key.metadata().unwrap();
        let file = ReadFile::find(&key, &read).unwrap();
        fs::rename(&other, &key).unwrap();
        file.delete().unwrap_err();
        ReadFile::find(&key, &read).unwrap_err();
        assert_eq!(fs::read(&key).unwrap(), b"other");
    }
}
