//! Who decided that the TPM itself keeps a key.

use std::fmt;

use crate::word::Word;

/// Who decided that the TPM itself keeps a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeptBy {
    /// An administrator, who named the key. The broker does not take it out of the TPM by itself.
    Administrator,
    /// The broker, because the key is used much, as the administrator's configuration allows. It
    /// gives the place back by itself.
    Use,
}

impl Word for KeptBy {
    const ALL: &'static [Self] = &[Self::Administrator, Self::Use];

    fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Use => "use",
        }
    }
}

impl fmt::Display for KeptBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_keeps_a_key_is_found_again_by_its_word() {
        for &by in KeptBy::ALL {
            assert_eq!(KeptBy::of_word(by.word()), Some(by));
        }
        assert_eq!(KeptBy::of_word(""), None);
    }
}
