//! The structure of the sources, as far as Cargo's dependency lists cannot hold it.
//!
//! Purpose: what decides does no I/O, not even by way of a library; and no two files of a crate use
//! each other, directly or by a detour, so each can be read and tested after those that it uses.
//! File A uses file B if A names something that B defines; a re-export stands for the file that
//! defines the name, and a `mod` item alone is no use. Code that is built for tests alone does not
//! count.
//!
//! The sources are read as text, without types: a method call is no use of the file that has the
//! method, but the type's name is.

mod circles;
mod libraries;
mod limits_page;
mod made_up;
mod names;
mod scope;
mod sources;
mod uses;

use std::path::PathBuf;
use std::process::Command;

use self::circles::Circle;
use self::sources::Crate;

/// Longest name of a test, in characters: a sentence that a terminal shows in one line.
const MAX_TEST_NAME: usize = 70;

#[test]
fn no_two_files_of_a_crate_use_each_other() {
    let roots = crate_roots();
    assert!(roots.len() > 8, "the crates were not found: {roots:?}");
    let mut found = String::new();
    let mut uses = 0;
    for root in roots {
        let read = Crate::read(&root);
        let edges = uses::between_files(&read);
        uses += edges.len();
        for circle in circles::circles(&edges) {
            found += &described(&read, &circle);
        }
    }
    assert!(uses > 500, "only {uses} uses were found");
    assert!(found.is_empty(), "files that use each other:\n{found}");
}

#[test]
fn core_and_ssh_have_no_library_that_does_io() {
    let metadata = metadata(&[]);
    for package in ["sshtpm-core", "sshtpm-ssh"] {
        let libraries = libraries::of(&metadata, package);
        assert!(libraries.contains("ssh-key"), "{package} has {libraries:?}");
        for forbidden in ["nix", "rustix", "tokio", "tss-esapi", "zbus"] {
            assert!(!libraries.contains(forbidden), "{package} has {forbidden}");
        }
    }
    let broker = libraries::of(&metadata, "sshtpm-broker");
    assert!(broker.contains("zbus") && broker.contains("tss-esapi"));
}

#[test]
fn a_test_has_a_name_of_at_most_70_characters() {
    let mut tests = 0;
    let mut long = String::new();
    for file in names::source_files(&workspace()) {
        for name in names::of_tests(&file) {
            tests += 1;
            if name.chars().count() > MAX_TEST_NAME {
                long += &format!("{}: {name}\n", file.display());
            }
        }
    }
    assert!(tests > 1000, "only {tests} tests were found");
    assert!(long.is_empty(), "tests with longer names:\n{long}");
}

#[test]
fn the_page_of_limits_names_constants_that_exist() {
    let page = workspace().join("docs/LIMITS.md");
    let (known, wrong) = limits_page::wrong(&page, &names::source_files(&workspace()));
    assert!(known > 50, "only {known} constants were found");
    assert!(
        wrong.is_empty(),
        "not in the file that docs/LIMITS.md names:\n{wrong}"
    );
}

fn described(read: &Crate, circle: &Circle) -> String {
    let mut text = format!("circle of {} files\n", circle.files.len());
    for (from, to, names) in &circle.uses {
        let path = |file: usize| read.files[file].path.display().to_string();
        text += &format!("  {} -> {}: {}\n", path(*from), path(*to), names.join(", "));
    }
    text
}

/// The first source file of each library and program of the workspace, as Cargo has them.
fn crate_roots() -> Vec<PathBuf> {
    let metadata = metadata(&["--no-deps"]);
    let packages = metadata["packages"].as_array().expect("packages");
    let targets = packages
        .iter()
        .flat_map(|package| package["targets"].as_array().expect("targets"));
    let built = targets.filter(|target| {
        let kinds = target["kind"].as_array().expect("kinds");
        kinds.iter().any(|kind| kind == "lib" || kind == "bin")
    });
    built
        .map(|target| PathBuf::from(target["src_path"].as_str().expect("a path")))
        .collect()
}

/// What Cargo knows of the workspace.
fn metadata(arguments: &[&str]) -> serde_json::Value {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--offline", "--format-version", "1"])
        .args(arguments)
        .current_dir(workspace())
        .output()
        .expect("cargo runs");
    serde_json::from_slice(&output.stdout).expect("metadata of the workspace")
}

fn workspace() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
