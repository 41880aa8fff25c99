//! Texts in fields of a fixed length, padded with blanks.
//!
//! Specs: PKCS #11 2.40, section 3: "must be padded with the blank character", and not terminated.

/// `text` in a field of `N` bytes, cut between two characters if it is longer.
pub(crate) fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut field = [b' '; N];
    let ends = text.char_indices().map(|(at, one)| at + one.len_utf8());
    let end = ends.take_while(|end| *end <= N).last().unwrap_or(0);
    for (place, byte) in field.iter_mut().zip(text.bytes().take(end)) {
        *place = byte;
    }
    field
}

#[cfg(test)]
mod tests {
    use super::padded;

    #[test]
    fn a_short_text_is_padded_with_blanks() {
        assert_eq!(&padded::<6>("TPM"), b"TPM   ");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(padded::<4>("abcdef"), *b"abcd");
        assert_eq!(padded::<4>("abcé"), *b"abc ");
    }
}
