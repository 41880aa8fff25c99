//! The result of a request for a signature.

use sshtpm_ssh::error_kind::ErrorKind;

/// The result of a request for a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// It was signed.
    Signed,
    /// The caller left before it was decided.
    Left,
    /// It was not signed, for this reason.
    NotSigned(ErrorKind),
}

impl Outcome {
    /// The outcome of a request that failed with an error of `kind`.
    pub fn of_error(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::CallerGone => Self::Left,
            kind => Self::NotSigned(kind),
        }
    }

    /// The word in the record of use and on the bus.
    pub fn name(self) -> &'static str {
        match self {
            Self::Signed => SIGNED,
            Self::Left => LEFT,
            Self::NotSigned(kind) => kind.name(),
        }
    }

    /// The outcome that has this [`name`](Self::name). `None`: there is no such outcome.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            SIGNED => Some(Self::Signed),
            LEFT => Some(Self::Left),
            name => {
                let kind = ErrorKind::ALL.into_iter().find(|one| one.name() == name);
                kind.map(Self::of_error)
            }
        }
    }
}

const SIGNED: &str = "signed";
const LEFT: &str = "left";

#[cfg(test)]
mod tests {
    use super::{ErrorKind, Outcome};

    #[test]
    fn every_outcome_is_found_again_by_its_name() {
        let failed = ErrorKind::ALL.map(Outcome::of_error);
        for outcome in failed.into_iter().chain([Outcome::Signed, Outcome::Left]) {
            assert_eq!(Outcome::parse(outcome.name()), Some(outcome));
        }
        assert_eq!(Outcome::parse("Signed"), None);
    }
}
