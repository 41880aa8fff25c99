//! Paths among the tokens of a macro's arguments, which `syn` does not parse.

use proc_macro2::{TokenStream, TokenTree};

use super::imports::word;

/// Every path in `tokens` and in the groups in them, names without `::` included. Names of fields
/// and methods (behind a dot, or before a single colon) and of lifetimes are left out.
pub(super) fn paths_in(tokens: TokenStream) -> Vec<Vec<String>> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let (path, after) = path_at(&tokens, at);
        if let TokenTree::Group(group) = token {
            found.extend(paths_in(group.stream()));
        } else if is_path(&tokens, at, &path, after) {
            found.push(path);
        }
        at = after.max(at + 1);
    }
    found
}

/// The segments that begin at `at`, and the index behind them.
fn path_at(tokens: &[TokenTree], at: usize) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    let mut next = at;
    while let Some(TokenTree::Ident(ident)) = tokens.get(next) {
        path.push(word(ident));
        next += 1;
        let goes_on = is_punct(tokens, next, ':')
            && is_punct(tokens, next + 1, ':')
            && matches!(tokens.get(next + 2), Some(TokenTree::Ident(_)));
        if !goes_on {
            break;
        }
        next += 2;
    }
    (path, next)
}

/// Whether the segments from `at` to `after` are a path, and not a member, its name or a lifetime.
fn is_path(tokens: &[TokenTree], at: usize, path: &[String], after: usize) -> bool {
    let before = |distance, char| {
        at.checked_sub(distance)
            .is_some_and(|at| is_punct(tokens, at, char))
    };
    let member = before(1, '.') && !before(2, '.');
    let behind_type = before(1, ':') && before(2, ':');
    let name_of_field =
        path.len() == 1 && is_punct(tokens, after, ':') && !is_punct(tokens, after + 1, ':');
    !path.is_empty() && !member && !behind_type && !name_of_field && !before(1, '\'')
}

fn is_punct(tokens: &[TokenTree], at: usize, char: char) -> bool {
    matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}

#[cfg(test)]
mod tests {
    use super::paths_in;

    fn paths(text: &str) -> Vec<String> {
        let tokens = text.parse().expect("tokens");
        let paths = paths_in(tokens).into_iter();
        paths.map(|path| path.join("::")).collect()
    }

    #[test]
    fn paths_are_found_in_groups_and_type_arguments() {
        let found = paths("\"{}\", super::page(vec![crate::Key::<self::Kind>::new(1..LAST)])");
        let expected = ["super::page", "vec", "crate::Key", "self::Kind", "LAST"];
        assert_eq!(found, expected);
    }

    #[test]
    fn members_and_lifetimes_are_not_paths() {
        assert_eq!(
            paths("a.list().name, Key { kind: b, } &'static"),
            ["a", "Key", "b"]
        );
    }

    #[test]
    fn the_crate_of_a_macro_is_this_crate() {
        assert_eq!(paths("$crate::keys::list($x)"), ["crate::keys::list", "x"]);
    }
}
