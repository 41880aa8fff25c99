//! A line of a key on paper: data in base32, and a check that belongs to its place.
//!
//! A line has 25 bytes, the last one what is left: eight groups of five characters. A group of four
//! follows, the first 20 bits of a SHA-256 hash over the number of the line, whether it is the last
//! one, and its data. A mistake passes once in a million times.
//!
//! Specs: RFC 4648 §6 (base32), FIPS 180-4.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// Bytes of data in each line but the last.
pub(crate) const DATA_BYTES: usize = 25;

/// Most lines. A P-521 key with the longest comment of sshtpm takes 32.
pub const MAX_LINES: usize = 40;

/// Characters of data in each line but the last.
const DATA_CHARS: usize = 40;

/// Characters of the check.
const CHECK_CHARS: usize = 4;

/// Characters of each line but the last.
const LINE_CHARS: usize = DATA_CHARS + CHECK_CHARS;

/// Characters of a group.
const GROUP: usize = 5;

/// Most characters of a line as it is typed; further ones make it wrong.
const MAX_TYPED: usize = 256;

/// What the checks of this form begin with, so that another form has others.
const DOMAIN: &[u8] = b"sshtpm paper 1";

/// A line that was read.
pub(crate) struct Line {
    pub(crate) data: Zeroizing<Vec<u8>>,
    pub(crate) is_last: bool,
}

/// Why a line is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongLine {
    /// A character that no line has.
    #[error("{0:?} is not among the characters that it can have, A to Z and 2 to 7")]
    Character(char),
    /// It has another number of characters than a line can have.
    #[error("it has {0} characters; a line has {LINE_CHARS}, and the last one fewer")]
    Length(usize),
    /// It is shorter than a line, and its check does not fit.
    #[error("it has {0} characters instead of {LINE_CHARS}, or a mistake if it is the last one")]
    Short(usize),
    /// The check does not fit.
    #[error("its last four characters, which check it, do not fit the others")]
    Check,
    /// It stands elsewhere on the paper.
    #[error("this is line {0} of the paper")]
    Place(usize),
}

/// Line `number`, counted from 1, with these data.
pub(crate) fn write(number: usize, data: &[u8], is_last: bool) -> String {
    let text = BASE32_NOPAD.encode(data);
    let groups: Vec<&str> = text
        .as_bytes()
        .chunks(GROUP)
        .filter_map(|group| std::str::from_utf8(group).ok())
        .collect();
    let check = check(number, data, is_last);
    format!("{number:>2}  {}  {check}", groups.join(" "))
}

fn check(number: usize, data: &[u8], is_last: bool) -> String {
    let place = [u8::try_from(number).unwrap_or(u8::MAX), is_last.into()];
    let hash = Sha256::new()
        .chain_update(DOMAIN)
        .chain_update(place)
        .chain_update(data)
        .finalize();
    let mut text = BASE32_NOPAD.encode(&hash);
    text.truncate(CHECK_CHARS);
    text
}

/// Reads line `number`, with or without its number, as a person types it.
///
/// # Errors
///
/// It is not that line.
pub(crate) fn read(number: usize, typed: &str) -> Result<Line, WrongLine> {
    let as_typed = read_plain(number, typed);
    let Err(wrong) = as_typed else {
        return as_typed;
    };
    // The digits of the number could be the beginning of the data, too; the check tells.
    let Some((first, rest)) = typed.trim_start().split_once(char::is_whitespace) else {
        return Err(wrong);
    };
    let first = first.trim_end_matches(['.', ':', ')']);
    match first.parse::<usize>() {
        Ok(stated) if stated == number => read_plain(number, rest),
        Ok(stated) if read_plain(stated, rest).is_ok() => Err(WrongLine::Place(stated)),
        _ => Err(wrong),
    }
}

fn read_plain(number: usize, typed: &str) -> Result<Line, WrongLine> {
    let text = characters(typed)?;
    let length = WrongLine::Length(text.len());
    let data_chars = text.len().checked_sub(CHECK_CHARS).ok_or(length)?;
    if data_chars == 0 || data_chars > DATA_CHARS {
        return Err(length);
    }
    let unfit = match data_chars {
        DATA_CHARS => WrongLine::Check,
        _ => WrongLine::Short(text.len()),
    };
    let (encoded, typed_check) = text.split_at(data_chars);
    let data = match BASE32_NOPAD.decode(encoded) {
        Ok(data) => Zeroizing::new(data),
        Err(_) => return Err(unfit),
    };
    let fits = |number, is_last| check(number, &data, is_last).as_bytes() == typed_check;
    if let Some(is_last) = [false, true].into_iter().find(|last| fits(number, *last)) {
        return Ok(Line { data, is_last });
    }
    let elsewhere = (1..=MAX_LINES).find(|number| fits(*number, false) || fits(*number, true));
    Err(elsewhere.map_or(unfit, WrongLine::Place))
}

