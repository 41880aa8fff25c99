//! Changes of inputs that consist of fields with their lengths in front, as in SSH (RFC 4251 §5).
//!
//! A field that grows or shrinks has its own length corrected, and that of each field around it.
//! Otherwise no changed input would get beyond the reader's first check.

use std::ops::Range;

use crate::random::Random;

/// Bytes of a length.
const LENGTH_BYTES: usize = 4;

/// Most bytes that are looked through for fields.
const MAX_SEARCHED: usize = 4096;

/// Most bytes of a field that is repeated.
const MAX_REPEATED: usize = 1024;

/// Changes one field of `bytes`, if there is any.
pub(crate) fn change(bytes: &mut Vec<u8>, words: &[Vec<u8>], random: &mut Random) {
    let fields = fields(bytes);
    let Some(field) = random.one_of(&fields).cloned() else {
        return;
    };
    let content = bytes.get(field.clone()).unwrap_or_default();
    let new = match random.below(6) {
        0 => Vec::new(),
        1 => random.one_of(words).cloned().unwrap_or_default(),
        2 => vec![random.byte(); random.below(300)],
        3 => content.repeat(2),
        4 => {
            let half = random.below(content.len() + 1);
            content.get(..half).unwrap_or_default().to_vec()
        }
        _ => return repeat(bytes, &fields, &field, random),
    };
    let growth = signed(new.len()) - signed(field.len());
    correct(bytes, &fields, &field, growth);
    bytes.splice(field, new);
}

/// Puts the field, with its length, behind itself once or some more times.
fn repeat(bytes: &mut Vec<u8>, fields: &[Range<usize>], field: &Range<usize>, random: &mut Random) {
    let start = field.start.saturating_sub(LENGTH_BYTES);
    let whole: Vec<u8> = bytes.get(start..field.end).unwrap_or_default().to_vec();
    if whole.len() > MAX_REPEATED {
        return;
    }
    let more = whole.repeat(1 + random.below(20));
    let around = fields.iter().filter(|one| *one != field).cloned();
    let around: Vec<_> = around.collect();
    correct(bytes, &around, &(start..field.end), signed(more.len()));
    bytes.splice(field.end..field.end, more);
}

/// Where there are contents of fields: where four bytes are the length of what may follow.
fn fields(bytes: &[u8]) -> Vec<Range<usize>> {
    let places = 0..bytes.len().min(MAX_SEARCHED);
    let field = |at: usize| {
        let (length, rest) = bytes.get(at..)?.split_first_chunk::<LENGTH_BYTES>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let start = at + LENGTH_BYTES;
        (length <= rest.len()).then_some(start..start + length)
    };
    places.filter_map(field).collect()
}

/// Adds `growth` to the lengths of all fields that have `inside` in them.
fn correct(bytes: &mut [u8], fields: &[Range<usize>], inside: &Range<usize>, growth: i64) {
    let around = |field: &&Range<usize>| field.start <= inside.start && inside.end <= field.end;
    for field in fields.iter().filter(around) {
        let length = u32::try_from(signed(field.len()) + growth).unwrap_or_default();
        let at = field.start.saturating_sub(LENGTH_BYTES);
        let digits = bytes.iter_mut().skip(at);
        for (byte, digit) in digits.zip(length.to_be_bytes()) {
            *byte = digit;
        }
    }
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{change, fields};
    use crate::random::Random;

    fn string(content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap();
        [&length.to_be_bytes(), content].concat()
    }

    #[test]
    fn fields_are_found_by_their_lengths() {
        assert_eq!(fields(&string(b"abc")).first(), Some(&(4..7)));
        assert_eq!(fields(b"\xff\xff\xff\xffabc"), []);
    }

    #[test]
    fn the_fields_around_a_changed_one_keep_their_ends() {
        let nested = string(&[string(b"first!!!"), string(b"second!!")].concat());
        let mut random = Random::new(0);
        let mut whole = 0;
        for _ in 0..200 {
            let mut bytes = nested.clone();
            change(&mut bytes, &[b"word".to_vec()], &mut random);
            let ends = fields(&bytes);
            whole += usize::from(ends.first().is_some_and(|field| field.end == bytes.len()));
        }
        assert!(whole > 150, "only {whole} of 200 are whole");
    }
}
