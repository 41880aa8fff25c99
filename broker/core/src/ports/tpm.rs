//! The TPM, and why it may fail.

use std::future::Future;
use std::sync::Arc;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::attestation::{AttestationKey, Stated};
use crate::endorsement::MachineIdentity;
use crate::identity::Owner;
use crate::key::{KeyBlob, KeyRecord, TpmKey};
use crate::persistent::Persistent;
use crate::pins::{Attempt, Pin, Reserve};
use crate::policy::Permit;
use crate::queue::QueueState;
use crate::quota::LimitError;
use crate::requests::{
    ActivateCredential, Adopt, Attest, Evicts, Generate, GetIdentity, GetLockout, GetPcrs,
    GetQueue, GetWholeQueue, Import, Passwords, PinChange, ResetLockout, SetPersistent, SetPin,
    Sign, Unlock,
};
use crate::signature::{BadSignature, RawSignature};
use crate::tpm_facts::{TpmFacts, TpmStatus};
use sshtpm_ssh::derived::Hierarchy;
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::pcr::{PcrSelection, PcrValues, name_of};
use sshtpm_ssh::tpm::Lockout;

/// The TPM.
pub trait Tpm: Send + Sync + 'static {
    /// What is known about it now, without asking it.
    fn status(&self) -> TpmStatus;

    /// Asks the TPM about itself on behalf of `user`, when nothing is known. It takes no permit: it
    /// changes nothing, and is rare.
    ///
    /// # Errors
    ///
    /// The TPM cannot be used.
    fn look(&self, user: &Owner) -> impl Future<Output = Result<TpmFacts, TpmError>> + Send;

    /// Waits until the facts of a TPM that can be used are known, for some seconds at most. A TPM
    /// that was just opened is asked when nobody else needs it.
    fn facts(&self) -> impl Future<Output = Option<TpmFacts>> + Send;

    /// Generates a key under the parent, with a PIN or without, or derives one. `left` ends when
    /// the caller leaves: a generation that has not begun then does not begin. One that has begun
    /// is carried to its end.
    ///
    /// # Errors
    ///
    /// The TPM fails or cannot be used, or the caller left.
    fn create(
        &self,
        permit: Permit<Generate>,
        pin: Option<Arc<Pin>>,
        left: impl Future<Output = ()> + Send,
    ) -> impl Future<Output = Result<TpmKey, TpmError>> + Send;

    /// Imports a key under the parent, and has it sign [`Wrapped::trial`], if there is one. `left`
    /// is as for [`Self::create`].
    ///
    /// # Errors
    ///
    /// The TPM does not take the key, fails or cannot be used, or the caller left. Nothing is left
    /// behind.
    ///
    /// [`Wrapped::trial`]: crate::import::Wrapped::trial
    fn import(
        &self,
        permit: Permit<Import>,
        left: impl Future<Output = ()> + Send,
    ) -> impl Future<Output = Result<Imported, TpmError>> + Send;

    /// Loads a key of another program, has it sign [`Loadable::trial`], and changes its
    /// authorization value as `passwords` say, if the TPM has tries to spare, as for
    /// [`Self::check_pin`]. `left` is as for [`Self::create`].
    ///
    /// # Errors
    ///
    /// The TPM does not take the key, fails or cannot be used, or the caller left. Nothing is left
    /// behind.
    ///
    /// [`Loadable::trial`]: crate::adopt::Loadable::trial
    fn adopt(
        &self,
        permit: Permit<Adopt>,
        passwords: Passwords,
        own: usize,
        left: impl Future<Output = ()> + Send,
    ) -> impl Future<Output = Result<Attempt<Adopted>, TpmError>> + Send;

    /// What became of the derived key of `record` when the TPM derived it last; `None` if it did
    /// not since it was opened.
    fn found(&self, record: &KeyRecord) -> Option<Found>;

    /// The values of PCRs, as they were a moment ago. It takes no permit, as it changes nothing and
    /// every process may read them; it asks the TPM rarely. `None`: they are not to be had soon.
    fn known_pcrs(
        &self,
        user: &Owner,
        selection: PcrSelection,
    ) -> impl Future<Output = Option<PcrValues>> + Send;

    /// Reads PCRs.
    ///
    /// # Errors
    ///
    /// The TPM does not have them, fails, or cannot be used.
    fn pcrs(
        &self,
        permit: Permit<GetPcrs>,
    ) -> impl Future<Output = Result<PcrValues, TpmError>> + Send;

    /// Says that a key may be used soon, so that the TPM can load it. It neither waits nor fails,
    /// and does nothing while a request waits for the TPM.
    fn prepare(&self, record: &Arc<KeyRecord>);

    /// Wipes the seed of a sealed key that is ready, whatever the TPM does. No request that came
    /// before has it ready again.
    fn wipe(&self, record: &Arc<KeyRecord>);

    /// The same for all sealed keys.
    fn wipe_all(&self);

    /// Signs, with the PIN of a key that has one. `release` verifies the signature; only what it
    /// gives leaves.
    ///
    /// # Errors
    ///
    /// The TPM fails or cannot be used, the PIN is wrong, or the signature does not verify.
    fn sign<T: Send>(
        &self,
        permit: Permit<Sign>,
        pin: Option<Arc<Pin>>,
        release: impl Fn(&RawSignature) -> Result<T, BadSignature> + Send + Sync,
    ) -> impl Future<Output = Result<T, TpmError>> + Send;

    /// Signs with a PIN that is not known to be right, if the TPM has tries to spare: `reserve` of
    /// all, and `own` is as for [`Self::check_pin`]. `release` is as for [`Self::sign`].
    ///
    /// # Errors
    ///
    /// The TPM fails or cannot be used. A wrong PIN is no error, but an outcome of the attempt; so
    /// is a signature that does not verify, since the TPM took the PIN for it.
    fn sign_in_try<T: Send>(
        &self,
        permit: Permit<Sign>,
        pin: Arc<Pin>,
        tries: (Reserve, usize),
        release: impl Fn(&RawSignature) -> Result<T, BadSignature> + Send + Sync,
    ) -> impl Future<Output = Result<Attempt<Result<T, BadSignature>>, TpmError>> + Send;

    /// Makes a key with which the TPM signs what it states of the caller's keys. Nothing stays in
    /// the TPM.
    ///
    /// # Errors
    ///
    /// The TPM fails or cannot be used.
    fn make_attestation_key(
        &self,
        permit: &Permit<Attest>,
    ) -> impl Future<Output = Result<AttestationKey, TpmError>> + Send;

    /// States that a key is in the TPM, and signs that with the attestation key `by`; with the PIN
    /// of a key that has one. `release` verifies the statement; only what it gives leaves. `None`:
    /// the attestation key is not one of the TPM as it is now.
    ///
    /// # Errors
    ///
    /// The TPM fails or cannot be used, the PIN is wrong, or the statement does not verify.
    fn attest<T: Send>(
        &self,
        permit: &Permit<Attest>,
        pin: Option<Arc<Pin>>,
        by: &Arc<AttestationKey>,
        release: impl Fn(&Stated) -> Result<T, BadSignature> + Send + Sync,
    ) -> impl Future<Output = Result<Option<T>, TpmError>> + Send;

    /// Checks a PIN, if the TPM has tries to spare. `own` is the number of possibly wrong tries of
    /// the user at the TPM, this one included.
    ///
    /// # Errors
    ///
    /// The TPM fails or cannot be used. A wrong PIN is no error, but an outcome of the attempt.
    fn check_pin(
        &self,
        permit: Permit<Unlock>,
        pin: Arc<Pin>,
        own: usize,
    ) -> impl Future<Output = Result<Attempt<()>, TpmError>> + Send;

    /// Makes a blob of the same key with another PIN, if the TPM has tries to spare, as for
    /// [`Self::check_pin`]. The permit then goes to the store, with the blob.
    ///
    /// # Errors
    ///
    /// As for [`Self::check_pin`].
    fn change_pin(
        &self,
        permit: &Permit<SetPin>,
        change: PinChange,
        own: usize,
    ) -> impl Future<Output = Result<Attempt<KeyBlob>, TpmError>> + Send;

    /// Has the TPM keep a key, at one of our handles. `promoted` are all keys that it keeps by
    /// their records; other objects at our handles may be removed to make room. `None`: the key is
    /// already where its record says.
    ///
    /// # Errors
    ///
    /// The TPM has no room, its owner hierarchy has a password, or it fails. Nothing is left
    /// behind.
    fn persist(
        &self,
        permit: &Permit<SetPersistent>,
        record: &Arc<KeyRecord>,
        promoted: Vec<Arc<KeyRecord>>,
    ) -> impl Future<Output = Result<Option<Persistent>, TpmError>> + Send;

    /// Takes a key out of the TPM. If another object is at its handle, that stays.
    ///
    /// # Errors
    ///
    /// The owner hierarchy has a password, or the TPM fails.
    fn evict<R: Evicts>(
        &self,
        permit: &Permit<R>,
        record: &Arc<KeyRecord>,
        persistent: &Arc<Persistent>,
    ) -> impl Future<Output = Result<(), TpmError>> + Send;

    /// Has the TPM forget all failed tries. `password` is that of the lockout hierarchy.
    ///
    /// # Errors
    ///
    /// The password is wrong, or the TPM fails.
    fn reset_lockout(
        &self,
        permit: Permit<ResetLockout>,
        password: Option<Arc<Pin>>,
    ) -> impl Future<Output = Result<(), TpmError>> + Send;

    /// What of the caller's waits for the TPM.
    fn queue(&self, permit: Permit<GetQueue>) -> QueueState;

    /// All that waits for the TPM, and how much of that is the caller's.
    fn whole_queue(&self, permit: Permit<GetWholeQueue>) -> QueueState;

    /// Finds the endorsement keys, and reads their certificates.
    ///
    /// # Errors
    ///
    /// The endorsement hierarchy has a password, or the TPM fails or cannot be used.
    fn identity(
        &self,
        permit: Permit<GetIdentity>,
    ) -> impl Future<Output = Result<MachineIdentity, TpmError>> + Send;

    /// Decrypts a credential that was made for an endorsement key and for the Name of `key`.
    ///
    /// # Errors
    ///
    /// It was made for others, the endorsement hierarchy has a password, or the TPM fails or cannot
    /// be used.
    fn activate_credential(
        &self,
        permit: Permit<ActivateCredential>,
        key: &AttestationKey,
    ) -> impl Future<Output = Result<Zeroizing<Vec<u8>>, TpmError>> + Send;

    /// Asks the TPM how near it is to lockout.
    ///
    /// # Errors
    ///
    /// The TPM fails or cannot be used.
    fn lockout(
        &self,
        permit: Permit<GetLockout>,
    ) -> impl Future<Output = Result<Lockout, TpmError>> + Send;
}

