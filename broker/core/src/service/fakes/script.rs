//! What a test expects, and what is answered.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use crate::attestation::{AttestationKey, Stated};
use crate::by_use::{Room, Why};
use crate::certificates::UserCertificate;
use crate::comment::Comment;
use crate::endorsement::MachineIdentity;
use crate::identity::{Owner, Uid, UserName};
use crate::key::{KeyBlob, KeyRecord, Protection, TpmKey};
use crate::measurement::{TrialKey, Used};
use crate::persistent::Persistent;
use crate::pins::Attempt;
use crate::policy::{Action, Decision};
use crate::ports::{Adopted, Imported, NoAnswer, StoreError, TpmError};
use crate::queue::QueueState;
use crate::restrictions::Restrictions;
use crate::seat::{Login, NotTold};
use crate::signature::{RawSignature, ToSign};
use crate::tpm_facts::TpmFacts;
use crate::uses::Noted;
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::pcr::{PcrSelection, PcrValues};
use sshtpm_ssh::tpm::Lockout;
use zeroize::Zeroizing;

/// What the core may be expected to do at its ports.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::service) enum Call {
    /// Whether `caller` may, with the keys of `about`, if it is about keys.
    Ask {
        action: Action,
        caller: Owner,
        about: Option<UserName>,
    },
    /// Whether a person agrees that `caller` may.
    AskPerson {
        action: Action,
        caller: Owner,
    },
    Find(Owner, Fingerprint),
    List(Owner),
    Look(Uid),
    /// For this user's list.
    KnownPcrs(Uid, PcrSelection),
    Pcrs(PcrSelection),
    Create(Algorithm),
    /// The same, as a primary key.
    Derive(Algorithm),
    /// With a PIN.
    CreateWith(Algorithm, Vec<u8>),
    Import(Fingerprint),
    /// The password that it has, and the PIN that it is to have.
    Adopt(Fingerprint, Option<Vec<u8>>, Option<Vec<u8>>),
    AnotherHas(Owner, Fingerprint),
    Sign(ToSign),
    /// With a PIN.
    SignWith(ToSign, Vec<u8>),
    MakeAttestationKey(Owner),
    /// By this attestation key, with the PIN.
    Attest(Fingerprint, AttestationKey, Option<Vec<u8>>),
    KeepAttestationKey(Owner),
    /// With a PIN that is not known to be right.
    SignInTry(ToSign, Vec<u8>),
    CheckPin(Fingerprint, Vec<u8>),
    /// The present PIN, and the new one.
    ChangePin(Fingerprint, Vec<u8>, Option<Vec<u8>>),
    ResetLockout(Option<Vec<u8>>),
    SetPin(Owner, Fingerprint, Protection, KeyBlob),
    /// Beside these other keys.
    Persist(Fingerprint, Vec<Fingerprint>),
    Evict(Fingerprint, Arc<Persistent>),
    SetPersistent(Owner, Fingerprint, Option<Arc<Persistent>>),
    Room,
    /// By its use, beside these other keys.
    Keep(Fingerprint, Vec<Fingerprint>),
    GiveBack(Fingerprint, Why),
    SetKept(Owner, Fingerprint, Arc<Persistent>),
    SetGivenBack(Owner, Fingerprint),
    Lockout,
    TimeRoundTrip,
    TimeSession,
    TimeCreate(Algorithm),
    TimeUse(TrialKey),
    Identity,
    /// With the attestation key of this user.
    Activate(Owner, AttestationKey),
    Queue(Owner),
    WholeQueue(Owner),
    Now,
    Add(KeyRecord),
    /// In the place of the same key, which is lost.
    TakePlace(KeyRecord),
    SetComment(Owner, Fingerprint, Comment),
    Restrict(Owner, Fingerprint, Restrictions),
    /// At this time.
    AddCertificate(Owner, Fingerprint, UserCertificate, u64),
    RemoveCertificate(Owner, Fingerprint, Box<[u8]>),
    Delete(Owner, Fingerprint),
    Archive(Owner, Fingerprint),
    DeleteArchived(Owner),
    ForgetOwner(Owner),
    NameOf(Uid),
    Logins(Uid),
    LastUses(Owner, Option<Fingerprint>),
}

/// What it gets for it.
#[derive(Debug)]
pub(in crate::service) enum Answer {
    Decided(Decision),
    /// Decided, and all keys are deleted by then.
    DecidedTooLate(Decision),
    /// Decided, but not at once.
    DecidedLater(Decision),
    /// Decided, after this time.
    DecidedSlowly(Decision, Duration),
    /// Decided, and by then this key replaces all keys.
    DecidedAndReplaced(Decision, Box<KeyRecord>),
    /// From the records that are there.
    AsStored,
    Seen(Result<TpmFacts, TpmError>),
    Created(Result<TpmKey, TpmError>),
    Pcrs(Result<PcrValues, TpmError>),
    Imported(Result<Imported, TpmError>),
    Adopted(Result<Attempt<Adopted>, TpmError>),
    Signed(Result<RawSignature, TpmError>),
    Attester(Result<AttestationKey, TpmError>),
    Attested(Result<Option<Stated>, TpmError>),
    Told(Result<Lockout, TpmError>),
    /// This long.
    Took(Result<Duration, TpmError>),
    MadeToTry(Box<TpmKey>, Duration),
    TookToUse(Used),
    Identified(Result<MachineIdentity, TpmError>),
    Activated(Result<Zeroizing<Vec<u8>>, TpmError>),
    SignedInTry(Result<Attempt<RawSignature>, TpmError>),
    Tried(Result<Attempt<()>, TpmError>),
    Rewrapped(Result<Attempt<KeyBlob>, TpmError>),
    Reset(Result<(), TpmError>),
    Persisted(Result<Option<Persistent>, TpmError>),
    Evicted(Result<(), TpmError>),
    Room(Result<Room, TpmError>),
    Kept(Result<Persistent, TpmError>),
    Queued(QueueState),
    Time(u64),
    Changed(Result<(), StoreError>),
    /// The key has this record then.
    Replaced(Result<Arc<KeyRecord>, StoreError>),
    Seated(Result<Vec<Login>, NotTold>),
    Used(Result<Vec<Noted>, StoreError>),
    Named(Result<Option<UserName>, NoAnswer>),
    Forgotten,
    /// It waits, for a person or a slow chip.
    Waits,
}
