//! The rules that hold for every crate of the workspace.

use super::circle::circles;
use super::crate_uses::CrateUses;
use super::libraries;
use super::limits_page;
use super::test_names::test_names;
use super::workspace::Workspace;

/// Longest name of a test, in characters: a sentence that a terminal shows in one line.
const MAX_TEST_NAME: usize = 70;

#[test]
fn no_two_files_of_a_crate_use_each_other() {
    let workspace = Workspace::read();
    let (mut uses, mut found) = (0, String::new());
    for target in &workspace.targets {
        let crate_uses = CrateUses::read(&target.file);
        uses += crate_uses.uses().count();
        for circle in circles(&crate_uses) {
            found += &format!("{}: {circle}", target.package);
        }
    }
    assert!(uses > 500, "only {uses} uses were found");
    let root = format!("{}/", workspace.root.display());
    let found = found.replace(&root, "");
    assert!(
        found.is_empty(),
        "these files use each other; move what both need into a file of its own\n{found}"
    );
}

#[test]
fn crates_without_io_have_no_library_that_does_io() {
    let resolved = Workspace::resolved();
    for package in ["sshtpm-core", "sshtpm-ssh", "sshtpm-tpm2", "sshtpm-attest"] {
        let libraries = libraries::of(&resolved, package);
        assert!(libraries.contains("ssh-key"), "{package} has {libraries:?}");
        for forbidden in ["nix", "rustix", "tokio", "tss-esapi", "zbus"] {
            assert!(!libraries.contains(forbidden), "{package} has {forbidden}");
        }
    }
    let broker = libraries::of(&resolved, "sshtpm-broker");
    assert!(broker.contains("zbus") && broker.contains("tss-esapi"));
}

#[test]
fn a_test_has_a_name_of_at_most_70_characters() {
    let (mut tests, mut long) = (0, String::new());
    for source in Workspace::read().sources() {
        for name in test_names(&source.path, &source.text) {
            tests += 1;
            if name.chars().count() > MAX_TEST_NAME {
                long += &format!("{}: {name}\n", source.path.display());
            }
        }
    }
    assert!(tests > 1000, "only {tests} tests were found");
    assert!(long.is_empty(), "tests with longer names:\n{long}");
}

#[test]
fn the_page_of_limits_names_constants_that_exist() {
    let workspace = Workspace::read();
    let page = workspace.root.join("docs/LIMITS.md");
    let page = std::fs::read_to_string(page).expect("the page of limits");
    let (known, wrong) = limits_page::wrong(&page, &workspace.sources());
    assert!(known > 50, "only {known} constants were found");
    assert!(
        wrong.is_empty(),
        "not in the file that docs/LIMITS.md names:\n{wrong}"
    );
}
