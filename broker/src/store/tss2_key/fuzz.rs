//! Key files of other programs.

use der::pem::{LineEnding, PemLabel as _};
use sshtpm_fuzz::{Budget, Line, Target};

use super::tests::FROM_OPENSSL;
use super::{KeyFile, decode, encode};
use crate::store::fixtures::sealed_key;
use sshtpm_core::key::Protection;

/// The text is decoded, and each part copied twice.
const BUDGET: Budget = Budget {
    memory: Line {
        fixed: 64 * 1024,
        per_byte: 8,
    },
    ..Budget::PLAIN
};

/// A sealed key of ours.
fn sealed() -> String {
    encode(&sealed_key(1).blob, Protection::Nothing).expect("a text")
}

#[test]
fn a_key_file_of_anybody_costs_little_to_read() {
    let target = Target::new("tss2-key-texts")
        .seeds([FROM_OPENSSL.to_owned(), sealed()])
        .budget(BUDGET);
    let target = target.words([
        "-----BEGIN TSS2 PRIVATE KEY-----",
        "-----END ",
        "=\n",
        "\r\n",
    ]);
    target.run(|bytes| read(str::from_utf8(bytes).ok()?));
}

#[test]
fn the_inside_of_a_key_file_of_anybody_costs_little_to_read() {
    let inside = |text: &str| der::pem::decode_vec(text.as_bytes()).expect("PEM").1;
    let seeds = [inside(FROM_OPENSSL), inside(&sealed())];
    let target = Target::new("tss2-keys").seeds(seeds).budget(BUDGET);
    target.run(|bytes| {
        let text = der::pem::encode_string(KeyFile::PEM_LABEL, LineEnding::LF, bytes);
        read(&text.ok()?)
    });
}

fn read(text: &str) -> Option<String> {
    Some(match decode(text) {
        Ok((blob, protection)) => {
            let again = encode(&blob, protection).expect("what was read can be written");
            let read = decode(&again).expect("what was written can be read");
            assert!(read == (blob, protection), "another key");
            format!("{protection:?}")
        }
        Err(damage) => format!("{damage:?}"),
    })
}
