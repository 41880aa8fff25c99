//! A duplicate in a file, on its way to another machine.
//!
//! Specs: ASN.1 Specification for TPM 2.0 Key Files, §3.1 (importable keys).

use ssh_key::public::{Ed25519PublicKey, KeyData};
use sshtpm_key_file::tss2::{Importable, Tss2Error};

use crate::parent::{NotAParent, Parent};
use crate::public_half::{NoPublicHalf, PublicHalf};
use crate::wrap::{Duplicate, ED25519_BLOB_BEGINS};

/// A duplicate that was in a file, and what the file says of it, which nothing authenticates.
#[derive(Debug)]
pub struct OfFile {
    /// What the TPM has to import.
    pub duplicate: Duplicate,
    /// The public key.
    pub key: KeyData,
    /// Whether the key has a PIN.
    pub has_pin: bool,
    /// What to call it; empty if the file does not say.
    pub comment: String,
    /// The parent for which it was wrapped, if the file says that.
    pub parent: Option<Parent>,
}

/// Why a duplicate in a file is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotForATpm {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] Tss2Error),
    /// It has no public area of a key for SSH.
    #[error(transparent)]
    PublicHalf(#[from] NoPublicHalf),
    /// It does not tell the public key of an Ed25519 key.
    #[error("it is damaged: its Ed25519 key comes without the public key")]
    NoPublicKey,
    /// It says in two places whether the key has a PIN, and they differ.
    #[error("it is damaged: it says that its key has no PIN, and that the TPM guards one")]
    Pin,
    /// The parent in it is none.
    #[error("it names a parent key that is not one: {0}")]
    Parent(#[from] NotAParent),
}

impl Duplicate {
    /// The text of a file for the machine with `parent`, for which this was wrapped.
    ///
    /// # Errors
    ///
    /// A part is too long.
    pub fn to_file(&self, parent: &Parent, comment: &str) -> Result<String, NotForATpm> {
        let blob = self.public_key.as_deref();
        let ed25519 = blob.and_then(|blob| blob.strip_prefix(ED25519_BLOB_BEGINS));
        let file = Importable {
            public: self.public.clone(),
            duplicate: self.duplicate.clone(),
            secret: self.secret.clone(),
            ed25519: ed25519.and_then(|key| key.try_into().ok()),
            has_empty_auth: !PublicHalf::read(&self.public)?.has_pin,
            description: comment.to_owned(),
            parent: Some(parent.area().to_vec()),
        };
        Ok(file.to_text()?)
    }

    /// What such a file has.
    ///
    /// # Errors
    ///
    /// It contradicts itself, or its parts are damaged.
    pub fn of_file(file: Importable) -> Result<OfFile, NotForATpm> {
        let half = PublicHalf::read(&file.public)?;
        if half.has_pin && file.has_empty_auth {
            return Err(NotForATpm::Pin);
        }
        let (key, public_key) = match half.key {
            // Its public area tells the key, whatever else the file has.
            Some(key) => (key, None),
            None => {
                let key = file.ed25519.ok_or(NotForATpm::NoPublicKey)?;
                let blob = [ED25519_BLOB_BEGINS, &key].concat();
                (KeyData::Ed25519(Ed25519PublicKey(key)), Some(blob))
            }
        };
        let parent = file.parent.map(|area| Parent::read(&area)).transpose()?;
        Ok(OfFile {
            duplicate: Duplicate {
                public: file.public,
                duplicate: file.duplicate,
                secret: file.secret,
                public_key,
            },
            key,
            has_pin: half.has_pin,
            comment: file.description,
            parent,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use rand_core::OsRng;
    use sshtpm_key_file::tss2::{Importable, Tss2File};
    use sshtpm_key_file::{KeyFile, PrivateKey};

    use super::{Duplicate, NotForATpm};
    use crate::parent::Parent;
    use crate::parent::tests::example_area;
    use crate::wrap;

    /// Keys that ssh-keygen made, one of each type.
    const KEYS: [&str; 5] = [
        include_str!("../../key-file/src/testdata/openssh-ecdsa-256"),
        include_str!("../../key-file/src/testdata/openssh-ecdsa-384"),
        include_str!("../../key-file/src/testdata/openssh-ecdsa-521"),
        include_str!("../../key-file/src/testdata/openssh-rsa"),
        include_str!("../../key-file/src/testdata/openssh-ed25519"),
    ];

    fn opened(file: &str) -> PrivateKey {
        KeyFile::read(file.as_bytes()).unwrap().open(b"").unwrap()
    }

    /// The text of a file with that key.
    pub(crate) fn example_file(key: &str, pin: Option<&[u8]>) -> String {
        let parent = Parent::read(&example_area()).unwrap();
        let duplicate = wrap(&opened(key).private, pin, &parent, &mut OsRng).unwrap();
        duplicate.to_file(&parent, "laptop").unwrap()
    }

    fn importable(text: &str) -> Importable {
        match Tss2File::read(text.as_bytes()).unwrap() {
            Tss2File::Importable(key) => key,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_key_of_each_type_is_known_by_its_file() {
        for key in KEYS {
            for pin in [None, Some(&b"4321"[..])] {
                let file = importable(&example_file(key, pin));
                let file = Duplicate::of_file(file).unwrap();
                assert_eq!(file.key, opened(key).private.public());
                assert_eq!(file.has_pin, pin.is_some());
                assert_eq!(file.comment, "laptop");
                assert_eq!(file.parent.unwrap().area(), example_area());
            }
        }
    }

    #[test]
    fn the_public_key_goes_along_where_the_public_area_does_not_tell_it() {
        for (key, goes_along) in KEYS.into_iter().zip([false, false, false, false, true]) {
            let text = example_file(key, None);
            let has_block = text.contains("-----BEGIN PUBLIC KEY-----");
            assert_eq!(has_block, goes_along);
            let file = Duplicate::of_file(importable(&text)).unwrap();
            assert_eq!(file.duplicate.public_key.is_some(), goes_along);
        }
    }

    #[test]
    fn a_file_that_contradicts_itself_is_refused() {
        let with_pin = importable(&example_file(KEYS[0], Some(b"4321")));
        let denied = Importable {
            has_empty_auth: true,
            ..with_pin
        };
        assert_eq!(Duplicate::of_file(denied).unwrap_err(), NotForATpm::Pin);
        let unnamed = Importable {
            ed25519: None,
            ..importable(&example_file(KEYS[4], None))
        };
        let refused = Duplicate::of_file(unnamed).unwrap_err();
        assert_eq!(refused, NotForATpm::NoPublicKey);
        let no_parent = Importable {
            parent: Some(vec![1; 90]),
            ..importable(&example_file(KEYS[0], None))
        };
        let refused = Duplicate::of_file(no_parent).unwrap_err();
        assert!(matches!(refused, NotForATpm::Parent(_)), "{refused}");
    }

    #[test]
    fn nothing_secret_is_in_the_file() {
        let text = example_file(KEYS[4], Some(b"xyzzy-4711"));
        let file = importable(&text);
        let bytes = [&file.public[..], &file.duplicate, &file.secret].concat();
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        let private = opened(KEYS[4]).private;
        let sshtpm_key_file::PrivatePart::Ed25519(key) = private else {
            panic!("{private:?}");
        };
        assert!(!has(key.seed()) && !has(b"xyzzy-4711"));
    }
}
