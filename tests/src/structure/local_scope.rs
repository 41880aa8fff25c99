//! Names that a function or a block defines for itself.

use std::collections::{HashMap, HashSet};

use syn::visit::{self, Visit};
use syn::{Block, Item, PatIdent, Signature, Stmt};

use super::imports::{Import, imports, word};
use super::module_tree::defined_by;

/// The names of one function or block.
#[derive(Debug, Default)]
pub(super) struct Scope {
    variables: HashSet<String>,
    items: HashSet<String>,
    imports: HashMap<String, Vec<String>>,
}

/// What a path means by a name of a scope.
pub(super) enum InScope {
    /// Something local.
    Local,
    /// This path, from the module.
    Imported(Vec<String>),
}

impl Scope {
    /// The variables of a function, those of its blocks included.
    pub(super) fn of_function(signature: &Signature, block: Option<&Block>) -> Self {
        let mut scope = Self::default();
        let mut walk = Variables(&mut scope.variables);
        walk.visit_signature(signature);
        if let Some(block) = block {
            walk.visit_block(block);
        }
        scope
    }

    /// The items and imports in a block.
    pub(super) fn of_block(block: &Block) -> Self {
        let mut scope = Self::default();
        for statement in &block.stmts {
            match statement {
                Stmt::Item(Item::Use(item)) => scope.import(imports(&item.tree)),
                Stmt::Item(item) => scope.items.extend(defined_by(item).map(|(name, _)| name)),
                _ => {}
            }
        }
        scope
    }

    /// What `path` means, if it begins with a name of this scope.
    pub(super) fn look_up(&self, path: &[String]) -> Option<InScope> {
        let (first, rest) = path.split_first()?;
        if let Some(import) = self.imports.get(first) {
            return Some(InScope::Imported([import, rest].concat()));
        }
        let hidden =
            self.items.contains(first) || (rest.is_empty() && self.variables.contains(first));
        hidden.then_some(InScope::Local)
    }

    fn import(&mut self, imports: Vec<Import>) {
        for import in imports {
            if let Import::Name {
                name: Some(name),
                path,
            } = import
            {
                self.imports.insert(name, path);
            }
        }
    }
}

/// Whether a pattern that is `name` compares with a constant. A variable's name begins with a small
/// letter; the compiler warns of others.
pub(super) fn is_constant(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}

struct Variables<'a>(&'a mut HashSet<String>);

impl<'ast> Visit<'ast> for Variables<'_> {
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        let name = word(&pattern.ident);
        if !is_constant(&name) {
            self.0.insert(name);
        }
        visit::visit_pat_ident(self, pattern);
    }
}
