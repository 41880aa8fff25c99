//! Of what the user wants to be notified.

use clap::ValueEnum;

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Occasion {
    /// A key was used
    Used,
    /// A PIN or a confirmation is waited for
    Waiting,
}

/// Of what the user is notified. Of nothing, unless the user asks for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    used: bool,
    waiting: bool,
}

impl Settings {
    /// The arguments by which another process of this program gets the same settings.
    pub(crate) fn arguments(self) -> impl Iterator<Item = String> {
        let named = [Occasion::Used, Occasion::Waiting].into_iter();
        let named = named.filter(move |&occasion| self.include(occasion));
        let values = named.filter_map(|occasion| occasion.to_possible_value());
        values.map(|value| format!("--notify={}", value.get_name()))
    }

    /// Whether the user wants to know of `occasion`.
    pub(super) fn include(self, occasion: Occasion) -> bool {
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
