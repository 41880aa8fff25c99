//! Finds where a certificate ends: by the length at its beginning, and by nothing else of it.
//!
//! Specs: ITU-T X.690, §8.1.3 (length octets).

/// A SEQUENCE, as which every certificate begins.
const SEQUENCE: u8 = 0x30;

/// What chips fill the rest of an index with.
const PADDING: [u8; 2] = [0x00, 0xff];

/// The certificates in `content`, up to the first byte that belongs to none.
pub(super) fn split(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = content;
    std::iter::from_fn(move || {
        while let [byte, after @ ..] = rest
            && PADDING.contains(byte)
        {
            rest = after;
        }
        let certificate = first(rest)?;
        rest = rest.get(certificate.len()..)?;
        Some(certificate)
    })
}

/// The certificate with which `content` begins; `None` if it begins with none, or has not all of
/// it.
pub(super) fn first(content: &[u8]) -> Option<&[u8]> {
    let (header, length) = match content {
        [SEQUENCE, 0x81, length, ..] => (3, usize::from(*length)),
        [SEQUENCE, 0x82, high, low, ..] => (4, usize::from(u16::from_be_bytes([*high, *low]))),
        [SEQUENCE, length @ 1..=0x7f, ..] => (2, usize::from(*length)),
        _ => return None,
    };
    content.get(..header + length)
}

#[cfg(test)]
mod tests {
    use super::{first, split};

    fn sequence(length: u16) -> Vec<u8> {
        let [high, low] = length.to_be_bytes();
        let header = match length {
            0..0x80 => vec![0x30, low],
            0x80..0x100 => vec![0x30, 0x81, low],
            _ => vec![0x30, 0x82, high, low],
        };
        [header, vec![7; usize::from(length)]].concat()
    }

    #[test]
    fn a_certificate_ends_where_it_says() {
        for length in [1, 0x7f, 0x80, 0xff, 0x100, 1200] {
            let certificate = sequence(length);
            let padded = [&certificate[..], &[0xff; 40]].concat();
            assert_eq!(first(&padded), Some(&certificate[..]));
            assert_eq!(first(&certificate), Some(&certificate[..]));
        }
    }

    #[test]
    fn one_that_is_cut_off_or_something_else_is_none() {
        let certificate = sequence(1200);
        let cut = &certificate[..certificate.len() - 1];
        for wrong in [
            &[][..],
            &[0x30],
            &[0x30, 0],
            &[0x30, 0x80],
            &[0x31, 1, 7],
            cut,
        ] {
            assert_eq!(first(wrong), None);
        }
    }

    #[test]
    fn certificates_are_told_apart_with_padding_between_them() {
        let (one, other) = (sequence(900), sequence(1000));
        let content = [
            &one[..],
            &other,
            &[0; 30],
            &one,
            &[0xff; 9],
            b"no more",
            &one,
        ]
        .concat();
        let found: Vec<_> = split(&content).collect();
        assert_eq!(found, [&one[..], &other, &one]);
    }
}
