//! The modules of a crate and the files that they are in.

use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, ItemMod, Meta};

/// The files of a crate, and its modules in the order in which they are declared; the root first.
pub(super) struct Crate {
    pub(super) files: Vec<File>,
    pub(super) modules: Vec<Module>,
}

pub(super) struct File {
    pub(super) path: PathBuf,
}

pub(super) struct Module {
    pub(super) name: String,
    /// Its place in [`Crate::modules`]; the root's is its own.
    pub(super) parent: usize,
    /// Its place in [`Crate::files`].
    pub(super) file: usize,
    /// What it has, without what is built for tests alone.
    pub(super) items: Vec<Item>,
}

impl Crate {
    /// Reads the crate whose first file is `root`.
    pub(super) fn read(root: &Path) -> Self {
        let mut read = Self {
            files: Vec::new(),
            modules: Vec::new(),
        };
        let directory = root.parent().expect("a directory");
        read.add_file(String::new(), 0, root, directory);
        read
    }

    /// The module of that name in `parent`.
    pub(super) fn child(&self, parent: usize, name: &str) -> Option<usize> {
        let mut modules = self.modules.iter().enumerate().skip(1);
        let found = modules.find(|(_, module)| module.parent == parent && module.name == name);
        found.map(|(at, _)| at)
    }

    fn add_file(&mut self, name: String, parent: usize, path: &Path, below: &Path) {
        let text = fs::read_to_string(path).unwrap_or_else(|error| {
            panic!("cannot read {}: {error}", path.display());
        });
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| {
            panic!("cannot parse {}: {error}", path.display());
        });
        self.files.push(File {
            path: path.to_owned(),
        });
        let file = self.files.len() - 1;
        self.add_module(name, parent, file, parsed.items, below);
    }

    fn add_module(
        &mut self,
        name: String,
        parent: usize,
        file: usize,
        items: Vec<Item>,
        below: &Path,
    ) {
        let built = items
            .into_iter()
            .filter(|item| !is_for_tests(attributes(item)));
        let (declared, items): (Vec<_>, Vec<_>) =
            built.partition(|item| matches!(item, Item::Mod(_)));
        self.modules.push(Module {
            name,
            parent,
            file,
            items,
        });
        let own = self.modules.len() - 1;
        for item in declared {
            if let Item::Mod(declared) = item {
                self.add_declared(declared, own, file, below);
            }
        }
    }

    fn add_declared(&mut self, declared: ItemMod, parent: usize, file: usize, below: &Path) {
        let name = declared.ident.to_string();
        let inside = below.join(&name);
        match declared.content {
            Some((_, items)) => self.add_module(name, parent, file, items, &inside),
            None => {
                let beside = below.join(format!("{name}.rs"));
                let path = if beside.exists() {
                    beside
                } else {
                    inside.join("mod.rs")
                };
                self.add_file(name, parent, &path, &inside);
            }
        }
    }
}

/// Whether it is built for tests: `#[cfg(test)]`, alone or as one of several conditions.
pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition.contains("test") && !condition.contains("not")
        }
        _ => false,
    })
}

pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