/// What a TPM derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The key of the record.
    TheKey,
    /// Another key: the seed is no longer the one from which that of the record was derived.
    AnotherKey,
}

/// A key that a TPM imported.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The key.
    pub key: TpmKey,
    /// What it signed for its trial. It is not verified.
    pub proof: Option<RawSignature>,
}

/// A key of another program that the TPM loaded.
#[derive(Clone, Debug)]
pub struct Adopted {
    /// The key, with the authorization value that it is to have.
    pub key: TpmKey,
    /// What it signed for its trial. It is not verified.
    pub proof: RawSignature,
}

/// The TPM failed, or cannot be used: the administrator, or time, can help.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TpmError {
    /// It is absent, or does not answer; the text says which.
    #[error("{0}")]
    Unavailable(String),
    /// The TPM did not answer in time while it did this; the text says so.
    #[error("{0}")]
    CutOff(String),
    /// There is no parent key, and the broker may not make one; the text says what to do.
    #[error("{0}")]
    ParentUnavailable(String),
    /// The parent of the key is not in the TPM.
    #[error("this key is lost: the TPM was cleared or replaced; `sshtpm recover` says what to do")]
    KeyLost,
    /// PCRs that the key is bound to have other values now; their numbers, as far as they are
    /// known.
    #[error(
        "this key is bound to PCRs that have other values now{}: firmware, its settings or the \
         boot chain are not what they were; start the machine as before, or bind the key anew from \
         its backup with `sshtpm rebind`; `sshtpm doctor` says more",
        named(.0)
    )]
    OtherPcrs(Vec<u8>),
    /// The TPM does not have a PCR, or not in this bank.
    #[error(
        "this TPM does not keep the PCRs {0}; `tpm2_getcap pcrs`, or the directories \
         /sys/class/tpm/tpm0/pcr-*, show which banks it keeps"
    )]
    NoSuchPcrs(PcrSelection),
    /// The policy of a key to be imported is another one.
    #[error(
        "the authPolicy of this key does not bind it to the values that the PCRs {0} have now; try \
         again, because they may have changed in between"
    )]
    NotThesePcrs(PcrSelection),
    /// A key to be imported was not wrapped for the parent, one to be adopted was not made under
    /// it, or its parts do not belong together.
    #[error(
        "this file was made for another TPM, or has been changed; wrap the key for this TPM, and \
         import that"
    )]
    NotOfThisTpm,
    /// A key to be imported has an authorization value, although it says that it has none.
    #[error(
        "this key has a PIN, but its attribute noDA, which is for keys without one, is set; wrap \
         it with `sshtpm import`, which makes what the broker takes"
    )]
    UnsaidPin,
    /// What the TPM unsealed is not the private part of the key.
    #[error(
        "what the TPM unsealed is not the private part of this key, so it never signs; delete it, \
         and import the right one"
    )]
    NotItsSeed,
    /// The core knows better what to say, as it knows whose PIN it was.
    #[error("the PIN is wrong")]
    WrongPin,
    /// The TPM refuses authorizations that are protected against guessing.
    #[error(
        "the TPM is in dictionary-attack lockout, and refuses everything that is protected \
         against guessing; have an administrator look at `sshtpm tpm lockout`"
    )]
    InLockout,
    /// Not for one more key that it keeps itself; the text says what to do.
    #[error("{0}")]
    NoRoom(&'static str),
    /// The owner hierarchy has a password, which the broker does not know.
    #[error(
        "the TPM's owner hierarchy has a password, so sshtpm-broker can neither put a key into \
         the TPM nor remove one; as the TPM's owner, remove the password with `tpm2_changeauth -c \
         owner -p PASSWORD`, try again, and set one again with `tpm2_changeauth -c owner \
         NEW-PASSWORD`"
    )]
    OwnerHasPassword,
    /// The hierarchy in which a key is to be derived has a password, which the broker does not
    /// know.
    #[error(
        "the TPM's {0} hierarchy has a password, so sshtpm-broker cannot derive keys in it; as the \
         TPM's owner, remove the password with `tpm2_changeauth -c {0} -p PASSWORD`; a key that \
         the TPM keeps (`sshtpm tpm persist`) signs while there is one, too"
    )]
    HierarchyHasPassword(Hierarchy),
    /// The hierarchy in which a key is to be derived is disabled.
    #[error(
        "the TPM's {0} hierarchy is disabled until the machine starts again, so nothing can be \
         derived in it; see `tpm2_getcap properties-variable`, and who runs tpm2_hierarchycontrol"
    )]
    HierarchyDisabled(Hierarchy),
    /// The endorsement hierarchy has a password, which the broker does not know.
    #[error(
        "the TPM's endorsement hierarchy has a password, so sshtpm-broker cannot use the \
         endorsement keys; as the TPM's owner, remove the password with `tpm2_changeauth -c \
         endorsement -p PASSWORD`, try again, and set one again with `tpm2_changeauth -c \
         endorsement NEW-PASSWORD`"
    )]
    EndorsementHasPassword,
    /// No endorsement key has the hash that was named.
    #[error(
        "this TPM has no endorsement key of this hash; `sshtpm identity` shows those that it has"
    )]
    NoSuchEndorsementKey,
    /// A credential was made for other keys.
    #[error(
        "the TPM does not decrypt this credential: it was made for another endorsement key, or for \
         the Name of another attestation key; make it for an endorsement key that `sshtpm \
         identity` shows and for the attestation key in a file of `sshtpm attest`, and name the \
         endorsement key if there are several"
    )]
    BadCredential,
    /// The TPM answered with another error.
    #[error("the TPM answered with an error; see the broker's journal")]
    Failed,
    /// What the TPM returned does not verify.
    #[error("the TPM returned a signature that does not verify; it was not released")]
    BadSignature,
    /// The caller left, so that no one reads this.
    #[error("the caller is gone")]
    CallerGone,
    /// The request found no place in the queue.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

