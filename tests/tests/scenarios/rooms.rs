//! Which room may name what: the walls of the design, held up by reading the sources.

use std::path::{Path, PathBuf};

use sshtpm_tests::machine::env_root;

/// What may be named, and the places (below the workspace) where.
const WALLS: &[(&str, &[&str])] = &[
    (
        "tss_esapi",
        &["broker/src/tpm/", "tests/src/bench/floor.rs"],
    ),
    ("zbus_polkit", &["broker/src/authority/"]),
    ("ssh_agent_lib", &["frontend/"]),
    (
        "zbus",
        &[
            "broker/src/bus/",
            "broker/src/authority/",
            "broker/src/sessions/",
            "broker/src/daemon",
            "dbus/",
            "frontend/",
            "tests/",
        ],
    ),
    (
        "sshtpm_dbus",
        &[
            "broker/src/bus/",
            "broker/src/authority/",
            "broker/src/daemon",
            "frontend/",
            "tests/",
        ],
    ),
    (
        "std::fs",
        &[
            "broker/src/store/",
            "broker/src/tpm/raw_command.rs",
            "broker/src/config",
            "broker/src/daemon",
            "frontend/",
            "manual/",
            "tests/",
        ],
    ),
];

/// What the core may not name at all: it does no I/O.
const NOT_IN_CORE: &[&str] = &[
    "tokio",
    "zbus",
    "zbus_polkit",
    "tss_esapi",
    "sshtpm_dbus",
    "nix",
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "std::io",
    "std::os",
    "std::thread",
    "ssh_agent_lib",
];

/// The rooms of the broker, each with those that it may name.
const ROOMS: &[(&str, &[&str])] = &[
    ("core", &["core"]),
    ("tpm", &["core", "tpm"]),
    ("store", &["core", "store"]),
    ("authority", &["core", "authority"]),
    ("sessions", &["core", "sessions"]),
    ("bus", &["core", "bus"]),
];

#[test]
fn a_library_is_named_only_in_its_room() {
    let sources = sources();
    for (name, places) in WALLS {
        let named: Vec<_> = sources
            .iter()
            .filter(|source| names(&source.code, name))
            .collect();
        assert!(
            !named.is_empty(),
            "{name} is named nowhere: the test looks for the wrong thing"
        );
        for source in named {
            let allowed = places.iter().any(|place| source.path.starts_with(place));
            assert!(
                allowed,
                "{} names {name}, which belongs into {places:?}",
                source.path
            );
        }
    }
}

#[test]
fn the_core_touches_nothing() {
    let sources = sources();
    let core: Vec<_> = sources
        .iter()
        .filter(|source| source.path.starts_with("broker/core/src/"))
        .collect();
    assert!(core.len() > 5, "the core was not found");
    for source in core {
        for name in NOT_IN_CORE {
            assert!(!names(&source.code, name), "{} names {name}", source.path);
        }
    }
}

#[test]
fn rooms_know_the_core_and_not_each_other() {
    let sources = sources();
    for (room, known) in ROOMS {
        let directory = format!("broker/src/{room}/");
        let inside: Vec<_> = sources
            .iter()
            .filter(|source| source.path.starts_with(&directory))
            .collect();
        assert!(!inside.is_empty(), "{directory} was not found");
        for source in inside {
            for (other, _) in ROOMS.iter().filter(|(other, _)| !known.contains(other)) {
                let path = format!("crate::{other}");
                assert!(!names(&source.code, &path), "{} names {path}", source.path);
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
