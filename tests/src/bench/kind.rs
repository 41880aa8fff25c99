//! The kinds of keys that are measured.

use serde_json::Value;

use crate::call::{Options, bits, none, purposes, text};
use crate::user::User;

/// A kind of key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// ECDSA on P-256, the default.
    P256,
    /// ECDSA on P-384.
    P384,
    /// RSA of 2048 bits.
    Rsa2048,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::Rsa2048];

    /// In the names of rows.
    pub fn id(self) -> &'static str {
        match self {
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::Rsa2048 => "rsa2048",
        }
    }

    /// For people.
    pub fn title(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::Rsa2048 => "RSA-2048",
        }
    }

    /// What `tpm2_ptool` calls it.
    pub fn in_ptool(self) -> &'static str {
        match self {
            Self::P256 => "ecc256",
            Self::P384 => "ecc384",
            Self::Rsa2048 => "rsa2048",
        }
    }

    /// A new key of `user`'s: fingerprint and public key.
    ///
    /// # Panics
    ///
    /// The broker refuses.
    pub fn generate(self, user: User<'_>) -> (String, String) {
        let key = self.generate_with(user, none());
        (text(&key, "Fingerprint"), text(&key, "PublicKey"))
    }

    /// A new raw key of `user`'s.
    ///
    /// # Panics
    ///
    /// The broker refuses.
    pub fn generate_raw(self, user: User<'_>) {
        self.generate_with(user, purposes(&["raw"]));
    }

    fn generate_with(self, user: User<'_>, mut options: Options) -> Value {
        let (algorithm, more) = match self {
            Self::P256 => ("ecdsa-sha2-nistp256", none()),
            Self::P384 => ("ecdsa-sha2-nistp384", none()),
            Self::Rsa2048 => ("ssh-rsa", bits(2048)),
        };
        options.extend(more);
        let key = user.generate(algorithm, "bench", options);
        key.expect("a key can be generated")
    }
}
