//! The modules of one crate, each with the file it is in and the names it has.
//!
//! Spec: the Rust Reference, "Modules" (where the file of `mod name;` is).

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use syn::{Item, ItemMod};

use super::attributes::{is_for_tests, of_item, path_of_file};
use super::imports::{Import, imports, word};

/// Index of a module in its [`ModuleTree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ModuleId(usize);

/// What a name can stand for where it is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A type or a trait: a path can go on behind it, to something that belongs to it.
    Type,
    /// A function, a constant or a static.
    Value,
    /// A macro.
    Macro,
}

/// One of the things that a name means in a module.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// A child module.
    Module(ModuleId),
    /// Something that the module's own file defines.
    Item(Kind),
    /// What this path leads to from the module.
    Import(Vec<String>),
}

/// A module, with a file of its own or inline.
pub(super) struct Module {
    pub(super) parent: Option<ModuleId>,
    pub(super) file: PathBuf,
    pub(super) names: HashMap<String, Vec<Meaning>>,
    pub(super) globs: Vec<Vec<String>>,
    pub(super) items: Vec<Item>,
}

/// The modules of one crate, without those for tests.
pub(super) struct ModuleTree {
    modules: Vec<Module>,
}

impl ModuleTree {
    /// Module of the crate's root file.
    pub(super) const ROOT: ModuleId = ModuleId(0);

    /// Reads the crate whose root file is `file`.
    ///
    /// # Panics
    ///
    /// A file cannot be read, or does not parse.
    pub(super) fn read(file: &Path) -> Self {
        let mut tree = Self {
            modules: Vec::new(),
        };
        tree.read_file(file, None, directory_of(file));
        tree
    }

    /// The module with this index.
    pub(super) fn module(&self, id: ModuleId) -> &Module {
        self.modules.get(id.0).expect("a module of this tree")
    }

    /// All modules.
    pub(super) fn ids(&self) -> impl Iterator<Item = ModuleId> + use<> {
        (0..self.modules.len()).map(ModuleId)
    }

    /// Reads a file as a module whose children with files are in `children`.
    fn read_file(&mut self, file: &Path, parent: Option<ModuleId>, children: &Path) -> ModuleId {
        let text = std::fs::read_to_string(file)
            .unwrap_or_else(|error| panic!("cannot read {}: {error}", file.display()));
        let parsed = syn::parse_file(&text)
            .unwrap_or_else(|error| panic!("cannot parse {}: {error}", file.display()));
        let items = match is_for_tests(&parsed.attrs) {
            true => Vec::new(),
            false => parsed.items,
        };
        self.add(parent, file, items, children, false)
    }

    fn add(
        &mut self,
        parent: Option<ModuleId>,
        file: &Path,
        items: Vec<Item>,
        children: &Path,
        inline: bool,
    ) -> ModuleId {
        let id = ModuleId(self.modules.len());
        self.modules.push(Module {
            parent,
            file: file.to_owned(),
            names: HashMap::new(),
            globs: Vec::new(),
            items: Vec::new(),
        });
        for item in items.iter().filter(|item| !is_for_tests(of_item(item))) {
            match item {
                Item::Mod(child) => self.add_child(id, child, file, children, inline),
                Item::Use(item) => self.import(id, imports(&item.tree)),
                item => self.define(id, item),
            }
        }
        self.module_mut(id).items = items;
        id
    }

    fn add_child(
        &mut self,
        id: ModuleId,
        child: &ItemMod,
        file: &Path,
        children: &Path,
        inline: bool,
    ) {
        let name = word(&child.ident);
        let inside = children.join(&name);
        let child = match (&child.content, path_of_file(&child.attrs)) {
            (Some((_, items)), _) => self.add(Some(id), file, items.clone(), &inside, true),
            (None, Some(path)) => {
                let base = if inline { children } else { directory_of(file) };
                let path = base.join(path);
                self.read_file(&path, Some(id), directory_of(&path))
            }
            (None, None) => {
                let beside = children.join(format!("{name}.rs"));
                let below = inside.join("mod.rs");
                let path = if below.exists() { below } else { beside };
                self.read_file(&path, Some(id), &inside)
            }
        };
        self.mean(id, name, Meaning::Module(child));
    }

    fn import(&mut self, id: ModuleId, imports: Vec<Import>) {
        for import in imports {
            match import {
                Import::Name { name, path } => {
                    if let Some(name) = name {
                        self.mean(id, name, Meaning::Import(path));
                    }
                }
                Import::Glob(path) => self.module_mut(id).globs.push(path),
            }
        }
    }

    fn define(&mut self, id: ModuleId, item: &Item) {
        if let Some((name, kind)) = defined_by(item) {
            self.mean(id, name, Meaning::Item(kind));
        }
    }

    fn mean(&mut self, id: ModuleId, name: String, meaning: Meaning) {
        let names = &mut self.module_mut(id).names;
        names.entry(name).or_default().push(meaning);
    }

    fn module_mut(&mut self, id: ModuleId) -> &mut Module {
        self.modules.get_mut(id.0).expect("a module of this tree")
    }
}

/// The name that an item other than a module or an import defines.
pub(super) fn defined_by(item: &Item) -> Option<(String, Kind)> {
    let (ident, kind) = match item {
        Item::Const(item) => (&item.ident, Kind::Value),
        Item::Enum(item) => (&item.ident, Kind::Type),
        Item::Fn(item) => (&item.sig.ident, Kind::Value),
        Item::Macro(item) => (item.ident.as_ref()?, Kind::Macro),
        Item::Static(item) => (&item.ident, Kind::Value),
        Item::Struct(item) => (&item.ident, Kind::Type),
        Item::Trait(item) => (&item.ident, Kind::Type),
        Item::TraitAlias(item) => (&item.ident, Kind::Type),
        Item::Type(item) => (&item.ident, Kind::Type),
        Item::Union(item) => (&item.ident, Kind::Type),
        _ => return None,
    };
    Some((word(ident), kind))
}

fn directory_of(file: &Path) -> &Path {
    file.parent().expect("a file is in a directory")
}
