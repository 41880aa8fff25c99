//! The objects of the tokens, and the handles by which programs name them.
//!
//! A handle stays with its object for the life of the module, and is never given to another one.

use std::collections::HashMap;

use cryptoki_sys::{
    CK_OBJECT_CLASS, CK_OBJECT_HANDLE, CKO_CERTIFICATE, CKO_PRIVATE_KEY, CKO_PUBLIC_KEY,
};
use sshtpm_ssh::fingerprint::Fingerprint;

use crate::certificate::Certificate;
use crate::key::Key;
use crate::limits::MAX_HANDLES;

/// What an object is of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Private,
    Public,
    Certificate,
}

impl Part {
    pub(crate) const ALL: [Self; 3] = [Self::Private, Self::Public, Self::Certificate];

    pub(crate) fn class(self) -> CK_OBJECT_CLASS {
        match self {
            Self::Private => CKO_PRIVATE_KEY,
            Self::Public => CKO_PUBLIC_KEY,
            Self::Certificate => CKO_CERTIFICATE,
        }
    }
}

/// A key with its certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) key: Key,
    pub(crate) certificate: Option<Certificate>,
}

impl Held {
    /// The objects that there are of it.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Part> {
        let has_certificate = self.certificate.is_some();
        let parts = Part::ALL.into_iter();
        parts.filter(move |part| *part != Part::Certificate || has_certificate)
    }
}

/// The handles that were given out.
#[derive(Debug, Default)]
pub(crate) struct Handles {
    objects: Vec<(Fingerprint, Part)>,
    numbers: HashMap<(Fingerprint, Part), CK_OBJECT_HANDLE>,
}

impl Handles {
    /// The handle of an object; `None`: [`MAX_HANDLES`] were given out.
    pub(crate) fn give(&mut self, key: Fingerprint, part: Part) -> Option<CK_OBJECT_HANDLE> {
        let object = (key, part);
        if let Some(number) = self.numbers.get(&object) {
            return Some(*number);
        }
        if self.objects.len() >= MAX_HANDLES {
            return None;
        }
        self.objects.push(object);
        // Zero is CK_INVALID_HANDLE.
        let number = CK_OBJECT_HANDLE::try_from(self.objects.len()).ok()?;
        self.numbers.insert(object, number);
        Some(number)
    }

    /// The object that has this handle, whether it is still there or not.
    pub(crate) fn object(&self, handle: CK_OBJECT_HANDLE) -> Option<(Fingerprint, Part)> {
        let at = usize::try_from(handle).ok()?.checked_sub(1)?;
        self.objects.get(at).copied()
    }
}

#[cfg(test)]
mod tests {
    use cryptoki_sys::CK_OBJECT_HANDLE;

    use super::{Handles, Part};
    use crate::fake_keys::a_key;
    use crate::limits::MAX_HANDLES;

    #[test]
    fn an_object_keeps_its_handle() {
        let mut handles = Handles::default();
        let key = a_key("one", false).fingerprint;
        let first = handles.give(key, Part::Private).unwrap();
        let second = handles.give(key, Part::Public).unwrap();
        assert_ne!(first, second);
        assert_eq!(handles.give(key, Part::Private), Some(first));
        assert_eq!(handles.object(second), Some((key, Part::Public)));
    }

    #[test]
    fn what_was_not_given_out_is_no_handle() {
        let handles = Handles::default();
        for handle in [0, 1, CK_OBJECT_HANDLE::MAX] {
            assert_eq!(handles.object(handle), None);
        }
    }

    #[test]
    fn handles_end_at_their_bound() {
        let mut handles = Handles::default();
        let key = a_key("one", false).fingerprint;
        handles.objects = vec![(key, Part::Private); MAX_HANDLES];
        assert_eq!(handles.give(key, Part::Public), None);
    }
}
