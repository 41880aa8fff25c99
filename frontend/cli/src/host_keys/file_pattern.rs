//! Files whose names match a pattern, as sshd's `Include` finds them.
//!
//! May touch: reads directories. Source: glob(7).

use std::fs;
use std::path::{Component, Path, PathBuf};

/// Most entries of a directory that are looked at; distributions have a handful.
const MAX_ENTRIES: usize = 4096;

/// The files that match the absolute path `pattern`, in the order of their names.
pub(crate) fn matches(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for component in pattern.components() {
        let Component::Normal(name) = component else {
            if component == Component::ParentDir {
                found.iter_mut().for_each(|path| path.push(".."));
            }
            continue;
        };
        let name = name.to_string_lossy();
        found = found
            .iter()
            .flat_map(|directory| in_directory(directory, &name))
            .collect();
    }
    found
}

fn in_directory(directory: &Path, pattern: &str) -> Vec<PathBuf> {
    if !pattern.contains(['*', '?', '[']) {
        let path = directory.join(pattern);
        return path.exists().then_some(path).into_iter().collect();
    }
    let entries = fs::read_dir(directory).into_iter().flatten();
    let names = entries.take(MAX_ENTRIES).flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    let is_hidden = |name: &str| name.starts_with('.') && !pattern.starts_with('.');
    let pattern_chars: Vec<char> = pattern.chars().collect();
    let mut names: Vec<String> = names
        .filter(|name| !is_hidden(name))
        .filter(|name| fits(&pattern_chars, &name.chars().collect::<Vec<_>>()))
        .collect();
    names.sort();
    names.iter().map(|name| directory.join(name)).collect()
}

/// Whether `name` fits `pattern`. The time is bounded by the product of their lengths: of several
/// stars only the last one has to be tried at different lengths.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut rest_of_pattern, mut rest) = (pattern, name);
    let mut last_star = None;
    loop {
        match (rest_of_pattern, rest) {
            ([], []) => return true,
            (['*', after @ ..], _) => {
                last_star = Some((after, rest));
                rest_of_pattern = after;
                continue;
            }
            ([_, ..], [c, after_c @ ..]) => {
                if let Some(after) = one(rest_of_pattern, *c) {
                    (rest_of_pattern, rest) = (after, after_c);
                    continue;
                }
            }
            _ => {}
        }
        let Some((after, [_, shorter @ ..])) = last_star else {
            return false;
        };
        last_star = Some((after, shorter));
        (rest_of_pattern, rest) = (after, shorter);
    }
}

/// What remains of a pattern, if its beginning fits this character.
fn one(pattern: &[char], c: char) -> Option<&[char]> {
    match pattern {
        ['?', rest @ ..] => Some(rest),
        ['[', rest @ ..] => match class(rest, c) {
            Some((is_in, rest)) => is_in.then_some(rest),
            // Without an end it is a bracket.
            None => (c == '[').then_some(rest),
        },
        ['\\', literal, rest @ ..] | [literal, rest @ ..] => (*literal == c).then_some(rest),
        [] => None,
    }
}

/// Whether a character is in the class that begins here, and what follows the class.
fn class(pattern: &[char], c: char) -> Option<(bool, &[char])> {
    let (is_negated, members) = match pattern {
        ['!' | '^', rest @ ..] => (true, rest),
        _ => (false, pattern),
    };
    // A bracket that comes first is a member.
    let end = members.iter().skip(1).position(|member| *member == ']')?;
    let (members, rest) = members.split_at_checked(end.saturating_add(1))?;
    let (mut is_in, mut left) = (false, members);
    while let [first, after @ ..] = left {
        left = match after {
            ['-', last, after @ ..] => {
                is_in |= (*first..=*last).contains(&c);
                after
            }
            _ => {
                is_in |= *first == c;
                after
            }
        };
    }
    Some((is_in != is_negated, rest.get(1..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{fits, matches};

    fn does_fit(pattern: &str, name: &str) -> bool {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        fits(&chars(pattern), &chars(name))
    }

    #[test]
    fn names_fit_patterns_as_the_shell_has_them() {
        for (pattern, name) in [
            ("*.conf", "a.conf"),
            ("*.conf", ".conf.conf"),
            ("[a-c]?.conf", "b1.conf"),
            ("[!a]*", "b"),
            ("[]x]", "]"),
            ("a[", "a["),
            ("*a*b*", "xxaxxbxx"),
            ("\\*", "*"),
        ] {
            assert!(does_fit(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*.conf", "a.conf.dpkg-old"),
            ("[a-c]?.conf", "d1.conf"),
            ("[!a]*", "a"),
            ("?", ""),
            ("a", "ab"),
            ("*a*b*c", "xxaxxbxx"),
        ] {
            assert!(!does_fit(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_with_many_stars_is_decided_at_once() {
        assert!(!does_fit(&"a*".repeat(100), &"a".repeat(99)));
        assert!(!does_fit(
            &format!("{}b", "*a".repeat(40)),
            &"a".repeat(250)
        ));
    }

    #[test]
    fn files_are_found_in_the_order_of_their_names() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for name in ["x", "y"] {
            fs::create_dir(path(name)).unwrap();
        }
        for name in ["y/1.conf", "x/2.conf", "x/1.conf", "x/.3.conf", "x/other"] {
            fs::write(path(name), "").unwrap();
        }
        let found = ["x/1.conf", "x/2.conf", "y/1.conf"].map(path);
        assert_eq!(matches(&path("[xy]/*.conf")), found);
        assert_eq!(matches(&path("x/other")), [path("x/other")]);
        assert!(matches(&path("x/none")).is_empty());
    }
}
