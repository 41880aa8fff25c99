//! A walk over the code of one module that meets each path in it.

use syn::visit::{self, Visit};
use syn::{
    Arm, Attribute, Block, Field, FieldValue, ImplItem, ImplItemFn, Item, ItemFn, ItemUse, Local,
    Macro, Meta, PatIdent, Path, TraitItem, TraitItemFn, Variant, Visibility,
};

use super::attributes::{is_for_tests, of_impl_item, of_item, of_trait_item};
use super::imports::{Import, imports, word};
use super::local_scope::{InScope, Scope, is_constant};
use super::token_paths::paths_in;

/// One path that the code names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// In an expression, a type, a pattern, an attribute, or a macro's arguments.
    Path(Vec<String>),
    /// The name of a macro that is called.
    Macro(Vec<String>),
    /// In a private `use`.
    Use(Vec<String>),
    /// In a re-export.
    ReExport(Vec<String>),
    /// Behind `::`: a path into another crate.
    Outside(Vec<String>),
}

/// All that `items` name, without code for tests and without the items of inline modules.
pub(super) fn named_in(items: &[Item]) -> Vec<Named> {
    let mut walk = Walk::default();
    for item in items {
        walk.visit_item(item);
    }
    walk.named
}

#[derive(Default)]
struct Walk {
    named: Vec<Named>,
    /// Functions and blocks around the code, the innermost last.
    scopes: Vec<Scope>,
}

impl Walk {
    fn name(&mut self, path: &Path, wrap: fn(Vec<String>) -> Named) {
        let segments = path.segments.iter().map(|segment| word(&segment.ident));
        self.name_segments(segments.collect(), path.leading_colon.is_some(), wrap);
    }

    fn name_segments(&mut self, path: Vec<String>, outside: bool, wrap: fn(Vec<String>) -> Named) {
        if outside {
            self.named.push(Named::Outside(path));
            return;
        }
        let scopes = self.scopes.iter().rev();
        let mut known = scopes.filter_map(|scope| scope.look_up(&path));
        match known.next() {
            None => self.named.push(wrap(path)),
            Some(InScope::Imported(path)) => self.named.push(wrap(path)),
            Some(InScope::Local) => {}
        }
    }

    fn name_tokens(&mut self, tokens: &proc_macro2::TokenStream) {
        for path in paths_in(tokens.clone()) {
            self.name_segments(path, false, Named::Path);
        }
    }

    fn within(&mut self, scope: Scope, walk: impl FnOnce(&mut Self)) {
        self.scopes.push(scope);
        walk(self);
        self.scopes.pop();
    }
}

impl<'ast> Visit<'ast> for Walk {
    fn visit_item(&mut self, item: &'ast Item) {
        if !matches!(item, Item::Mod(_)) && !is_for_tests(of_item(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !is_for_tests(of_impl_item(item)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        if !is_for_tests(of_trait_item(item)) {
            visit::visit_trait_item(self, item);
        }
    }

    fn visit_local(&mut self, local: &'ast Local) {
        if !is_for_tests(&local.attrs) {
            visit::visit_local(self, local);
        }
    }

    fn visit_field(&mut self, field: &'ast Field) {
        if !is_for_tests(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_field_value(&mut self, field: &'ast FieldValue) {
        if !is_for_tests(&field.attrs) {
            visit::visit_field_value(self, field);
        }
    }

    fn visit_variant(&mut self, variant: &'ast Variant) {
        if !is_for_tests(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        if !is_for_tests(&arm.attrs) {
            visit::visit_arm(self, arm);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let wrap = match item.vis {
            Visibility::Inherited => Named::Use,
            Visibility::Public(_) | Visibility::Restricted(_) => Named::ReExport,
        };
        for import in imports(&item.tree) {
            // A glob names nothing yet: what is named through it does.
            let wrap = match import {
                Import::Name { .. } => wrap,
                Import::Glob(_) => Named::ReExport,
            };
            let path = import.path().to_vec();
            self.name_segments(path, item.leading_colon.is_some(), wrap);
        }
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        let scope = Scope::of_function(&function.sig, Some(&function.block));
        self.within(scope, |walk| visit::visit_item_fn(walk, function));
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        let scope = Scope::of_function(&function.sig, Some(&function.block));
        self.within(scope, |walk| visit::visit_impl_item_fn(walk, function));
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        let scope = Scope::of_function(&function.sig, function.default.as_ref());
        self.within(scope, |walk| visit::visit_trait_item_fn(walk, function));
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.within(Scope::of_block(block), |walk| {
            visit::visit_block(walk, block)
        });
    }

    fn visit_path(&mut self, path: &'ast Path) {
        self.name(path, Named::Path);
        visit::visit_path(self, path);
    }

    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        let name = word(&pattern.ident);
        if is_constant(&name) {
            self.name_segments(vec![name], false, Named::Path);
        }
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.name(&call.path, Named::Macro);
        self.name_tokens(&call.tokens);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().segments.len() > 1 {
            self.name(attribute.path(), Named::Path);
        }
        match &attribute.meta {
            Meta::Path(_) => {}
            Meta::List(list) => self.name_tokens(&list.tokens),
            Meta::NameValue(pair) => self.visit_expr(&pair.value),
        }
    }
}
