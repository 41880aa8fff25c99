//! What is read of files that other programs wrote.

use sshtpm_ssh::fingerprint::Fingerprint;

use crate::error::Unsuitable;
use crate::samples::{PASSPHRASE, SAMPLES, testdata};
use crate::{KeyFile, KeyFileError, PrivatePart};

fn refusal(file: &[u8]) -> KeyFileError {
    match KeyFile::read(file) {
        Ok(file) => file.open(PASSPHRASE).unwrap_err(),
        Err(error) => error,
    }
}

#[test]
fn every_file_gives_the_key_that_ssh_keygen_sees_in_it() {
    for sample in SAMPLES {
        let file = KeyFile::read(sample.file).expect(sample.name);
        assert_eq!(file.is_encrypted(), sample.is_encrypted, "{}", sample.name);
        let key = file.open(PASSPHRASE).expect(sample.name);
        let public = key.private.public();
        let fingerprint = Fingerprint::of(&public).to_string();
        assert_eq!(fingerprint, sample.fingerprint, "{}", sample.name);
        assert!(file.public().is_none_or(|shown| shown == public));
    }
}

#[test]
fn scalars_with_leading_zeros_have_the_length_of_their_curve() {
    let lengths: Vec<usize> = SAMPLES
        .iter()
        .filter(|sample| sample.name.contains("zeros"))
        .map(|sample| KeyFile::read(sample.file).unwrap().open(b"").unwrap())
        .map(|key| match key.private {
            PrivatePart::Ecdsa(key) => {
                assert_eq!(key.scalar()[0], 0);
                key.scalar().len()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(lengths, [32, 48, 66, 66]);
}

#[test]
fn a_wrong_passphrase_is_told_from_damage() {
    for sample in SAMPLES.iter().filter(|sample| sample.is_encrypted) {
        let file = KeyFile::read(sample.file).unwrap();
        let wrong = file.open(b"incorrect horse").unwrap_err();
        assert_eq!(wrong, KeyFileError::WrongPassphrase, "{}", sample.name);
        let none = file.open(b"").unwrap_err();
        assert_eq!(none, KeyFileError::PassphraseNeeded, "{}", sample.name);
    }
}

#[test]
fn the_comment_of_a_file_is_kept() {
    let comment = |file: &[u8]| {
        KeyFile::read(file)
            .unwrap()
            .open(PASSPHRASE)
            .unwrap()
            .comment
    };
    assert_eq!(comment(testdata!("openssh-rsa")), "rsa 2048");
    assert_eq!(
        comment(testdata!("openssh-chacha20-poly1305")),
        "chacha20-poly1305"
    );
    assert_eq!(comment(testdata!("ppk2-ecdsa")), "putty ecdsa");
    assert_eq!(comment(testdata!("pkcs1")), "");
}

#[test]
fn old_encryption_is_refused_with_a_way_out() {
    for file in [&testdata!("pkcs1-dek-info")[..], testdata!("pbes1")] {
        let refusal = refusal(file);
        assert!(
            matches!(refusal, KeyFileError::OldEncryption(_)),
            "{refusal}"
        );
        assert!(refusal.next("F").unwrap().contains("`ssh-keygen -p -f F`"));
    }
}

#[test]
fn keys_that_no_tpm_has_are_refused_with_the_reason() {
    let reason = |file| match refusal(file) {
        KeyFileError::Unsuitable(reason) => reason,
        other => panic!("{other}"),
    };
    assert_eq!(reason(testdata!("openssh-dsa")), Unsuitable::Dsa);
    assert_eq!(
        reason(testdata!("openssh-rsa-2560")),
        Unsuitable::RsaBits(2560)
    );
    assert!(matches!(
        reason(testdata!("sec1-256k1")),
        Unsuitable::Type(_)
    ));
    assert_eq!(
        reason(b"SSH PRIVATE KEY FILE FORMAT 1.1\n\0"),
        Unsuitable::Ssh1
    );
    let tss2 = b"-----BEGIN TSS2 PRIVATE KEY-----\nAAAA\n-----END TSS2 PRIVATE KEY-----\n";
    assert_eq!(reason(tss2), Unsuitable::Tss2);
}

#[test]
fn a_key_of_a_token_is_refused_as_one() {
    let string = |text: &[u8]| [&(text.len() as u32).to_be_bytes()[..], text].concat();
    let public = [
        string(b"sk-ssh-ed25519@openssh.com"),
        string(&[1; 32]),
        string(b"ssh:"),
    ];
    let contents = [
        b"openssh-key-v1\0".to_vec(),
        string(b"none"),
        string(b"none"),
        string(b""),
        1_u32.to_be_bytes().to_vec(),
        string(&public.concat()),
        string(b""),
    ];
    use base64ct::{Base64, Encoding as _};
    let text = Base64::encode_string(&contents.concat());
    let file =
        format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{text}\n-----END OPENSSH PRIVATE KEY-----\n");
    let refusal = refusal(file.as_bytes());
    assert_eq!(refusal, Unsuitable::SecurityKey.into());
    assert!(refusal.to_string().contains("FIDO token"));
}

#[test]
fn a_file_that_asks_for_too_much_work_is_refused() {
    let refusal = refusal(testdata!("pbes2-costly"));
    let most = u64::from(crate::bounds::MAX_PBKDF2_ITERATIONS);
    assert!(
        matches!(refusal, KeyFileError::TooCostly { asked: 10_000_001, most: m, .. } if m == most),
        "{refusal}"
    );
}

#[test]
fn argon2_is_held_to_memory_time_and_lanes() {
    let text = std::str::from_utf8(testdata!("ppk3-argon2i")).unwrap();
    for (usual, costly) in [
        ("Argon2-Memory: 64", "Argon2-Memory: 1048577"),
        ("Argon2-Passes: 1", "Argon2-Passes: 262145"),
        ("Argon2-Parallelism: 1", "Argon2-Parallelism: 65"),
    ] {
        assert!(text.contains(usual));
        let refusal = refusal(text.replace(usual, costly).as_bytes());
        assert!(
            matches!(refusal, KeyFileError::TooCostly { .. }),
            "{costly}: {refusal}"
        );
    }
}

#[test]
fn a_public_key_file_is_told_from_a_file_of_something_else() {
    let public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB a\n";
    assert_eq!(refusal(public.as_bytes()), KeyFileError::PublicKey);
    assert_eq!(refusal(b"hello"), KeyFileError::NoPrivateKey);
    assert_eq!(refusal(b""), KeyFileError::NoPrivateKey);
    let long = vec![b' '; crate::bounds::MAX_FILE_BYTES + 1];
    assert_eq!(refusal(&long), KeyFileError::TooLong);
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
    for sample in SAMPLES {
        // Behind the last byte there is only the end of a line.
        for length in (0..sample.file.len() - 2).step_by(37) {
            let file = &sample.file[..length];
            let read = KeyFile::read(file);
            let refused = read.is_err() || read.is_ok_and(|file| file.open(PASSPHRASE).is_err());
            assert!(refused, "{} cut to {length} bytes", sample.name);
        }
    }
}

#[test]
fn a_private_key_with_a_foreign_public_key_is_refused() {
    let private = std::str::from_utf8(testdata!("ppk2-ed25519")).unwrap();
    // A changed public key changes the code of PuTTY's format; OpenSSH's and PKCS #8 have none.
    let (start, end) = private.split_once("Public-Lines: 2\n").unwrap();
    let changed = format!("{start}Public-Lines: 2\nB{}", &end[1..]);
    assert!(KeyFile::read(changed.as_bytes()).is_err());
    assert_eq!(refusal(&with_foreign_public_key()), KeyFileError::Mismatch);
}

/// The file of one key of OpenSSH's with the public key of another one in front.
fn with_foreign_public_key() -> Vec<u8> {
    use base64ct::{Base64, Encoding as _};
    let contents = |file: &[u8]| {
        crate::armor::private_block(file)
            .unwrap()
            .unwrap()
            .bytes
            .to_vec()
    };
    let mut bytes = contents(testdata!("openssh-ecdsa-256"));
    let other = contents(testdata!("openssh-ecdsa-256-zeros"));
    // Magic, "none", "none", no options, one key; then the public key of 104 bytes.
    let place = 15 + 8 + 8 + 4 + 4 + 4..15 + 8 + 8 + 4 + 4 + 4 + 104;
    bytes[place.clone()].copy_from_slice(&other[place]);
    let text = Base64::encode_string(&bytes);
    format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{text}\n-----END OPENSSH PRIVATE KEY-----\n")
        .into_bytes()
}
