//! Attributes that decide whether an item counts, and where its file is.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta, Token, TraitItem};

/// Whether `#[cfg(…)]` keeps the item out of every build but that of the crate's own tests.
pub(super) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<Meta>()
                .is_ok_and(|condition| needs_test(&condition))
    })
}

/// Whether `condition` holds in tests alone: `test`, or `all(…)` with such a condition in it.
fn needs_test(condition: &Meta) -> bool {
    match condition {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => list
            .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
            .is_ok_and(|conditions| conditions.iter().any(needs_test)),
        _ => false,
    }
}

/// The file that `#[path = "…"]` names.
pub(super) fn path_of_file(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else {
            return None;
        };
        match &pair.value {
            Expr::Lit(literal) if pair.path.is_ident("path") => match &literal.lit {
                Lit::Str(file) => Some(file.value()),
                _ => None,
            },
            _ => None,
        }
    })
}

/// The attributes of an item of a module.
pub(super) fn of_item(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// The attributes of an item of an `impl` block.
pub(super) fn of_impl_item(item: &ImplItem) -> &[Attribute] {
    match item {
        ImplItem::Const(item) => &item.attrs,
        ImplItem::Fn(item) => &item.attrs,
        ImplItem::Macro(item) => &item.attrs,
        ImplItem::Type(item) => &item.attrs,
        _ => &[],
    }
}

/// The attributes of an item of a trait.
pub(super) fn of_trait_item(item: &TraitItem) -> &[Attribute] {
    match item {
        TraitItem::Const(item) => &item.attrs,
        TraitItem::Fn(item) => &item.attrs,
        TraitItem::Macro(item) => &item.attrs,
        TraitItem::Type(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use syn::{Attribute, ItemStruct};

    use super::{is_for_tests, path_of_file};

    fn attributes(text: &str) -> Vec<Attribute> {
        let item: ItemStruct = syn::parse_str(&format!("{text} struct S;")).expect("a struct");
        item.attrs
    }

    #[test]
    fn a_condition_that_only_tests_meet_is_for_tests() {
        for text in ["#[cfg(test)]", "#[cfg(all(unix, test))]"] {
            assert!(is_for_tests(&attributes(text)), "{text}");
        }
    }

    #[test]
    fn a_condition_that_another_build_meets_is_not_for_tests() {
        for text in ["#[cfg(not(test))]", "#[cfg(any(test, unix))]", "#[test]"] {
            assert!(!is_for_tests(&attributes(text)), "{text}");
        }
    }

    #[test]
    fn a_path_attribute_names_the_file() {
        let named = path_of_file(&attributes("#[path = \"line_tests.rs\"]"));
        assert_eq!(named.as_deref(), Some("line_tests.rs"));
        assert_eq!(path_of_file(&attributes("#[doc = \"path\"]")), None);
    }
}
