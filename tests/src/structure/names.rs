//! Names of tests.

use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;
use syn::{Attribute, ItemFn};

/// Every Rust source of the workspace.
pub(super) fn source_files(workspace: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut ahead = vec![workspace.to_owned()];
    while let Some(directory) = ahead.pop() {
        for entry in fs::read_dir(&directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            let is_ours = |name: &str| name != "target" && !name.starts_with('.');
            let name = path.file_name().and_then(|name| name.to_str());
            if path.is_dir() && name.is_some_and(is_ours) {
                ahead.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// The names of all tests in `file`.
pub(super) fn of_tests(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).expect("a source");
    let parsed = syn::parse_file(&text).expect("Rust");
    let mut found = Tests(Vec::new());
    found.visit_file(&parsed);
    found.0
}

struct Tests(Vec<String>);

impl<'ast> Visit<'ast> for Tests {
    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        if item.attrs.iter().any(is_test) {
            self.0.push(item.sig.ident.to_string());
        }
    }
}

/// `#[test]`, `#[tokio::test]`.
fn is_test(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|last| last.ident == "test")
}
