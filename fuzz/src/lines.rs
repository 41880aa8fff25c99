//! Changes of inputs that consist of lines and words.

use crate::random::Random;

/// Repeats, moves or removes a line or a word of `bytes`.
pub(crate) fn change(bytes: &mut Vec<u8>, random: &mut Random) {
    let end = match random.once_in(2) {
        true => b'\n',
        false => b' ',
    };
    let mut parts: Vec<Vec<u8>> = bytes
        .split(|byte| *byte == end)
        .map(<[u8]>::to_vec)
        .collect();
    let (from, to) = (random.below(parts.len()), random.below(parts.len()));
    match random.below(3) {
        0 => parts.swap(from, to),
        1 => drop(parts.remove(from)),
        _ => {
            let part = parts.get(from).cloned().unwrap_or_default();
            parts.insert(to, part);
        }
    }
    *bytes = parts.join(&end);
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::change;
    use crate::random::Random;

    #[test]
    fn lines_are_repeated_moved_and_removed() {
        let mut random = Random::new(0);
        let made: HashSet<Vec<u8>> = (0..300)
            .map(|_| {
                let mut bytes = b"one\ntwo".to_vec();
                change(&mut bytes, &mut random);
                bytes
            })
            .collect();
        for text in ["two\none", "two", "one\none\ntwo"] {
            assert!(made.contains(text.as_bytes()), "{text:?}");
        }
    }
}
