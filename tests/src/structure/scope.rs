//! What a name stands for in a module.

use std::collections::HashMap;

use syn::{Item, UseTree};

use super::sources::Crate;

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Module(usize),
    /// Something that this file defines.
    Item(usize),
}

/// The names of every module of a crate.
pub(super) struct Scopes<'a> {
    read: &'a Crate,
    scopes: Vec<Scope>,
}

#[derive(Default)]
struct Scope {
    /// Names that the module defines itself.
    defined: Vec<String>,
    /// Names that it imports or exports, with the path that each stands for.
    imported: HashMap<String, Vec<String>>,
    /// Paths of which it imports everything.
    globs: Vec<Vec<String>>,
}

/// Deepest chain of re-exports that is followed.
const MAX_DEPTH: usize = 16;

impl<'a> Scopes<'a> {
    pub(super) fn of(read: &'a Crate) -> Self {
        let scopes = read.modules.iter().map(|module| scope(&module.items));
        Self {
            read,
            scopes: scopes.collect(),
        }
    }

    /// Where `path` leads from `module`; `None` if that is outside of the crate.
    pub(super) fn resolve(&self, module: usize, path: &[String]) -> Option<Target> {
        self.resolve_at(module, path, MAX_DEPTH)
    }

    fn resolve_at(&self, module: usize, path: &[String], depth: usize) -> Option<Target> {
        let depth = depth.checked_sub(1)?;
        let (first, mut rest) = path.split_first()?;
        let mut at = match first.as_str() {
            "crate" => Target::Module(0),
            "self" => Target::Module(module),
            "super" => Target::Module(self.read.modules[module].parent),
            name => self.named(module, name, depth)?,
        };
        while let (Target::Module(inside), Some((name, behind))) = (at, rest.split_first()) {
            at = match name.as_str() {
                "self" => at,
                "super" => Target::Module(self.read.modules[inside].parent),
                name => self.named(inside, name, depth)?,
            };
            rest = behind;
        }
        Some(at)
    }

    fn named(&self, module: usize, name: &str, depth: usize) -> Option<Target> {
        let scope = &self.scopes[module];
        if scope.defined.iter().any(|defined| defined == name) {
            return Some(Target::Item(self.read.modules[module].file));
        }
        if let Some(child) = self.read.child(module, name) {
            return Some(Target::Module(child));
        }
        if let Some(path) = scope.imported.get(name) {
            // `use x::x` names another crate, or a module beside; it does not lead to itself.
            let is_itself = path.len() == 1 && path[0] == name;
            return (!is_itself).then(|| self.resolve_at(module, path, depth))?;
        }
        scope.globs.iter().find_map(|glob| {
            let path: Vec<_> = glob.iter().cloned().chain([name.to_owned()]).collect();
            self.resolve_at(module, &path, depth)
        })
    }
}

fn scope(items: &[Item]) -> Scope {
    let mut scope = Scope::default();
    for item in items {
        let defined = match item {
            Item::Const(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Fn(item) => &item.sig.ident,
            Item::Static(item) => &item.ident,
            Item::Struct(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Use(item) => {
                import(&mut scope, Vec::new(), &item.tree);
                continue;
            }
            _ => continue,
        };
        scope.defined.push(defined.to_string());
    }
    scope
}

fn import(scope: &mut Scope, mut path: Vec<String>, tree: &UseTree) {
    match tree {
        UseTree::Path(tree) => {
            path.push(tree.ident.to_string());
            import(scope, path, &tree.tree);
        }
        UseTree::Name(tree) if tree.ident == "self" => {
            if let Some(name) = path.last().cloned() {
                scope.imported.insert(name, path);
            }
        }
        UseTree::Name(tree) => {
            path.push(tree.ident.to_string());
            scope.imported.insert(tree.ident.to_string(), path);
        }
        UseTree::Rename(tree) => {
            path.push(tree.ident.to_string());
            scope.imported.insert(tree.rename.to_string(), path);
        }
        UseTree::Glob(_) => scope.globs.push(path),
        UseTree::Group(group) => {
            for tree in &group.items {
                import(scope, path.clone(), tree);
            }
        }
    }
}
