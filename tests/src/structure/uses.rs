//! Which file uses which, and by what name.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;
use syn::{ImplItemFn, Item, Macro, Path, Stmt, UseTree, Visibility};

use super::scope::{Scopes, Target};
use super::sources::{Crate, attributes, is_for_tests};

/// From a file to another, with the names that the first takes from the second.
pub(super) type Uses = BTreeMap<(usize, usize), BTreeSet<String>>;

/// The uses between the files of a crate.
pub(super) fn between_files(read: &Crate) -> Uses {
    let scopes = Scopes::of(read);
    let mut uses = Uses::new();
    for (at, module) in read.modules.iter().enumerate() {
        let mut found = Found {
            scopes: &scopes,
            module: at,
            file: module.file,
            uses: &mut uses,
        };
        for item in &module.items {
            found.visit_item(item);
        }
    }
    uses
}

struct Found<'a, 'b> {
    scopes: &'a Scopes<'a>,
    module: usize,
    file: usize,
    uses: &'b mut Uses,
}

impl Found<'_, '_> {
    fn path(&mut self, path: &[String]) {
        if let Some(Target::Item(file)) = self.scopes.resolve(self.module, path)
            && file != self.file
        {
            let names = self.uses.entry((self.file, file)).or_default();
            names.extend(path.last().cloned());
        }
    }

    fn imports(&mut self, mut path: Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.imports(path, &tree.tree);
            }
            UseTree::Name(tree) => {
                path.push(tree.ident.to_string());
                self.path(&path);
            }
            UseTree::Rename(tree) => {
                path.push(tree.ident.to_string());
                self.path(&path);
            }
            UseTree::Glob(_) => {}
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.imports(path.clone(), tree);
                }
            }
        }
    }

    /// Paths in what a macro is given, which is no syntax yet.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.path(&std::mem::take(&mut path));
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(mark) if mark.as_char() == ':' => colons += 1,
                TokenTree::Group(group) => {
                    self.path(&std::mem::take(&mut path));
                    self.tokens(group.stream());
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {
                    self.path(&std::mem::take(&mut path));
                    colons = 0;
                }
            }
        }
        self.path(&path);
    }
}

impl<'ast> Visit<'ast> for Found<'_, '_> {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            _ if is_for_tests(attributes(item)) => {}
            // A re-export is used where its name is.
            Item::Use(item) if !matches!(item.vis, Visibility::Inherited) => {}
            Item::Use(item) => self.imports(Vec::new(), &item.tree),
            item => syn::visit::visit_item(self, item),
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !is_for_tests(&item.attrs) {
            syn::visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        match statement {
            Stmt::Local(local) if is_for_tests(&local.attrs) => {}
            statement => syn::visit::visit_stmt(self, statement),
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let names: Vec<_> = path
            .segments
            .iter()
            .map(|one| one.ident.to_string())
            .collect();
        self.path(&names);
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.tokens(call.tokens.clone());
    }
}
