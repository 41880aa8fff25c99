//! Walls that Cargo cannot hold, since they are inside of one package: read in the sources.
//!
//! Which package may use which stands in the dependency lists; that no two files of a package use
//! each other, and that core and ssh stay free of I/O, is in `tests/src/structure`.

use std::path::{Path, PathBuf};

use sshtpm_tests::machine::env_root;

/// What may be named in the broker's package, and the rooms (below `broker/src`) where. Cargo knows
/// packages and no rooms.
const WALLS: &[(&str, &[&str])] = &[
    ("tss_esapi", &["tpm"]),
    ("zbus_polkit", &["authority"]),
    ("zbus", &["bus", "authority", "sessions", "daemon"]),
    ("sshtpm_dbus", &["bus", "authority", "daemon"]),
    (
        "std::fs",
        &["store", "tpm/raw_command.rs", "config", "daemon"],
    ),
];

/// The adapters of the broker. None of them uses another, nor the daemon that puts them together.
const ADAPTERS: &[&str] = &["tpm", "store", "authority", "sessions", "bus"];

#[test]
fn a_library_is_named_only_in_its_room() {
    let sources = sources();
    for (name, rooms) in WALLS {
        let named: Vec<_> = broker(&sources)
            .filter(|(_, source)| names(&source.code, name))
            .collect();
        assert!(
            !named.is_empty(),
            "no room names {name}: the wall is for nothing"
        );
        for (place, _) in named {
            let allowed = rooms.iter().any(|room| place.starts_with(room));
            assert!(allowed, "broker/src/{place} names {name}; {rooms:?} may");
        }
    }
}

#[test]
fn adapters_of_the_broker_do_not_use_each_other() {
    let sources = sources();
    for adapter in ADAPTERS {
        let inside: Vec<_> = broker(&sources)
            .filter(|(place, _)| place.starts_with(&format!("{adapter}/")))
            .collect();
        assert!(!inside.is_empty(), "broker/src/{adapter} was not found");
        let others = ADAPTERS.iter().filter(|other| *other != adapter);
        for other in others.chain(&["daemon"]) {
            let path = format!("crate::{other}");
            for (place, source) in &inside {
                let is_used = names(&source.code, &path);
                assert!(!is_used, "broker/src/{place} uses {path}");
            }
        }
    }
}

#[test]
fn nothing_is_silenced_or_left_open() {
    for source in sources()
        .iter()
        .filter(|source| !source.path.ends_with("scenarios/rooms.rs"))
    {
        for word in [
            "#[allow(",
            "#![allow(",
            "todo!(",
            "unimplemented!(",
            "TODO",
            "FIXME",
            "#[ignore",
        ] {
            assert!(!source.text.contains(word), "{} has {word}", source.path);
        }
    }
}

/// A source file.
struct Source {
    path: String,
    text: String,
    /// Without comments and without what is built for tests alone.
    code: String,
}

impl Source {
    /// The files, without `.rs`, that this one names as modules for tests.
    fn test_modules(&self) -> Vec<String> {
        let own = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        let beside = self
            .path
            .rsplit_once('/')
            .map_or("", |(directory, _)| directory);
        let mut modules = Vec::new();
        for rest in self.text.split("#[cfg(test)]\n").skip(1) {
            let path = rest
                .strip_prefix("#[path = \"")
                .and_then(|rest| rest.split('"').next());
            let name = rest
                .split_once("mod ")
                .and_then(|(_, rest)| rest.split(';').next());
            match (path, name) {
                (Some(path), _) => {
                    modules.push(format!("{beside}/{}", path.trim_end_matches(".rs")))
                }
                (None, Some(name)) if !name.contains('{') => modules.push(format!("{own}/{name}")),
                _ => {}
            }
        }
        modules
    }
}

/// The sources of the broker's own package, by their place below `broker/src`.
fn broker(sources: &[Source]) -> impl Iterator<Item = (&str, &Source)> {
    sources.iter().filter_map(|source| {
        let place = source.path.strip_prefix("broker/src/")?;
        Some((place, source))
    })
}

fn sources() -> Vec<Source> {
    let root = PathBuf::from(env_root());
    let mut sources = Vec::new();
    for start in [
        "dbus/src",
        "ssh/src",
        "broker/src",
        "broker/core/src",
        "frontend/client/src",
        "frontend/agent/src",
        "frontend/cli/src",
        "manual/src",
        "tests/src",
        "tests/tests",
    ] {
        collect(&root, &root.join(start), &mut sources);
    }
    let test_modules: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
    for source in &mut sources {
        let path = source.path.trim_end_matches(".rs");
        let is_test = test_modules
            .iter()
            .any(|module| path == module || path.starts_with(&format!("{module}/")));
        if is_test {
            source.code.clear();
        }
    }
    assert!(sources.len() > 30, "the sources were not found");
    sources
}

fn collect(root: &Path, directory: &Path, sources: &mut Vec<Source>) {
    for entry in std::fs::read_dir(directory).expect("a directory of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source");
            let relative = path.strip_prefix(root).expect("a path below the workspace");
            sources.push(Source {
                path: relative.to_string_lossy().into_owned(),
                code: shipped_code(&text),
                text,
            });
        }
    }
}

fn shipped_code(text: &str) -> String {
    let shipped = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let code = shipped
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    code.collect::<Vec<_>>().join("\n")
}

/// Whether `code` has `name` as a path of its own, and not as a part of another word or in quotes.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = code[start + name.len()..].chars().next();
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !part(before) && !part(after) && before != Some('"') && before != Some('.')
    })
}
