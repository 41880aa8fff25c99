//! Whether a key is for what it is asked to sign.

use super::SignedData;
use super::words::quoted;
use crate::restrictions::{NotPermitted, Restrictions};

impl SignedData {
    /// Whether a key with these restrictions is for it, as far as purpose and namespace go.
    ///
    /// # Errors
    ///
    /// It has not this purpose, or may not sign in this namespace.
    pub(crate) fn is_what_a_key_is_for(&self, key: &Restrictions) -> Result<(), NotPermitted> {
        let asked = self.purpose();
        if !key.purposes.contains(asked) {
            return Err(NotPermitted::Purpose {
                key: key.purposes,
                asked,
            });
        }
        match self.namespace() {
            Some(asked) if !key.namespaces.allow(asked) => Err(NotPermitted::Namespace {
                key: key.namespaces.named().to_vec(),
                asked: quoted(asked),
            }),
            _ => Ok(()),
        }
    }
}
