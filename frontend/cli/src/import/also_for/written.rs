//! The files that are written for other machines: their names, and what becomes of them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use crate::args::AlsoForArgs;
use crate::error::Failure;
use crate::other_machine::OtherMachine;

/// How files for other machines are named.
const SUFFIX: &str = ".tpm";

/// How files with a parent key are named, if somebody names them as a public key.
const PARENT_SUFFIX: &str = "pub";

/// Files that are removed with this, unless they are kept.
#[derive(Debug)]
#[must_use]
pub(crate) struct Written(pub(super) Vec<PathBuf>);

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
///
/// # Errors
///
/// There are not as many names as machines, or a name cannot be made of one.
pub(super) fn files(args: &AlsoForArgs) -> Result<Vec<PathBuf>, String> {
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

/// # Errors
///
/// There is a file of this name.
pub(super) fn is_free(file: &Path) -> Result<(), Failure> {
    match file.symlink_metadata() {
        Ok(_) => Err(Failure::new(
            format!("cannot write {}", file.display()),
            "there is a file of this name",
        )
        .and_next("Name another one with -o, or delete it.")),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            fs::write(&file, "key").unwrap();
            let written = Written(vec![file.clone()]);
            match is_kept {
                true => written.keep(),
                false => drop(written),
            }
            assert_eq!(file.exists(), is_kept);
        }
    }
}
