//! The packages of the workspace and their crates, as Cargo sees them.
//!
//! Spec: `cargo metadata`, format version 1.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The workspace that this crate belongs to.
#[derive(Debug)]
pub(super) struct Workspace {
    /// Its directory.
    pub(super) root: PathBuf,
    /// The crates of all packages: libraries, programs and test programs.
    pub(super) targets: Vec<Target>,
}

/// A crate: what one root file and its modules make.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The package that it is built from.
    pub(super) package: String,
    /// The root file.
    pub(super) file: PathBuf,
}

/// A source file.
#[derive(Clone, Debug)]
pub(super) struct SourceFile {
    /// Where it is, below the workspace.
    pub(super) path: PathBuf,
    /// What is in it.
    pub(super) text: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    targets: Vec<RootFile>,
}

#[derive(Deserialize)]
struct RootFile {
    src_path: PathBuf,
}

impl Workspace {
    /// Asks Cargo for the workspace around this crate.
    ///
    /// # Panics
    ///
    /// Cargo does not answer, or not in a form that is known here.
    pub(super) fn read() -> Self {
        let root = root();
        let metadata: Metadata = metadata(&root, &["--no-deps"]);
        Self {
            root,
            targets: metadata.packages.into_iter().flat_map(targets).collect(),
        }
    }

    /// All packages with what they depend on, as `cargo metadata` resolves it.
    ///
    /// # Panics
    ///
    /// Cargo does not answer, or not in JSON.
    pub(super) fn resolved() -> serde_json::Value {
        metadata(&root(), &[])
    }

    /// All Rust sources of all packages, code for tests included, sorted by path.
    ///
    /// # Panics
    ///
    /// A directory or a file cannot be read.
    pub(super) fn sources(&self) -> Vec<SourceFile> {
        let mut paths = BTreeSet::new();
        for target in &self.targets {
            collect(target.file.parent().expect("a directory"), &mut paths);
        }
        let sources = paths.into_iter().map(|path| SourceFile {
            text: std::fs::read_to_string(&path).expect("a readable source"),
            path: self.relative(&path).to_owned(),
        });
        sources.collect()
    }

    /// `path` without the workspace's directory, if it is below that.
    pub(super) fn relative<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.root).unwrap_or(path)
    }
}

fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = package.parent().expect("a workspace around this crate");
    workspace.to_owned()
}

fn metadata<T: DeserializeOwned>(root: &Path, arguments: &[&str]) -> T {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--offline", "--format-version", "1"])
        .args(arguments)
        .current_dir(root)
        .output()
        .expect("cargo metadata starts");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "cargo metadata failed: {complaint}"
    );
    serde_json::from_slice(&output.stdout).expect("packages from cargo metadata")
}

fn targets(package: Package) -> impl Iterator<Item = Target> {
    let Package { name, targets } = package;
    targets.into_iter().map(move |target| Target {
        package: name.clone(),
        file: target.src_path,
    })
}

fn collect(directory: &Path, paths: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("a directory of sources") {
        let path = entry.expect("an entry of a directory").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.insert(path);
        }
    }
}
