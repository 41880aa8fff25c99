//! Interface `org.sshtpm.Broker1.Keys`: the client's proxy.

use std::collections::HashMap;

use zbus::{OwnedFd, Variant};

use crate::{Identity, KeyInfo, KeyUse, OrphanInfo};

/// Generating, listing, using and deleting keys.
///
/// `generate`, `import`, `adopt`, `set_comment` and `delete` may lead to a person being asked for a
/// password; `list`, `sign` and `sign_digest` do so only for a key whose use a person confirms, and
/// where the administrator tightened their polkit actions.
#[zbus::proxy(
    interface = "org.sshtpm.Broker1.Keys",
    default_service = "org.sshtpm.Broker1",
    default_path = "/org/sshtpm/Broker1"
)]
pub trait Keys {
    /// Generates a key in the TPM; an empty `algorithm` means `ecdsa-sha2-nistp256`.
    #[zbus(allow_interactive_auth)]
    fn generate(
        &self,
        algorithm: &str,
        comment: &str,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<KeyInfo>;

    /// Imports a key that is wrapped to [`Tpm.ParentPublic`](crate::TpmProxy::parent_public):
    /// `public` is a TPMT_PUBLIC, `duplicate` the contents of a TPM2B_PRIVATE, `secret` those of a
    /// TPM2B_ENCRYPTED_SECRET.
    #[zbus(allow_interactive_auth)]
    fn import(
        &self,
        public: &[u8],
        duplicate: &[u8],
        secret: &[u8],
        comment: &str,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<KeyInfo>;

    /// Adopts a key that another program had the TPM make: `public` is a TPMT_PUBLIC, `private` the
    /// contents of a TPM2B_PRIVATE.
    #[zbus(allow_interactive_auth)]
    fn adopt(
        &self,
        public: &[u8],
        private: &[u8],
        comment: &str,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<KeyInfo>;

    /// Lists the caller's keys, or those of the option `owner`.
    #[zbus(allow_interactive_auth)]
    fn list(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<Vec<KeyInfo>>;

    /// Lists what an agent offers of the caller's keys.
    #[zbus(allow_interactive_auth)]
    fn list_identities(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<Vec<Identity>>;

    /// Signs `data` (not a digest) and returns the SSH signature blob (RFC 4253 §6.6). `flags`
    /// are those of `SSH_AGENTC_SIGN_REQUEST` (RFC 9987). With [`PIN`](crate::option::PIN), the
    /// signature is the check of the PIN, which the broker then remembers.
    #[zbus(allow_interactive_auth)]
    fn sign(
        &self,
        fingerprint: &str,
        data: &[u8],
        flags: u32,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<Vec<u8>>;

    /// Signs `digest` with a raw key. `scheme` is the word of a
    /// [`DigestScheme`](sshtpm_ssh::digest_scheme::DigestScheme). Returns r and s of ECDSA, each as
    /// long as the field of the curve (32, 48 or 66 bytes), or the signature of RSA, as long as the
    /// modulus.
    #[zbus(allow_interactive_auth)]
    fn sign_digest(
        &self,
        fingerprint: &str,
        scheme: &str,
        digest: &[u8],
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<Vec<u8>>;

    /// Renames a key.
    #[zbus(allow_interactive_auth)]
    fn set_comment(
        &self,
        fingerprint: &str,
        comment: &str,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<()>;

    /// Changes what a key may be used for, and returns it as [`Self::list`] does. What is not among
    /// `options` stays.
    #[zbus(allow_interactive_auth)]
    fn restrict(
        &self,
        fingerprint: &str,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<KeyInfo>;

    /// Keeps `certificate` with the key that it certifies, so that agents offer it, and returns the
    /// key as [`Self::list`] does. A later certificate takes the place of the earlier one with the
    /// same authority, key ID, principals and critical options.
    #[zbus(allow_interactive_auth)]
    fn add_certificate(
        &self,
        certificate: &[u8],
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<KeyInfo>;

    /// Forgets `certificate`, and returns its key as [`Self::list`] does.
    #[zbus(allow_interactive_auth)]
    fn remove_certificate(
        &self,
        certificate: &[u8],
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<KeyInfo>;

    /// Opens a way for a PIN: a number by which further calls of the same connection name it once,
    /// and the writing end of a pipe for the PIN itself, of 1 to
    /// [`MAX_PIN_BYTES`](sshtpm_ssh::limits::MAX_PIN_BYTES) bytes.
    fn open_secret(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<(u32, OwnedFd)>;

    /// Has the broker check the PIN of a key and remember it.
    #[zbus(allow_interactive_auth)]
    fn unlock(
        &self,
        fingerprint: &str,
        pin: u32,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<()>;

    /// Has the broker forget the caller's PINs, or that of one key.
    #[zbus(allow_interactive_auth)]
    fn lock(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<()>;

    /// Changes or removes the PIN of a key.
    #[zbus(allow_interactive_auth)]
    fn set_pin(&self, fingerprint: &str, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<()>;

    /// Has the TPM itself keep a key, which makes using it faster, or no longer.
    #[zbus(allow_interactive_auth)]
    fn set_persistent(
        &self,
        fingerprint: &str,
        persistent: bool,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<()>;

    /// The last uses of the caller's keys, or of one of them; the oldest first.
    #[zbus(allow_interactive_auth)]
    fn get_uses(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<Vec<KeyUse>>;

    /// Deletes a key for good.
    #[zbus(allow_interactive_auth)]
    fn delete(&self, fingerprint: &str, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<()>;

    /// Moves the records of the caller's lost keys out of the way, or that of the option `key`, and
    /// returns the fingerprints.
    #[zbus(allow_interactive_auth)]
    fn archive_lost(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<Vec<String>>;

    /// Lists keys whose users are gone, and where to go on with the option `after`; empty if there
    /// are no more.
    #[zbus(allow_interactive_auth)]
    fn list_orphans(
        &self,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<(Vec<OrphanInfo>, String)>;

    /// Deletes the keys of a user who is gone for good, by the uid and the name that they had, or
    /// the one of the option `key`; and returns the fingerprints.
    #[zbus(allow_interactive_auth)]
    fn delete_orphans(
        &self,
        uid: u32,
        owner: &str,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<Vec<String>>;
}
