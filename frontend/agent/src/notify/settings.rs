//! Of what the user wants to be notified.

use clap::ValueEnum;
use serde::Deserialize;

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Occasion {
    /// A key was used
    Used,
    /// A PIN or a confirmation is waited for
    Waiting,
}

/// Of what the user is notified: a table with `used` and `waiting`, each false unless it is there.
/// Of nothing, unless the user asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    used: bool,
    waiting: bool,
}

impl Settings {
    /// Whether the user wants to know of `occasion`.
    pub(crate) fn include(self, occasion: Occasion) -> bool {
        match occasion {
            Occasion::Used => self.used,
            Occasion::Waiting => self.waiting,
        }
    }
}

impl<'a> FromIterator<&'a Occasion> for Settings {
    fn from_iter<I: IntoIterator<Item = &'a Occasion>>(occasions: I) -> Self {
        let mut settings = Self::default();
        for occasion in occasions {
            match occasion {
                Occasion::Used => settings.used = true,
                Occasion::Waiting => settings.waiting = true,
            }
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::{Occasion, Settings};

    #[test]
    fn a_table_says_the_same_as_the_option() {
        let table = |text: &str| toml::from_str::<Settings>(text);
        assert_eq!(table(""), Ok(Settings::default()));
        let both = [Occasion::Used, Occasion::Waiting];
        assert_eq!(
            table("used = true\nwaiting = true"),
            Ok(both.iter().collect())
        );
        assert_eq!(table("used = false"), Ok(Settings::default()));
        for wrong in ["other = true", "used = 1", "used = \"yes\""] {
            assert!(table(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_user_is_notified_of_what_is_named_and_of_nothing_else() {
        for occasions in [
            &[][..],
            &[Occasion::Used],
            &[Occasion::Waiting],
            &[Occasion::Used, Occasion::Waiting],
        ] {
            let settings: Settings = occasions.iter().collect();
            for occasion in [Occasion::Used, Occasion::Waiting] {
                let is_named = occasions.contains(&occasion);
                assert_eq!(settings.include(occasion), is_named, "{occasions:?}");
            }
        }
    }
}
