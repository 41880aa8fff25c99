//! Crates of a few lines, for the tests of this room.

use std::path::PathBuf;

use tempfile::TempDir;

use super::crate_uses::CrateUses;

/// A crate in a temporary directory.
pub(super) struct SmallTree {
    directory: TempDir,
    root: PathBuf,
}

impl SmallTree {
    /// Writes these files, each a path and a text; the first one is the root.
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        for (name, text) in files {
            let path = directory.path().join(name);
            let parent = path.parent().expect("a directory");
            std::fs::create_dir_all(parent).expect("a directory for a module");
            std::fs::write(&path, text).expect("a written module");
        }
        let (root, _) = files.first().expect("a root file");
        let root = directory.path().join(root);
        Self { directory, root }
    }

    /// What its files use.
    pub(super) fn uses(&self) -> CrateUses {
        CrateUses::read(&self.root)
    }

    /// The directory, with a slash at the end.
    pub(super) fn directory(&self) -> String {
        format!("{}/", self.directory.path().display())
    }

    /// The names of `files`, below the directory.
    pub(super) fn names(&self, files: &[PathBuf]) -> Vec<String> {
        let below = files.iter().map(|file| {
            let below = file.strip_prefix(self.directory.path());
            below.expect("a file of the tree").display().to_string()
        });
        below.collect()
    }
}
