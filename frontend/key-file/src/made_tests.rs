//! Keys that are made here, and their backups.

use rand_core::OsRng;
use ssh_key::EcdsaCurve;

use crate::key::Ecdsa;
use crate::openssh::writer::{self, Written};
use crate::{KeyFile, KeyFileError, MadeKey, MadeKind};

const KINDS: [MadeKind; 4] = [
    MadeKind::Ecdsa(EcdsaCurve::NistP256),
    MadeKind::Ecdsa(EcdsaCurve::NistP384),
    MadeKind::Ecdsa(EcdsaCurve::NistP521),
    MadeKind::Ed25519,
];

fn made(kind: MadeKind) -> MadeKey {
    MadeKey::new(kind, "backup".to_owned(), &mut OsRng)
}

/// As [`MadeKey::encrypted`], with rounds that take no time.
fn file(key: &MadeKey, passphrase: &[u8]) -> Vec<u8> {
    let container = writer::container(&key.part, &key.comment, Some(passphrase), 1, &mut OsRng);
    writer::pem(&container).as_bytes().to_vec()
}

#[test]
fn a_key_is_read_back_from_its_backup_with_its_comment() {
    for kind in KINDS {
        let key = made(kind);
        let read = KeyFile::read(&file(&key, b"pass")).unwrap();
        assert!(read.is_encrypted());
        assert_eq!(read.public(), Some(key.key().private.public()));
        let read = read.open(b"pass").unwrap();
        assert_eq!(read.private.public(), key.key().private.public());
        assert_eq!(read.comment, "backup");
    }
}

#[test]
fn a_backup_that_has_the_key_passes_its_trial() {
    for kind in KINDS {
        let key = made(kind);
        assert_eq!(key.try_backup(&file(&key, b"pass"), b"pass"), Ok(()));
        let plain = key.plain(&mut OsRng).file();
        assert_eq!(key.try_backup(plain.as_bytes(), b""), Ok(()));
    }
}

#[test]
fn a_backup_of_another_key_or_with_another_passphrase_fails() {
    for kind in KINDS {
        let (key, other) = (made(kind), made(kind));
        let mismatch = key.try_backup(&file(&other, b"pass"), b"pass");
        assert_eq!(mismatch, Err(KeyFileError::Mismatch));
        let wrong = key.try_backup(&file(&key, b"pass"), b"word");
        assert_eq!(wrong, Err(KeyFileError::WrongPassphrase));
    }
    let (key, rsa) = (made(KINDS[0]), crate::samples::testdata!("openssh-rsa"));
    assert!(key.try_backup(rsa, crate::samples::PASSPHRASE).is_err());
}

#[test]
fn a_backup_that_is_cut_or_changed_anywhere_fails() {
    let key = made(MadeKind::Ed25519);
    let whole = file(&key, b"pass");
    for length in (0..whole.len() - 1).step_by(7) {
        assert!(key.try_backup(&whole[..length], b"pass").is_err());
    }
    // Within the base64 there is no byte that does not matter.
    for at in (40..whole.len() - 40).step_by(5) {
        let mut changed = whole.clone();
        if changed[at] != b'\n' {
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let tried = key.try_backup(&changed, b"pass");
            assert!(changed == whole || tried.is_err(), "at {at}");
        }
    }
}

#[test]
fn an_empty_passphrase_is_refused() {
    let refused = made(MadeKind::Ed25519).encrypted(b"", &mut OsRng).map(drop);
    assert_eq!(refused, Err(KeyFileError::PassphraseNeeded));
}

#[test]
fn a_backup_asks_for_as_much_work_as_ssh_keygen_within_bounds() {
    assert!((24..crate::bounds::MAX_BCRYPT_ROUNDS).contains(&writer::ROUNDS));
    let key = made(MadeKind::Ed25519);
    let backup = key.encrypted(b"pass", &mut OsRng).unwrap().file();
    assert_eq!(key.try_backup(backup.as_bytes(), b"pass"), Ok(()));
}

#[test]
fn a_scalar_that_begins_with_zeros_is_written_without_them() {
    let key = Ecdsa::new(EcdsaCurve::NistP256, &[7; 31]).unwrap();
    let part = Written::Ecdsa(key);
    let container = writer::container(&part, "", None, 1, &mut OsRng);
    // RFC 4251 §5: 31 bytes, and no zero before them.
    let scalar = [&31u32.to_be_bytes()[..], &[7; 31]].concat();
    assert!(container.windows(scalar.len()).any(|part| part == scalar));
    let file = writer::pem(&container);
    let read = KeyFile::read(file.as_bytes()).unwrap().open(b"").unwrap();
    assert!(read.private.signs_for(&read.private.public()));
}
