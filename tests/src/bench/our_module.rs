//! Our PKCS #11 module, as a program is told to load it.

use super::kind::Kind;
use super::provider::Provider;
use crate::token::MODULE;
use crate::user::User;

/// The kind of the key for what does not depend on it.
pub(super) const KIND: Kind = Kind::P256;

/// Our module, with the raw keys of `user`.
pub(super) fn of(user: User<'_>) -> Provider<'_> {
    Provider {
        user,
        module: MODULE.to_owned(),
        variables: Vec::new(),
        pin: "",
    }
}
