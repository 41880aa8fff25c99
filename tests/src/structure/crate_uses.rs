//! Which file of a crate uses which other, and which crates each file names.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::module_tree::{ModuleId, ModuleTree};
use super::name_lookup::Found;
use super::named_paths::{Named, named_in};

/// The uses in one crate.
#[derive(Debug, Default)]
pub(super) struct CrateUses {
    uses: BTreeMap<(PathBuf, PathBuf), BTreeSet<String>>,
    /// By file, the beginnings of the paths in it: `zbus`, `std::fs`, `crate::store`.
    beginnings: BTreeMap<PathBuf, BTreeSet<String>>,
}

/// A file that uses names of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FileUse {
    /// The file that names something.
    pub(super) from: PathBuf,
    /// The file that defines it.
    pub(super) to: PathBuf,
    /// The names, as they are defined.
    pub(super) names: BTreeSet<String>,
}

impl CrateUses {
    /// Reads the crate whose root file is `file`, and every file that it has as a module.
    ///
    /// # Panics
    ///
    /// A file cannot be read, or does not parse.
    pub(super) fn read(file: &Path) -> Self {
        let tree = ModuleTree::read(file);
        let mut uses = Self::default();
        for id in tree.ids() {
            let module = tree.module(id);
            uses.beginnings.entry(module.file.clone()).or_default();
            for named in named_in(&module.items) {
                uses.add(&tree, id, named);
            }
        }
        uses
    }

    /// The files of the crate that are built outside of tests.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        self.beginnings.keys().map(PathBuf::as_path)
    }

    /// What files use of each other, sorted by file.
    pub(super) fn uses(&self) -> impl Iterator<Item = FileUse> + '_ {
        self.uses.iter().map(|((from, to), names)| FileUse {
            from: from.clone(),
            to: to.clone(),
            names: names.clone(),
        })
    }

    /// The files with paths that begin with `beginning`: another crate (`zbus`), a module of one
    /// (`std::fs`), or a module of this one (`crate::store`). Re-exports count here.
    pub(super) fn files_that_name(&self, beginning: &str) -> impl Iterator<Item = &Path> {
        let files = self.beginnings.iter();
        let naming = files.filter(move |(_, all)| all.contains(beginning));
        naming.map(|(file, _)| file.as_path())
    }

    fn add(&mut self, tree: &ModuleTree, id: ModuleId, named: Named) {
        let file = &tree.module(id).file;
        let beginnings = match named {
            Named::Outside(path) => beginnings(&path),
            Named::ReExport(path) => outside(tree, id, &path),
            Named::Use(path) | Named::Path(path) => {
                self.add_found(file, tree.resolve(id, &path));
                outside(tree, id, &path)
            }
            Named::Macro(path) => {
                self.add_found(file, tree.resolve(id, &path));
                self.add_textual(tree, id, &path);
                outside(tree, id, &path)
            }
        };
        let known = self.beginnings.entry(file.clone()).or_default();
        known.extend(beginnings);
    }

    fn add_found(&mut self, from: &Path, found: Vec<Found<'_>>) {
        for found in found {
            if let Found::Item { file, name, .. } = found {
                self.add_use(from, file, name);
            }
        }
    }

    /// A macro without a path can be one that a module around this one defines.
    fn add_textual(&mut self, tree: &ModuleTree, id: ModuleId, path: &[String]) {
        if let [name] = path
            && let Some(file) = tree.macro_around(id, name)
        {
            self.add_use(&tree.module(id).file, file, name.clone());
        }
    }

    fn add_use(&mut self, from: &Path, to: &Path, name: String) {
        if from != to {
            let files = (from.to_owned(), to.to_owned());
            self.uses.entry(files).or_default().insert(name);
        }
    }
}

/// The beginnings of `path`, when it leads out of the crate or starts at its root.
fn outside(tree: &ModuleTree, id: ModuleId, path: &[String]) -> Vec<String> {
    match path.first().map(String::as_str) {
        None | Some("self" | "super" | "Self") => Vec::new(),
        Some(first) if first != "crate" && tree.knows(id, first) => Vec::new(),
        Some(_) => beginnings(path),
    }
}

/// The first segment, and the first two.
fn beginnings(path: &[String]) -> Vec<String> {
    let lengths = 1..=path.len().min(2);
    let parts = lengths.filter_map(|length| path.get(..length));
    parts.map(|part| part.join("::")).collect()
}

#[cfg(test)]
mod tests {
    use crate::structure::small_tree::SmallTree;

    /// The files of a small crate that name `beginning`.
    fn files_that_name(beginning: &str) -> Vec<String> {
        let tree = SmallTree::new(&[
            ("lib.rs", "mod bus; mod store; mod zbus_names;"),
            (
                "bus.rs",
                "use {std::{fs, io}, zbus::Error as E}; pub fn f() -> E { E::g() }",
            ),
            (
                "store.rs",
                "pub use zbus::Error; #[zbus::proxy] trait Proxy {} fn f() { ::tokio::spawn() } \
                 fn g() { use std::fs as files; files::read(crate::bus::f()) }",
            ),
            (
                "zbus_names.rs",
                "pub fn zbus() {} fn f(zbus: u8) -> u8 { zbus }",
            ),
        ]);
        let uses = tree.uses();
        let files: Vec<_> = uses.files_that_name(beginning).map(Into::into).collect();
        tree.names(&files)
    }

    #[test]
    fn each_file_that_names_a_crate_is_found() {
        assert_eq!(files_that_name("zbus"), ["bus.rs", "store.rs"]);
        assert_eq!(files_that_name("tokio"), ["store.rs"]);
    }

    #[test]
    fn each_file_that_names_a_module_is_found() {
        assert_eq!(files_that_name("std::fs"), ["bus.rs", "store.rs"]);
        assert_eq!(files_that_name("crate::bus"), ["store.rs"]);
    }
}
