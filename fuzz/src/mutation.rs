//! Changes of inputs, as hostile peers make them and as accidents do.

use crate::random::Random;
use crate::{fields, lines};

/// Most changes of an input at a time.
const MAX_CHANGES: usize = 6;

/// Most repetitions of a part: readers that do something for each pair of parts take longest.
const MAX_REPETITIONS: usize = 512;

/// Numbers at which readers are wrong.
const NUMBERS: [u32; 12] = [
    0,
    1,
    4,
    16,
    127,
    128,
    255,
    256,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fffe,
    0xffff_ffff,
];

/// What inputs are made with.
#[derive(Debug)]
pub(crate) struct Material<'a> {
    /// Words that mean something to the reader.
    pub(crate) words: &'a [Vec<u8>],
    /// Another input.
    pub(crate) other: &'a [u8],
    /// Most bytes of an input.
    pub(crate) longest: usize,
}

/// `input` with some changes.
pub(crate) fn mutated(input: &[u8], material: &Material<'_>, random: &mut Random) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=random.below(MAX_CHANGES) {
        change(&mut bytes, material, random);
    }
    bytes.truncate(material.longest);
    bytes
}

fn change(bytes: &mut Vec<u8>, material: &Material<'_>, random: &mut Random) {
    match random.below(12) {
        0 => flip(bytes, random),
        1 => set(bytes, random),
        2 => put(bytes, &[random.byte()], random),
        3 => remove(bytes, random),
        4 => number(bytes, random),
        5 => repeat(bytes, material.longest, random),
        6 => insert_word(bytes, material.words, random),
        7 => splice(bytes, material.other, random),
        8 => bytes.truncate(random.below(bytes.len() + 1)),
        9 => lines::change(bytes, random),
        _ => fields::change(bytes, material.words, random),
    }
}

fn flip(bytes: &mut [u8], random: &mut Random) {
    let (at, bit) = (random.below(bytes.len()), random.below(8));
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << bit;
    }
}

fn set(bytes: &mut [u8], random: &mut Random) {
    let at = random.below(bytes.len());
    let new = random.byte();
    if let Some(byte) = bytes.get_mut(at) {
        *byte = new;
    }
}

fn put(bytes: &mut Vec<u8>, what: &[u8], random: &mut Random) {
    let at = random.below(bytes.len() + 1);
    bytes.splice(at..at, what.iter().copied());
}

fn remove(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len());
    let end = at + random.below((bytes.len() - at).min(32) + 1);
    bytes.drain(at..end);
}

/// One of [`NUMBERS`], or the length of what follows, in either order of bytes.
fn number(bytes: &mut [u8], random: &mut Random) {
    let at = random.below(bytes.len());
    let following = u32::try_from(bytes.len() - at).unwrap_or(u32::MAX);
    let number = match random.once_in(4) {
        true => following.saturating_sub(u32::from(random.byte() % 8)),
        false => random.one_of(&NUMBERS).copied().unwrap_or_default(),
    };
    let digits = match random.once_in(2) {
        true => number.to_be_bytes(),
        false => number.to_le_bytes(),
    };
    for (byte, digit) in bytes.iter_mut().skip(at).zip(digits) {
        *byte = digit;
    }
}

fn repeat(bytes: &mut Vec<u8>, longest: usize, random: &mut Random) {
    let at = random.below(bytes.len());
    let end = at + random.below((bytes.len() - at).min(64) + 1);
    let part: Vec<u8> = bytes.get(at..end).unwrap_or_default().to_vec();
    let room = longest.saturating_sub(bytes.len());
    let most = room
        .checked_div(part.len())
        .unwrap_or(0)
        .min(MAX_REPETITIONS);
    let times = random.below(most + 1);
    bytes.splice(at..at, part.repeat(times));
}

fn insert_word(bytes: &mut Vec<u8>, words: &[Vec<u8>], random: &mut Random) {
    let Some(word) = random.one_of(words) else {
        return;
    };
    let at = random.below(bytes.len() + 1);
    let end = match random.once_in(2) {
        true => (at + word.len()).min(bytes.len()),
        false => at,
    };
    bytes.splice(at..end, word.iter().copied());
}

/// The beginning of one, and the end of another.
fn splice(bytes: &mut Vec<u8>, other: &[u8], random: &mut Random) {
    bytes.truncate(random.below(bytes.len() + 1));
    let from = random.below(other.len() + 1);
    bytes.extend_from_slice(other.get(from..).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::{Material, mutated};
    use crate::random::Random;

    fn material(words: &[Vec<u8>]) -> Material<'_> {
        Material {
            words,
            other: b"other",
            longest: 64,
        }
    }

    #[test]
    fn inputs_stay_within_their_length_and_differ() {
        let words = [b"word".to_vec()];
        let mut random = Random::new(0);
        let made: Vec<_> = (0..2000)
            .map(|_| mutated(b"\0\0\0\x05input", &material(&words), &mut random))
            .collect();
        assert!(made.iter().all(|input| input.len() <= 64));
        let has = |part: &[u8]| {
            made.iter()
                .any(|one| one.windows(4).any(|some| some == part))
        };
        assert!(has(b"word") && has(b"ther"));
        let different: std::collections::HashSet<_> = made.iter().collect();
        assert!(different.len() > 1000, "{} different", different.len());
    }

    #[test]
    fn an_empty_input_can_be_changed() {
        let mut random = Random::new(0);
        let mut made = (0..100).map(|_| mutated(b"", &material(&[]), &mut random));
        assert!(made.any(|input| !input.is_empty()));
    }
}
