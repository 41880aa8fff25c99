//! `use` declarations, taken apart: nested groups, renames and globs.

use syn::UseTree;

/// One name that a `use` declaration brings in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Import {
    /// `path`, known as `name` from here on. `None`: `as _`.
    Name {
        /// The name in this module.
        name: Option<String>,
        /// The segments of the path, without a `self` at the end.
        path: Vec<String>,
    },
    /// Everything in `path`.
    Glob(Vec<String>),
}

impl Import {
    /// The path as it is written.
    pub(super) fn path(&self) -> &[String] {
        match self {
            Self::Name { path, .. } | Self::Glob(path) => path,
        }
    }
}

/// All that `tree` brings in.
pub(super) fn imports(tree: &UseTree) -> Vec<Import> {
    let mut found = Vec::new();
    collect(tree, &mut Vec::new(), &mut found);
    found
}

fn collect(tree: &UseTree, prefix: &mut Vec<String>, found: &mut Vec<Import>) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(word(&path.ident));
            collect(&path.tree, prefix, found);
            prefix.pop();
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                collect(tree, prefix, found);
            }
        }
        UseTree::Glob(_) => found.push(Import::Glob(prefix.clone())),
        UseTree::Name(name) => {
            let path = joined(prefix, word(&name.ident));
            let name = path.last().cloned();
            found.push(Import::Name { name, path });
        }
        UseTree::Rename(rename) => {
            let path = joined(prefix, word(&rename.ident));
            let name = Some(word(&rename.rename)).filter(|name| name != "_");
            found.push(Import::Name { name, path });
        }
    }
}

/// `prefix` and `last`; `self` stands for the prefix, unless it is all there is.
fn joined(prefix: &[String], last: String) -> Vec<String> {
    let mut path = prefix.to_vec();
    if last != "self" || path.is_empty() {
        path.push(last);
    }
    path
}

/// An identifier without `r#`.
pub(super) fn word(ident: &proc_macro2::Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use syn::ItemUse;

    use super::{Import, imports};

    fn name(name: Option<&str>, path: &[&str]) -> Import {
        Import::Name {
            name: name.map(str::to_owned),
            path: path.iter().map(|&segment| segment.to_owned()).collect(),
        }
    }

    #[test]
    fn a_nested_group_brings_in_each_of_its_names() {
        let item: ItemUse = syn::parse_str(
            "use crate::keys::{self, Key, list::{Page as Part, Sorted as _}, find::*};",
        )
        .expect("an import");
        let glob = ["crate", "keys", "find"].map(str::to_owned).to_vec();
        assert_eq!(
            imports(&item.tree),
            [
                name(Some("keys"), &["crate", "keys"]),
                name(Some("Key"), &["crate", "keys", "Key"]),
                name(Some("Part"), &["crate", "keys", "list", "Page"]),
                name(None, &["crate", "keys", "list", "Sorted"]),
                Import::Glob(glob),
            ]
        );
    }
}
