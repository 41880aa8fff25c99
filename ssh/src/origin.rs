//! Where a key comes from, and what holds its private part.

use std::fmt;

use crate::word::Word;

/// Where a key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The TPM, or the broker, generated it. Its private part was never anywhere else.
    Generated,
    /// It was made elsewhere, and wrapped for this TPM. Copies of its private part may exist.
    Imported,
    /// It was in this TPM before, and another program kept its blob.
    Adopted,
    /// The TPM derives it from a seed of its own whenever it is needed, and nothing of it is kept.
    Derived,
}

/// What holds the private part of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holding {
    /// The TPM signs with it, and never gives it out.
    Tpm,
    /// The TPM seals it. The broker has it unsealed for each signature, because the TPM cannot sign
    /// with keys of this type.
    Sealed,
}

impl Word for Origin {
    const ALL: &'static [Self] = &[
        Self::Generated,
        Self::Imported,
        Self::Adopted,
        Self::Derived,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Generated => "generated",
            Self::Imported => "imported",
            Self::Adopted => "adopted",
            Self::Derived => "derived",
        }
    }
}

impl Word for Holding {
    const ALL: &'static [Self] = &[Self::Tpm, Self::Sealed];

    fn word(self) -> &'static str {
        match self {
            Self::Tpm => "tpm",
            Self::Sealed => "sealed",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Holding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::{Holding, Origin};
    use crate::word::Word;

    #[test]
    fn every_origin_and_holding_is_found_again_by_its_word() {
        for &origin in Origin::ALL {
            assert_eq!(Origin::of_word(origin.word()), Some(origin));
        }
        for &holding in Holding::ALL {
            assert_eq!(Holding::of_word(holding.word()), Some(holding));
        }
        assert_eq!(Origin::of_word("Generated"), None);
    }
}
