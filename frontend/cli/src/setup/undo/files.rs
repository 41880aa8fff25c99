//! Lines that setup added to files of the user's.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::edit::{Change, Edit};
use super::found::Found;
use super::step::Step;
use crate::probe::login_shell::Login;
use crate::setup::own_lines::{Kind, MARK};
use crate::setup::record::{Record, SignersLine};
use crate::setup::user_file::{MAX_FILE_BYTES, UserFile};
use crate::setup::{drop_in, environment};

/// Start files that setup may have added to, below the home directory.
const START_FILES: [&str; 4] = [".profile", ".bash_profile", ".bash_login", ".zprofile"];

/// The lines in all files that setup adds to.
pub(super) fn look(home: &Path) -> Found {
    let shell_home = Login::of_user().map_or_else(|| home.to_owned(), |login| login.home);
    let mut places = vec![
        (Kind::SshConfig, home.join(".ssh").join("config")),
        (Kind::Environment, home.join(environment::FILE)),
        (Kind::DropIn, home.join(drop_in::FILE)),
    ];
    places.extend(START_FILES.map(|name| (Kind::StartFile, shell_home.join(name))));
    let mut found = Found::default();
    let mut seen = Vec::new();
    for (kind, name) in places {
        let real = name.canonicalize().unwrap_or_else(|_| name.clone());
        if !seen.contains(&real) && has(&name, MARK) {
            look_at(kind, name, &mut found);
        }
        seen.push(real);
    }
    found
}

fn look_at(kind: Kind, name: PathBuf, found: &mut Found) {
    let file = match UserFile::look(&name) {
        Ok(file) => file,
        Err(failure) => return found.changed.push(failure.to_string()),
    };
    let without = kind.without(file.content());
    let changed = without.changed.iter();
    found.changed.extend(
        changed.map(|number| format!("what setup added to {} at line {number}", name.display())),
    );
    let edit = Edit::of(&name, &file, Change::Blocks(kind));
    found.steps.extend(edit.map(Step::File));
}

/// The lines of allowed signers that are noted.
pub(super) fn signers(record: &Record) -> Found {
    let steps = record.signers.iter().filter_map(signers_edit);
    Found {
        steps: steps.map(Step::File).collect(),
        changed: Vec::new(),
    }
}

/// Drops lines from the record that are no longer there.
pub(super) fn forget(record: &mut Record) {
    record.signers.retain(|noted| has(&noted.file, &noted.line));
}

fn signers_edit(noted: &SignersLine) -> Option<Edit> {
    let is_named = noted.file.is_absolute() && has(&noted.file, &noted.line);
    let file = is_named.then(|| UserFile::look(&noted.file))?.ok()?;
    Edit::of(&noted.file, &file, Change::Line(noted.clone()))
}

/// Whether the file at `path` can be read and has `text` in it.
pub(super) fn has(path: &Path, text: &str) -> bool {
    let read = || {
        // A pipe would be waited for.
        let file = path.is_file().then(|| File::open(path))?.ok()?;
        let mut content = Vec::new();
        file.take(MAX_FILE_BYTES).read_to_end(&mut content).ok()?;
        Some(String::from_utf8_lossy(&content).contains(text))
    };
    !text.is_empty() && read().unwrap_or(false)
}
