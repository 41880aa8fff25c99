//! The walls around the PKCS #11 module: where unsafe code is, and where C's types are named.

use std::path::Path;

use super::workspace::{SourceFile, Workspace};

/// The package with the boundary to C, the only one with a lint table of its own.
const BOUNDARY: &str = "frontend/pkcs11/ffi";

/// Where unsafe code is: the boundary, and the tests that call it as C does.
const UNSAFE: [&str; 2] = ["src/boundary.rs", "src/tests.rs"];

/// How unsafe code begins.
const BEGINNINGS: [&str; 5] = [
    "unsafe {",
    "unsafe fn",
    "unsafe extern",
    "unsafe impl",
    "#[unsafe(",
];

#[test]
fn unsafe_code_is_at_the_boundary_to_c_alone() {
    let boundary = Path::new(BOUNDARY);
    let allowed = UNSAFE.map(|file| boundary.join(file));
    let sources = sources();
    let is_unsafe = |source: &&SourceFile| {
        let code = source.text.lines().filter(|line| !is_comment(line));
        let mut code = code.filter(|line| BEGINNINGS.iter().any(|one| line.contains(one)));
        code.next().is_some()
    };
    let found: Vec<_> = sources.iter().filter(is_unsafe).collect();
    assert_eq!(found.len(), UNSAFE.len(), "{found:?}");
    for source in found {
        assert!(allowed.contains(&source.path), "{}", source.path.display());
    }
}

#[test]
fn every_other_package_has_the_lints_of_the_workspace() {
    let workspace = Workspace::read();
    let mut manifests: Vec<_> = workspace
        .targets
        .iter()
        .filter_map(|target| {
            let mut above = target
                .file
                .ancestors()
                .map(|above| above.join("Cargo.toml"));
            above.find(|manifest| manifest.is_file())
        })
        .collect();
    manifests.sort();
    manifests.dedup();
    assert!(manifests.len() > 10, "{manifests:?}");
    let boundary = workspace.root.join(BOUNDARY);
    for manifest in manifests.iter().filter(|one| !one.starts_with(&boundary)) {
        let text = std::fs::read_to_string(manifest).expect("a manifest");
        let has_them = text.contains("[lints]\nworkspace = true");
        assert!(has_them, "{}", manifest.display());
    }
}

#[test]
fn types_of_pkcs_11_are_named_in_the_module_alone() {
    let module = Path::new("frontend/pkcs11");
    let sources = sources();
    let naming = sources
        .iter()
        .filter(|one| one.text.contains("cryptoki_sys::"));
    let (inside, outside): (Vec<_>, Vec<_>) =
        naming.partition(|source| source.path.starts_with(module));
    assert!(inside.len() > 10, "the module was not found");
    assert!(outside.is_empty(), "{outside:?}");
}

/// All sources but this one, which has the words that it looks for.
fn sources() -> Vec<SourceFile> {
    let mut sources = Workspace::read().sources();
    sources.retain(|source| !source.path.ends_with(file!()));
    sources
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}
