//! Key files of anybody: what is mailed around, and what a disk does to files.

use sshtpm_fuzz::{Budget, Line, Target};

use crate::armor::private_block;
use crate::asn1::{Encrypted, pkcs1, pkcs8, sec1};
use crate::effort::Bounds;
use crate::openssh::Container;
use crate::samples::{PASSPHRASE, SAMPLES};
use crate::{KeyFile, KeyFileError};

/// Room for the memory of Argon2 and scrypt within [`QUICK`].
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 128,
        per_byte: 1,
    },
    memory: Line {
        fixed: 256 * 1024,
        per_byte: 8,
    },
    ..Budget::PLAIN
};

/// A passphrase is tried within these, so that thousands of them take seconds.
const QUICK: Bounds = Bounds {
    bcrypt_rounds: 2,
    pbkdf2_iterations: 20,
    memory_bytes: 128 * 1024,
    scrypt_blocks: 1024,
    argon2_kib: 256,
};

fn run(name: &'static str, of: &[&str], words: &[&str]) {
    let seeds = SAMPLES
        .iter()
        .filter(|sample| of.iter().any(|start| sample.name.starts_with(start)));
    let target = Target::new(name)
        .seeds(seeds.map(|sample| sample.file))
        .words(words)
        .budget(BUDGET);
    target.run(|bytes| {
        let file = KeyFile::read(bytes).map_err(kind)?;
        let key = file.open_within(PASSPHRASE, QUICK).map_err(kind)?;
        let public = key.private.public();
        assert!(file.public().is_none_or(|shown| shown == public));
        Ok::<_, std::mem::Discriminant<KeyFileError>>(public.algorithm())
    });
}

fn kind(error: KeyFileError) -> std::mem::Discriminant<KeyFileError> {
    std::mem::discriminant(&error)
}

#[test]
fn a_file_in_opensshs_format_costs_little_and_fits_its_public_key() {
    let words = [
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "AAAA",
        "b3BlbnNzaC1rZXktdjEA",
    ];
    run("openssh-keys", &["openssh-"], &words);
}

#[test]
fn a_pem_file_of_any_content_costs_little_to_read() {
    let words = [
        "-----BEGIN EC PARAMETERS-----",
        "DEK-Info: x",
        "MIIE",
        "Af//",
    ];
    run("pem-keys", &["pkcs", "sec1", "pbes2", "scrypt"], &words);
}

#[test]
fn a_putty_file_of_any_content_costs_little_to_read() {
    let words = [
        "Argon2-Memory: 4294967295",
        "Private-Lines: 4294967295",
        "aes256-cbc",
    ];
    run("putty-keys", &["ppk"], &words);
}

/// What is between the lines of PEM files whose names begin so: there a changed byte is a changed
/// field, and not a broken line of base64.
fn contents(of: &[&str]) -> impl Iterator<Item = Vec<u8>> {
    let files = SAMPLES
        .iter()
        .filter(|sample| of.iter().any(|start| sample.name.starts_with(start)));
    files.map(|sample| {
        let block = private_block(sample.file).expect(sample.name);
        block.expect(sample.name).bytes.to_vec()
    })
}

#[test]
fn a_container_of_openssh_gives_the_key_that_it_shows_or_none() {
    let target = Target::new("openssh-containers")
        .seeds(contents(&["openssh-"]))
        .budget(BUDGET);
    target.run(|bytes| {
        let container = Container::read(bytes).map_err(kind)?;
        let key = container.open(PASSPHRASE, QUICK).map_err(kind)?;
        assert!(key.private.public() == *container.public());
        Ok::<_, std::mem::Discriminant<KeyFileError>>(key.comment.len())
    });
}

#[test]
fn keys_in_asn_1_of_any_content_cost_little_to_read() {
    let target = Target::new("asn1-keys")
        .seeds(contents(&["pkcs", "sec1", "pbes2", "scrypt"]))
        .budget(BUDGET);
    target.run(|bytes| {
        let open = |encrypted: Encrypted| encrypted.open(PASSPHRASE, QUICK);
        let read = [
            pkcs1(bytes),
            sec1(bytes, None),
            pkcs8(bytes),
            Encrypted::read(bytes).and_then(open),
        ];
        read.map(|key| {
            key.map(|key| key.private.public().algorithm())
                .map_err(kind)
        })
    });
}
