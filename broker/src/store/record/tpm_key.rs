//! The key of a record as the TPM has it, and what has to fit it: its public half, its policy, the
//! place where the TPM keeps it.

use std::sync::Arc;

use ssh_key::public::KeyData;

use super::came::Came;
use super::stored::Stored;
use super::version::{VERSION, WITHOUT_CERTIFICATES, WITHOUT_CHOICE};
use crate::store::damage::Damage;
use crate::store::persistent::SaysBy;
use crate::store::{tpm2b, tss2_key};
use sshtpm_core::derivation::POLICY_B;
use sshtpm_core::identity::Owner;
use sshtpm_core::key::{Holding, KeyBlob, Origin, ParentName, PrivatePart, Protection, TpmKey};
use sshtpm_core::persistent::Persistent;
use sshtpm_ssh::derived::{Hierarchy, Template};
use sshtpm_ssh::pcr::PcrPolicy;

impl Stored {
    /// The key of `owner` with this public half.
    ///
    /// # Errors
    ///
    /// Its parts do not belong together, or this version does not have them.
    pub(super) fn tpm_key(
        &mut self,
        public: KeyData,
        owner: &Owner,
        came: &Came,
    ) -> Result<TpmKey, Damage> {
        let (blob, protection) = self.blob(owner, came.origin)?;
        if !tpm2b::is_public_of(&blob.public, &public) {
            return Err(Damage::OtherKey);
        }
        let pcrs = self.policy(&blob, came.origin)?;
        let made_as = match is_of_ssh_tpm_agent(&blob) {
            true => Origin::Adopted,
            false => came.origin,
        };
        if !tpm2b::is_from(&blob.public, made_as, came.holding, pcrs.is_some()) {
            return Err(Damage::Attributes);
        }
        let mut key = TpmKey {
            public,
            parent: ParentName::from_hex(&self.parent).ok_or(Damage::Parent)?,
            blob,
            holding: came.holding,
            protection,
            persistent: None,
            pcrs: pcrs.map(Arc::new),
        };
        key.persistent = self.place(&key)?.map(Arc::new);
        Ok(key)
    }

    fn blob(&self, owner: &Owner, origin: Origin) -> Result<(KeyBlob, Protection), Damage> {
        match (self.version, &self.key, &self.derived) {
            (_, Some(key), None) if origin != Origin::Derived => Ok(tss2_key::decode(key)?),
            (WITHOUT_CHOICE..=VERSION, None, Some(derived)) if origin == Origin::Derived => {
                Ok((derived.parse(owner)?, Protection::Nothing))
            }
            _ => Err(Damage::Derived),
        }
    }

    fn policy(&self, blob: &KeyBlob, origin: Origin) -> Result<Option<PcrPolicy>, Damage> {
        match (self.version, &self.pcrs) {
            (_, None) if tpm2b::policy(&blob.public) == Some(policy_without_pcrs(blob)) => Ok(None),
            (WITHOUT_CHOICE..=VERSION, Some(stored)) if may_be_bound(origin) => {
                stored.parse(&blob.public).map(Some)
            }
            _ => Err(Damage::Pcrs),
        }
    }

    /// Where the TPM keeps `key`, which has none yet.
    fn place(&mut self, key: &TpmKey) -> Result<Option<Persistent>, Damage> {
        match (self.version, self.persistent.take()) {
            (_, None) => Ok(None),
            (WITHOUT_CERTIFICATES..=VERSION, Some(stored)) if may_be_kept(key) => {
                stored.parse(says_by(self.version)).map(Some)
            }
            _ => Err(Damage::Persistent),
        }
    }
}

fn says_by(version: u64) -> SaysBy {
    match version {
        ..=WITHOUT_CHOICE => SaysBy::Not,
        _ => SaysBy::Always,
    }
}

/// Whether the TPM derives it as it does for ssh-tpm-agent.
fn is_of_ssh_tpm_agent(blob: &KeyBlob) -> bool {
    match &blob.private {
        PrivatePart::Derived(derivation) => derivation.template() == Template::SshTpmAgent,
        PrivatePart::Wrapped(_) => false,
    }
}

/// The policy of a key that is not bound to PCRs: that of ssh-tpm-agent's template is beside the
/// empty password, and nobody needs it.
fn policy_without_pcrs(blob: &KeyBlob) -> &'static [u8] {
    match is_of_ssh_tpm_agent(blob) {
        true => &POLICY_B,
        false => &[],
    }
}

/// Those of other programs are adopted without a policy, and a policy would not hold a key that can
/// be derived again.
fn may_be_bound(origin: Origin) -> bool {
    matches!(origin, Origin::Generated | Origin::Imported)
}

/// A TPM keeps no object of its null hierarchy.
fn may_be_kept(key: &TpmKey) -> bool {
    let can_be = match &key.blob.private {
        PrivatePart::Wrapped(_) => true,
        PrivatePart::Derived(derivation) => derivation.hierarchy() != Hierarchy::Null,
    };
    can_be
        && key.holding == Holding::Tpm
        && key.protection == Protection::Nothing
        && key.pcrs.is_none()
}
