//! The walls that Cargo's lists of dependencies cannot hold: those between the rooms of the broker,
//! and those between crates without I/O and the standard library's modules for it.

use std::path::{Path, PathBuf};

use super::crate_uses::CrateUses;
use super::workspace::Workspace;

/// The adapters of the broker, each with the others that it may use. The configuration is parsed
/// into the types of what it configures.
const ADAPTERS: [(&str, &[&str]); 6] = [
    ("tpm", &[]),
    ("store", &[]),
    ("authority", &[]),
    ("sessions", &[]),
    ("bus", &[]),
    ("config", &["tpm"]),
];

/// What only some places in the broker may name. A place is a directory or a file under
/// `broker/src`, without `.rs`.
const IN_THE_BROKER: [(&str, &[&str]); 5] = [
    ("tss_esapi", &["tpm"]),
    ("zbus_polkit", &["authority"]),
    ("zbus", &["bus", "authority", "sessions", "daemon"]),
    ("sshtpm_dbus", &["bus", "authority", "daemon"]),
    ("std::fs", &["store", "tpm/raw_command", "config", "daemon"]),
];

/// The modules for I/O, and the one of clocks.
const IO_AND_TIME: [&str; 8] = [
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time",
];

/// Crates that do no I/O, with the modules that they do not name. Their `clippy.toml` forbids
/// single functions and types.
const WITHOUT_IO: [(&str, &[&str]); 8] = [
    (
        "sshtpm-core",
        &[
            "std::env",
            "std::fs",
            "std::io",
            "std::net",
            "std::os",
            "std::process",
            "std::thread",
        ],
    ),
    (
        "sshtpm-ssh",
        &[
            "std::env",
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
        ],
    ),
    ("sshtpm-dbus", &["std::fs"]),
    ("sshtpm-key-file", &IO_AND_TIME),
    ("sshtpm-duplicate", &IO_AND_TIME),
    ("sshtpm-tpm2", &IO_AND_TIME),
    ("sshtpm-attest", &IO_AND_TIME),
    ("sshtpm-backup", &IO_AND_TIME),
];

/// What silences a lint or leaves work open.
const SILENCED_OR_OPEN: [&str; 7] = [
    "#[allow(",
    "#![allow(",
    "todo!(",
    "unimplemented!(",
    "TODO",
    "FIXME",
    "#[ignore",
];

#[test]
fn adapters_of_the_broker_use_neither_each_other_nor_the_daemon() {
    let broker = Sources::of("sshtpm-broker");
    for (adapter, known) in ADAPTERS {
        assert!(broker.has_a_file_in(&[adapter]), "{adapter} was not found");
        let known = [known, &[adapter]].concat();
        let all = ADAPTERS.iter().map(|(other, _)| *other).chain(["daemon"]);
        for other in all.filter(|other| !known.contains(other)) {
            let naming = broker.files_that_name(&format!("crate::{other}"));
            let names = naming.iter().find(|file| is_in(file, &[adapter]));
            assert_eq!(names, None, "this file of {adapter} names {other}");
        }
        for (from, to) in broker.uses() {
            let leaves = is_in(&from, &[adapter]) && !is_in(&to, &known);
            assert!(!leaves, "{} uses {}", from.display(), to.display());
        }
    }
}

#[test]
fn a_library_is_named_only_in_its_room_of_the_broker() {
    let broker = Sources::of("sshtpm-broker");
    for (name, places) in IN_THE_BROKER {
        let naming = broker.files_that_name(name);
        assert!(
            !naming.is_empty(),
            "{name} is named nowhere: look for another name"
        );
        let outside = naming.iter().find(|file| !is_in(file, places));
        assert_eq!(outside, None, "{name} belongs into {places:?}");
    }
}

#[test]
fn crates_without_io_name_no_module_that_does_io() {
    for (package, modules) in WITHOUT_IO {
        let sources = Sources::of(package);
        for module in modules {
            let naming = sources.files_that_name(module);
            assert!(naming.is_empty(), "{package} names {module}: {naming:?}");
        }
    }
}

#[test]
fn nothing_is_silenced_or_left_open() {
    let sources = Workspace::read().sources();
    assert!(sources.len() > 100, "the sources were not found");
    for source in sources
        .iter()
        .filter(|source| !source.path.ends_with(file!()))
    {
        for word in SILENCED_OR_OPEN {
            let has = source.text.contains(word);
            assert!(!has, "{} has {word}", source.path.display());
        }
    }
}

/// The crates of one package, by the paths of their files below the directory of the sources.
struct Sources {
    directory: PathBuf,
    crates: Vec<CrateUses>,
}

impl Sources {
    fn of(package: &str) -> Self {
        let targets = Workspace::read().targets;
        let files: Vec<_> = targets
            .into_iter()
            .filter(|target| target.package == package)
            .map(|target| target.file)
            .collect();
        let directory = files.first().and_then(|file| file.parent());
        Self {
            directory: directory.expect("a package with a crate").to_owned(),
            crates: files.iter().map(|file| CrateUses::read(file)).collect(),
        }
    }

    fn files_that_name(&self, beginning: &str) -> Vec<PathBuf> {
        let crates = self.crates.iter();
        let naming = crates.flat_map(|one| one.files_that_name(beginning));
        naming.map(|file| self.below(file)).collect()
    }

    fn uses(&self) -> Vec<(PathBuf, PathBuf)> {
        let uses = self.crates.iter().flat_map(CrateUses::uses);
        uses.map(|one| (self.below(&one.from), self.below(&one.to)))
            .collect()
    }

    fn has_a_file_in(&self, places: &[&str]) -> bool {
        let mut files = self.crates.iter().flat_map(CrateUses::files);
        files.any(|file| is_in(&self.below(file), places))
    }

    fn below(&self, file: &Path) -> PathBuf {
        let below = file.strip_prefix(&self.directory);
        below.unwrap_or(file).to_owned()
    }
}

/// Whether `file` is one of `places`, or in one of them.
fn is_in(file: &Path, places: &[&str]) -> bool {
    let module = file.with_extension("");
    places.iter().any(|place| module.starts_with(place))
}