/// The characters of a line without what only separates them. Small letters count as capitals, and
/// digits that base32 does not have as the letters that they look like.
fn characters(typed: &str) -> Result<Zeroizing<Vec<u8>>, WrongLine> {
    let mut text = Zeroizing::new(Vec::with_capacity(MAX_TYPED));
    let separates = |c: &char| c.is_whitespace() || matches!(c, '-' | '.');
    for character in typed.chars().filter(|c| !separates(c)) {
        if text.len() == MAX_TYPED {
            return Err(WrongLine::Length(text.len()));
        }
        match character.to_ascii_uppercase() {
            '0' => text.push(b'O'),
            '1' => text.push(b'I'),
            '8' => text.push(b'B'),
            c @ ('A'..='Z' | '2'..='7') => text.extend(u8::try_from(c)),
            _ => return Err(WrongLine::Character(character)),
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::{DATA_BYTES, WrongLine, read, write};

    fn data(length: usize) -> Vec<u8> {
        (0..length)
            .map(|n| u8::try_from(n * 37 % 256).unwrap())
            .collect()
    }

    fn wrong(number: usize, typed: &str) -> WrongLine {
        match read(number, typed) {
            Ok(_) => panic!("{typed} was taken"),
            Err(wrong) => wrong,
        }
    }

    #[test]
    fn a_line_is_read_back_however_it_is_typed() {
        for length in 1..=DATA_BYTES {
            for is_last in [false, true] {
                let data = data(length);
                let line = write(7, &data, is_last);
                let bare = line.trim_start().split_once(' ').unwrap().1.to_owned();
                let dense: String = bare.split_whitespace().collect();
                let alike = bare.replace('O', "0").replace('I', "1").replace('B', "8");
                for typed in [&line, &bare, &dense, &bare.to_lowercase(), &alike] {
                    let read = read(7, typed).unwrap_or_else(|wrong| panic!("{typed}: {wrong}"));
                    assert_eq!(read.data.as_slice(), data);
                    assert_eq!(read.is_last, is_last);
                }
            }
        }
    }

    #[test]
    fn a_character_that_is_mistyped_is_noticed_wherever_it_stands() {
        let line = write(3, &data(DATA_BYTES), false);
        let bare = line.trim_start().split_once(' ').unwrap().1;
        for (at, character) in bare.char_indices().filter(|(_, c)| *c != ' ') {
            let other = if character == 'A' { "C" } else { "A" };
            let mut typed = bare.to_owned();
            typed.replace_range(at..=at, other);
            assert_eq!(wrong(3, &typed), WrongLine::Check, "{typed}");
            typed.replace_range(at..=at, "");
            assert_eq!(wrong(3, &typed), WrongLine::Short(43), "{typed}");
        }
    }

    #[test]
    fn characters_that_change_places_are_noticed() {
        let line = write(3, &data(DATA_BYTES), false);
        let text: Vec<char> = line
            .split_whitespace()
            .skip(1)
            .flat_map(str::chars)
            .collect();
        for at in 1..text.len() {
            let mut typed = text.clone();
            typed.swap(at - 1, at);
            let same = typed == text;
            assert!(same || read(3, &typed.iter().collect::<String>()).is_err());
        }
    }

    #[test]
    fn a_line_from_another_place_is_named() {
        let line = write(4, &data(DATA_BYTES), false);
        assert_eq!(wrong(3, &line), WrongLine::Place(4));
        let bare = line.trim_start().split_once(' ').unwrap().1;
        assert_eq!(wrong(3, bare), WrongLine::Place(4));
    }

    #[test]
    fn what_no_line_has_is_refused() {
        assert_eq!(wrong(1, "ABC9"), WrongLine::Character('9'));
        assert_eq!(wrong(1, "ÄBC"), WrongLine::Character('Ä'));
        assert_eq!(wrong(1, ""), WrongLine::Length(0));
        assert_eq!(wrong(1, &"A".repeat(300)), WrongLine::Length(256));
        assert_eq!(wrong(1, &"A".repeat(44)), WrongLine::Check);
    }
}
