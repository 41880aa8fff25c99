//! The port to the keys: what the module needs from the broker.

use sshtpm_client::pin::Pin;
use sshtpm_dbus::Error;
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::digest_scheme::DigestScheme;
use sshtpm_ssh::fingerprint::Fingerprint;

use crate::key::Key;

/// The raw keys of the user. Threads of the program call at the same time.
pub trait Keys: Send + Sync {
    /// All of them.
    ///
    /// # Errors
    ///
    /// The broker refuses or cannot be reached.
    fn list(&self) -> Result<Vec<Key>, Error>;

    /// Signs `digest`, which has the length that `scheme` wants of this key.
    ///
    /// # Errors
    ///
    /// The broker refuses or cannot be reached.
    fn sign(
        &self,
        key: &Fingerprint,
        scheme: DigestScheme,
        digest: &[u8],
    ) -> Result<Vec<u8>, Error>;

    /// Generates a raw key without a PIN.
    ///
    /// # Errors
    ///
    /// The broker refuses or cannot be reached.
    fn generate(&self, algorithm: Algorithm, comment: &str) -> Result<Option<Key>, Error>;

    /// Deletes a key for good.
    ///
    /// # Errors
    ///
    /// The broker refuses or cannot be reached.
    fn delete(&self, key: &Fingerprint) -> Result<(), Error>;

    /// Has the broker check `pin` and remember it for a while.
    ///
    /// # Errors
    ///
    /// It is wrong, or the broker refuses or cannot be reached.
    fn unlock(&self, key: &Fingerprint, pin: &Pin) -> Result<(), Error>;

    /// Has the broker forget the PIN of a key.
    ///
    /// # Errors
    ///
    /// The broker refuses or cannot be reached.
    fn lock(&self, key: &Fingerprint) -> Result<(), Error>;

    /// Whether a person can be asked for a PIN without the program.
    fn can_ask(&self) -> bool;

    /// Asks a person for the PIN of `key`. `None`: there is none to ask, or no PIN was given.
    fn ask_for_pin(&self, key: &Key) -> Option<Pin>;
}
