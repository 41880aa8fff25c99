//! Key files of anybody: what is mailed around, and what a disk does to files.

use sshtpm_fuzz::{Budget, Line, Target};

use crate::effort::Bounds;
use crate::samples::{PASSPHRASE, SAMPLES};
use crate::{KeyFile, KeyFileError};

/// Room for the memory of Argon2 and scrypt, and for numbers of 4096 bits.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 2048,
        per_byte: 1,
    },
    memory: Line {
        fixed: 512 * 1024,
        per_byte: 16,
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
