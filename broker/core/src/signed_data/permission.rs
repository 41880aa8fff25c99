//! Whether a key may sign data of a kind.

use super::{SignedData, UserAuth};
use crate::restrictions::{NotPermitted, Restrictions};
use sshtpm_ssh::quoted::Quoted;

impl SignedData {
    /// Whether the purposes and namespaces of a key allow it.
    ///
    /// # Errors
    ///
    /// The key does not have this purpose, or may not sign in this namespace; or no user has the
    /// name of the login.
    pub(crate) fn is_what_a_key_is_for(&self, key: &Restrictions) -> Result<(), NotPermitted> {
        let asked = self.purpose();
        if !key.purposes.contains(asked) {
            return Err(match (self, key.purposes) {
                (Self::Raw, purposes) => NotPermitted::NotRaw(purposes),
                (_, purposes) if purposes.are_raw() => NotPermitted::Raw,
                (_, key) => NotPermitted::Purpose { key, asked },
            });
        }
        let user = self.user_auth().map(UserAuth::user);
        if user.is_some_and(|user| user.chars().any(char::is_control)) {
            return Err(NotPermitted::UserName);
        }
        match self.namespace() {
            Some(asked) if !key.namespaces.allow(asked) => Err(NotPermitted::Namespace {
                key: key.namespaces.named().to_vec(),
                asked: Quoted::new(asked),
            }),
            _ => Ok(()),
        }
    }
}
