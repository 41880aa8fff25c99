//! Characters that are shown as nothing, and the few places where one belongs to a picture.
//!
//! Purpose: a text must not have parts that a person cannot see. An emoji, on the other hand, may
//! consist of several characters, of which some are invisible by themselves.
//!
//! Specs: Unicode 16, `DerivedCoreProperties.txt` (`Default_Ignorable_Code_Point`) and UTS #51
//! (emoji). The tests hold both tables against those of the crate regex-syntax.

use std::ops::RangeInclusive;

/// Whether `character` is meant to be shown as nothing.
pub(crate) fn is_ignorable(character: char) -> bool {
    is_in(&DEFAULT_IGNORABLE, character)
}

/// Whether `character`, which is invisible by itself, belongs to an emoji between the characters
/// `before` and `after`: as a request for its coloured form, or as a joint to the next one.
pub(crate) fn belongs_to_emoji(before: Option<char>, character: char, after: Option<char>) -> bool {
    let is_symbol = |at: Option<char>| at.is_some_and(|at| is_in(&SYMBOLS, at));
    match character {
        AS_EMOJI => is_symbol(before),
        JOINER => (is_symbol(before) || before == Some(AS_EMOJI)) && is_symbol(after),
        _ => false,
    }
}

/// Variation selector 16: the character before it is shown as an emoji.
const AS_EMOJI: char = '\u{fe0f}';

/// Zero width joiner: the emoji beside it are shown as one.
pub(crate) const JOINER: char = '\u{200d}';

/// `Default_Ignorable_Code_Point`, with the code points that are not assigned yet.
const DEFAULT_IGNORABLE: [RangeInclusive<char>; 17] = [
    '\u{ad}'..='\u{ad}',
    '\u{34f}'..='\u{34f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fff8}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e0fff}',
];

/// Blocks of symbols that have all emoji which are not also ASCII or Latin-1, and the modifiers of
/// skin colour. Each character in them can be seen.
const SYMBOLS: [RangeInclusive<char>; 14] = [
    '\u{203c}'..='\u{203c}',
    '\u{2049}'..='\u{2049}',
    '\u{2122}'..='\u{2122}',
    '\u{2139}'..='\u{2139}',
    '\u{2190}'..='\u{21ff}',
    '\u{2300}'..='\u{23ff}',
    '\u{2460}'..='\u{24ff}',
    '\u{25a0}'..='\u{27bf}',
    '\u{2900}'..='\u{297f}',
    '\u{2b00}'..='\u{2bff}',
    '\u{3030}'..='\u{303d}',
    '\u{3297}'..='\u{3299}',
    '\u{1f000}'..='\u{1faff}',
    '\u{1fc00}'..='\u{1fffd}',
];

fn is_in(table: &[RangeInclusive<char>], character: char) -> bool {
    table.iter().any(|range| range.contains(&character))
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_syntax::hir::{Class, HirKind};

    /// The characters with a property, as regex-syntax knows them.
    fn with(property: &str) -> Vec<RangeInclusive<char>> {
        let pattern = regex_syntax::parse(&format!(r"\p{{{property}}}")).expect("a property");
        let HirKind::Class(Class::Unicode(class)) = pattern.kind() else {
            panic!("{property} is a class of characters");
        };
        let ranges = class.ranges().iter();
        ranges.map(|range| range.start()..=range.end()).collect()
    }

    #[test]
    fn the_table_has_just_the_default_ignorable_characters() {
        assert_eq!(with("Default_Ignorable_Code_Point"), DEFAULT_IGNORABLE);
    }

    #[test]
    fn the_symbols_have_all_emoji_beyond_latin_1() {
        for picture in with("Extended_Pictographic").into_iter().flatten() {
            let is_there = picture <= '\u{ff}' || is_in(&SYMBOLS, picture);
            assert!(is_there, "U+{:04X}", u32::from(picture));
        }
    }

    #[test]
    fn no_symbol_is_invisible_or_sits_on_the_one_before() {
        for unseen in [
            "Default_Ignorable_Code_Point",
            "White_Space",
            "Cc",
            "Cf",
            "M",
        ] {
            for one in with(unseen).into_iter().flatten() {
                assert!(!is_in(&SYMBOLS, one), "U+{:04X} {unseen}", u32::from(one));
            }
        }
    }
}
