//! Names with `*` and `?` in them, as in `ssh_config(5)`, PATTERNS.
//!
//! A pattern that is made for it takes as many steps as its length and that of the name multiplied,
//! so a comparison takes its steps from a budget of its caller's.

/// A text in which `*` stands for any characters and `?` for any one.
#[derive(Clone, Copy, Debug)]
pub struct Pattern<'a>(&'a str);

/// The budget for a comparison was used up before it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a comparison with a pattern takes too many steps")]
pub struct OutOfSteps;

impl<'a> Pattern<'a> {
    /// Any text is a pattern; most match themselves alone.
    pub fn of(text: &'a str) -> Self {
        Self(text)
    }

    /// Whether it stands for `name`. Each step compares one character of both, and is taken from
    /// `left`.
    ///
    /// # Errors
    ///
    /// Nothing is left, and the comparison is not at its end.
    pub fn matches(self, name: &str, left: &mut usize) -> Result<bool, OutOfSteps> {
        let (mut pattern, mut name) = (self.0.chars(), name.chars());
        // What is behind the last star, and where it was looked for last.
        let mut star = None;
        loop {
            *left = left.checked_sub(1).ok_or(OutOfSteps)?;
            let here = name.clone();
            match (pattern.next(), name.next()) {
                (None, None) => return Ok(true),
                (Some('*'), _) => {
                    star = Some((pattern.clone(), here.clone()));
                    name = here;
                }
                (Some('?'), Some(_)) => {}
                (Some(one), Some(other)) if one == other => {}
                _ => {
                    let Some((behind, from)) = &mut star else {
                        return Ok(false);
                    };
                    if from.next().is_none() {
                        return Ok(false);
                    }
                    (pattern, name) = (behind.clone(), from.clone());
                }
            }
        }
    }
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::{OutOfSteps, Pattern};

    /// More than any comparison here takes.
    const PLENTY: usize = 1_000_000;

    fn matches(pattern: &str, name: &str) -> bool {
        let matches = Pattern::of(pattern).matches(name, &mut { PLENTY });
        matches.expect("there are steps left")
    }

    fn steps(pattern: &str, name: &str) -> usize {
        let mut left = PLENTY;
        let matches = Pattern::of(pattern).matches(name, &mut left);
        matches.expect("there are steps left");
        PLENTY - left
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
    fn each_comparison_of_characters_is_a_step() {
        assert_eq!(steps("", ""), 1);
        assert_eq!(steps("git", "git"), 4);
        assert_eq!(steps("git", "root"), 1);
        assert_eq!(steps("*.example", "web.example"), 1 + 3 + 8 + 1);
    }

    #[test]
    fn a_pattern_that_is_made_to_be_slow_takes_its_lengths_multiplied() {
        let (stars, name) = ("*a".repeat(128), "a".repeat(127));
        assert!(steps(&stars, &name) <= (stars.len() + 1) * (name.len() + 1));
        let slow = format!("*{}b", "a".repeat(127));
        let name = "a".repeat(256);
        let most = (slow.len() + 1) * (name.len() + 1);
        assert!((most / 4..=most).contains(&steps(&slow, &name)));
    }

    #[test]
    fn a_comparison_ends_when_no_step_is_left() {
        let mut left = 4;
        assert_eq!(Pattern::of("git").matches("git", &mut left), Ok(true));
        assert_eq!(left, 0);
        let mut left = 3;
        assert_eq!(
            Pattern::of("git").matches("git", &mut left),
            Err(OutOfSteps)
        );
        assert_eq!(left, 0);
    }
}
