//! What a stored record says, with all of its parts checked against each other.

use std::sync::Arc;

use ssh_key::public::KeyData;

use super::public_key::{algorithm_of, parse_public_key};
use super::stored::Stored;
use super::version::{
    VERSION, WITHOUT_ORIGIN, WITHOUT_PERSISTENT, WITHOUT_RESTRICTIONS, WITHOUT_SCREEN,
};
use crate::store::damage::Damage;
use crate::store::restrictions::ScreenRule;
use sshtpm_core::certificates::Certificates;
use sshtpm_core::comment::Comment;
use sshtpm_core::identity::{Owner, Uid, UserName};
use sshtpm_core::key::KeyRecord;
use sshtpm_core::restrictions::Restrictions;
use sshtpm_ssh::algorithm::Algorithm;

/// A record that was read.
pub(in crate::store) struct Decoded {
    pub(in crate::store) record: KeyRecord,
    /// How many certificates are not in it, because they are damaged. The key can be used without.
    pub(in crate::store) left_out: usize,
}

impl Stored {
    /// # Errors
    ///
    /// A part is damaged, does not belong to the others, or is not one that this version has.
    pub(super) fn parse(mut self) -> Result<Decoded, Damage> {
        let came = self.came()?;
        let owner = self.owner()?;
        let public = parse_public_key(&self.public_key)?;
        let algorithm = self.algorithm_of(&public)?;
        if came.holding != algorithm.holding() {
            return Err(Damage::Origin);
        }
        let key = self.tpm_key(public, &owner, &came)?;
        let restrictions = self.restrictions_of(&owner)?;
        let (certificates, left_out) = self.certificates_of(&key.public)?;
        let record = KeyRecord {
            owner,
            restrictions: Arc::new(restrictions),
            algorithm,
            comment: Comment::of_record(self.comment)?,
            created: self.created,
            origin: came.origin,
            backed_up: came.backed_up,
            key,
            certificates,
        };
        Ok(Decoded { record, left_out })
    }

    fn owner(&self) -> Result<Owner, Damage> {
        let name = UserName::new(self.owner.name.clone()).ok_or(Damage::Owner)?;
        Ok(Owner::new(Uid(self.owner.uid), name))
    }

    fn algorithm_of(&self, public: &KeyData) -> Result<Algorithm, Damage> {
        Algorithm::from_name_and_bits(&self.algorithm, self.bits)
            .filter(|&algorithm| algorithm_of(public) == Some(algorithm))
            .ok_or(Damage::Algorithm)
    }

    fn restrictions_of(&mut self, owner: &Owner) -> Result<Restrictions, Damage> {
        match (self.version, self.restrictions.take()) {
            (WITHOUT_RESTRICTIONS, None) => Ok(Restrictions::before_they_were_named(owner)),
            (WITHOUT_PERSISTENT..=WITHOUT_SCREEN, Some(stored)) => {
                stored.parse(ScreenRule::Missing)
            }
            (WITHOUT_ORIGIN..=VERSION, Some(stored)) => stored.parse(ScreenRule::Said),
            _ => Err(Damage::Restrictions),
        }
    }

    /// Those of the key, and how many are left out because they are damaged.
    fn certificates_of(&self, key: &KeyData) -> Result<(Certificates, usize), Damage> {
        match self.version {
            WITHOUT_SCREEN..=VERSION => Ok(self.certificates.parse(key)),
            _ if self.certificates.are_none() => Ok((Certificates::default(), 0)),
            _ => Err(Damage::Certificates),
        }
    }
}
