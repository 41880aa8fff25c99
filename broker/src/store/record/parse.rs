//! What a stored record says, with all of its parts checked against each other.

use std::sync::Arc;

use super::public_key::{algorithm_of, parse_public_key};
use super::stored::Stored;
use super::version::{
    VERSION, WITHOUT_CERTIFICATES, WITHOUT_ORIGIN, WITHOUT_PERSISTENT, WITHOUT_RESTRICTIONS,
    WITHOUT_SCREEN,
};
use crate::store::damage::Damage;
use crate::store::restrictions::ScreenRule;
use crate::store::{tpm2b, tss2_key};
use sshtpm_core::certificates::Certificates;
use sshtpm_core::comment::Comment;
use sshtpm_core::derivation::POLICY_B;
use sshtpm_core::identity::{Owner, Uid, UserName};
use sshtpm_core::key::{
    Holding, KeyBlob, KeyRecord, Origin, ParentName, PrivatePart, Protection, TpmKey,
};
use sshtpm_core::restrictions::Restrictions;
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::derived::{Hierarchy, Template};

/// A record that was read.
pub(in crate::store) struct Decoded {
    pub(in crate::store) record: KeyRecord,
    /// How many certificates are not in it, because they are damaged. The key can be used without.
    pub(in crate::store) left_out: usize,
}

impl Stored {
    pub(super) fn parse(self) -> Result<Decoded, Damage> {
        let came = self.came()?;
        let name = UserName::new(self.owner.name).ok_or(Damage::Owner)?;
        let public = parse_public_key(&self.public_key)?;
        let algorithm = Algorithm::from_name_and_bits(&self.algorithm, self.bits)
            .filter(|&algorithm| algorithm_of(&public) == Some(algorithm))
            .ok_or(Damage::Algorithm)?;
        if came.holding != algorithm.holding() {
            return Err(Damage::Origin);
        }
        let owner = Owner::new(Uid(self.owner.uid), name);
        let (blob, protection) = match (self.version, &self.key, &self.derived) {
            (_, Some(key), None) if came.origin != Origin::Derived => tss2_key::decode(key)?,
            (VERSION, None, Some(derived)) if came.origin == Origin::Derived => {
                (derived.parse(&owner)?, Protection::Nothing)
            }
            _ => return Err(Damage::Derived),
        };
        if !tpm2b::is_public_of(&blob.public, &public) {
            return Err(Damage::OtherKey);
        }
        let pcrs = match (self.version, self.pcrs) {
            (_, None) if tpm2b::policy(&blob.public) == Some(policy_without_pcrs(&blob)) => None,
            (VERSION.., Some(stored)) if may_be_bound(came.origin) => {
                Some(Arc::new(stored.parse(&blob.public)?))
            }
            _ => return Err(Damage::Pcrs),
        };
        let made_as = match is_of_ssh_tpm_agent(&blob) {
            true => Origin::Adopted,
            false => came.origin,
        };
        if !tpm2b::is_from(&blob.public, made_as, came.holding, pcrs.is_some()) {
            return Err(Damage::Attributes);
        }
        let parent = ParentName::from_hex(&self.parent).ok_or(Damage::Parent)?;
        let restrictions = match (self.version, self.restrictions) {
            (WITHOUT_RESTRICTIONS, None) => Restrictions::before_they_were_named(&owner),
            (WITHOUT_PERSISTENT..=WITHOUT_SCREEN, Some(stored)) => {
                stored.parse(ScreenRule::Missing)?
            }
            (WITHOUT_ORIGIN..=VERSION, Some(stored)) => stored.parse(ScreenRule::Said)?,
            _ => return Err(Damage::Restrictions),
        };
        let persistent = match (self.version, protection, self.persistent) {
            (_, _, None) => None,
            (WITHOUT_CERTIFICATES..=VERSION, Protection::Nothing, Some(stored))
                if came.holding == Holding::Tpm && may_be_kept(&blob.private) && pcrs.is_none() =>
            {
                Some(Arc::new(stored.parse()?))
            }
            _ => return Err(Damage::Persistent),
        };
        let (certificates, left_out) = match (self.version, self.certificates) {
            (WITHOUT_SCREEN..=VERSION, stored) => stored.parse(&public),
            (_, stored) if stored.are_none() => (Certificates::default(), 0),
            _ => return Err(Damage::Certificates),
        };
        let record = KeyRecord {
            owner,
            restrictions: Arc::new(restrictions),
            algorithm,
            comment: Comment::of_record(self.comment)?,
            created: self.created,
            origin: came.origin,
            backed_up: came.backed_up,
            key: TpmKey {
                public,
                parent,
                blob,
                holding: came.holding,
                protection,
                persistent,
                pcrs,
            },
            certificates,
        };
        Ok(Decoded { record, left_out })
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

/// A TPM keeps no object of its null hierarchy.
fn may_be_kept(private: &PrivatePart) -> bool {
    match private {
        PrivatePart::Wrapped(_) => true,
        PrivatePart::Derived(derivation) => derivation.hierarchy() != Hierarchy::Null,
    }
}

/// Those of other programs are adopted without a policy, and a policy would not hold a key that can
/// be derived again.
fn may_be_bound(origin: Origin) -> bool {
    matches!(origin, Origin::Generated | Origin::Imported)
}
