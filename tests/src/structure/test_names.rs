//! Names of tests.

use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, ItemFn};

/// The names of all tests in `text`, the source `file`.
///
/// # Panics
///
/// `text` does not parse.
pub(super) fn test_names(file: &Path, text: &str) -> Vec<String> {
    let parsed = syn::parse_file(text)
        .unwrap_or_else(|error| panic!("cannot parse {}: {error}", file.display()));
    let mut names = TestNames(Vec::new());
    names.visit_file(&parsed);
    names.0
}

struct TestNames(Vec<String>);

impl<'ast> Visit<'ast> for TestNames {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        if function.attrs.iter().any(is_test) {
            self.0.push(function.sig.ident.to_string());
        }
        visit::visit_item_fn(self, function);
    }
}

/// Whether the attribute is `#[test]` or `#[tokio::test(…)]`.
fn is_test(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident == "test")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::test_names;

    #[test]
    fn a_test_is_found_in_each_module_and_a_function_of_no_test_is_not() {
        let text = "#[test] fn one() {} fn two() {} \
                    mod tests { #[tokio::test(start_paused = true)] async fn three() {} }";
        assert_eq!(test_names(Path::new("list.rs"), text), ["one", "three"]);
    }
}
