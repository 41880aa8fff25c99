//! Values that are one word each: on the bus, in records and for people.

/// A value with a word of its own.
pub trait Word: Copy + Sized + 'static {
    /// Every value.
    const ALL: &'static [Self];

    /// The word, in lower-case ASCII.
    fn word(self) -> &'static str;

    /// The value of a word; `None` if no value has it.
    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.word() == word)
    }
}
