//! The parent key of another machine: read from a file, and compared by a person.
//!
//! May touch: that file, for reading, and the terminal.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use sshtpm_duplicate::Parent;
use sshtpm_ssh::text::printable;

use crate::error::Failure;
use crate::other_machine::OtherMachine;
use crate::output::advise;
use crate::parent_name::ParentName;
use crate::prompt;

/// Longest file with a parent key, in bytes: one of RSA-4096 with a policy has some 900, and other
/// text may surround it.
const MAX_PARENT_FILE_BYTES: u64 = 16 * 1024;

/// Reads it.
///
/// # Errors
///
/// There is none in the file, or the file cannot be read.
pub(super) fn read(path: &Path) -> Result<Parent, Failure> {
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
///
/// # Errors
///
/// Its fingerprint is another one, or nobody compared it.
pub(super) async fn compare(machine: &OtherMachine, name: &ParentName) -> Result<(), Failure> {
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
