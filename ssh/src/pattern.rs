//! Names with `*` and `?` in them, as in `ssh_config(5)`, PATTERNS.

/// A text in which `*` stands for any characters and `?` for any one.
#[derive(Clone, Copy, Debug)]
pub struct Pattern<'a>(&'a str);

impl<'a> Pattern<'a> {
    /// Any text is a pattern; most match themselves alone.
    pub fn of(text: &'a str) -> Self {
        Self(text)
    }

    /// Whether it stands for `name`. The time is at most their lengths multiplied.
    pub fn matches(self, name: &str) -> bool {
        let (mut pattern, mut name) = (self.0.chars(), name.chars());
        // What is behind the last star, and where it was looked for last.
        let mut star = None;
        loop {
            let here = name.clone();
            match (pattern.next(), name.next()) {
                (None, None) => return true,
                (Some('*'), _) => {
                    star = Some((pattern.clone(), here.clone()));
                    name = here;
                }
                (Some('?'), Some(_)) => {}
                (Some(one), Some(other)) if one == other => {}
                _ => {
                    let Some((behind, from)) = &mut star else {
                        return false;
                    };
                    if from.next().is_none() {
                        return false;
                    }
                    (pattern, name) = (behind.clone(), from.clone());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::of(pattern).matches(name)
    }

    #[test]
    fn a_name_matches_itself_alone() {
        assert!(matches("git", "git"));
        for other in ["", "gi", "gits", "Git", "agit"] {
            assert!(!matches("git", other), "{other}");
        }
        assert!(matches("", "") && !matches("", "a"));
    }

    #[test]
    fn a_star_stands_for_any_characters_and_none() {
        for name in ["", "a", "deploy-1"] {
            assert!(matches("*", name) && matches("**", name), "{name}");
        }
        assert!(matches("deploy-*", "deploy-") && matches("deploy-*", "deploy-web"));
        assert!(matches("*-web", "a-web-web") && !matches("*-web", "a-web-x"));
        assert!(matches("a*b*c", "aXbYbZc") && !matches("a*b*c", "aXcYb"));
    }

    #[test]
    fn a_question_mark_stands_for_one_character() {
        assert!(matches("w?b", "web") && matches("??", "\u{e9}\u{e8}"));
        assert!(!matches("w?b", "wb") && !matches("?", "") && !matches("?", "ab"));
        assert!(matches("*?", "a") && !matches("*?", ""));
    }

    #[test]
    fn a_pattern_that_is_made_to_be_slow_is_not() {
        let pattern = "*a".repeat(128);
        assert!(!matches(&pattern, &"a".repeat(127)));
        assert!(!matches(&format!("{pattern}b"), &"a".repeat(256)));
    }
}