/// The numbers of PCRs with their names, in parentheses.
fn named(indices: &[u8]) -> String {
    let named = indices.iter().map(|index| match name_of(*index) {
        Some(name) => format!("{index} {name}"),
        None => index.to_string(),
    });
    match named.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => none,
        some => format!(" ({some})"),
    }
}

impl TpmError {
    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Unavailable(_) | Self::CutOff(_) => ErrorKind::TpmUnavailable,
            Self::ParentUnavailable(_) => ErrorKind::ParentKeyUnavailable,
            Self::KeyLost => ErrorKind::KeyLost,
            Self::OtherPcrs(_) => ErrorKind::KeyBoundToOtherPcrs,
            Self::NotOfThisTpm
            | Self::UnsaidPin
            | Self::NoSuchPcrs(_)
            | Self::NotThesePcrs(_)
            | Self::NoSuchEndorsementKey
            | Self::BadCredential => ErrorKind::InvalidArgs,
            Self::WrongPin => ErrorKind::WrongPin,
            Self::InLockout => ErrorKind::PinTriesExceeded,
            Self::NoRoom(_) => ErrorKind::LimitsExceeded,
            Self::OwnerHasPassword
            | Self::HierarchyHasPassword(_)
            | Self::EndorsementHasPassword => ErrorKind::TpmOwnerPassword,
            Self::HierarchyDisabled(_) => ErrorKind::TpmUnavailable,
            Self::Failed | Self::BadSignature | Self::NotItsSeed => ErrorKind::TpmFailed,
            Self::CallerGone => ErrorKind::CallerGone,
            Self::Limit(error) => error.kind(),
        }
    }

    /// Whether the TPM was not even asked.
    pub(crate) fn is_before_any_work(&self) -> bool {
        matches!(
            self,
            Self::Unavailable(_) | Self::ParentUnavailable(_) | Self::Limit(_) | Self::CallerGone
        )
    }
}
