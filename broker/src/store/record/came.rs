//! Where the key of a record comes from, and what holds it.

use super::stored::Stored;
use super::version::{VERSION, WITHOUT_DERIVED_AND_PCRS, WITHOUT_ORIGIN, WITHOUT_RESTRICTIONS};
use crate::store::damage::Damage;
use sshtpm_core::key::{Holding, Origin};
use sshtpm_ssh::word::Word as _;

/// Where a key comes from, and what holds it.
pub(super) struct Came {
    pub(super) origin: Origin,
    pub(super) holding: Holding,
    pub(super) backed_up: bool,
}

impl Stored {
    /// # Errors
    ///
    /// It is not said in a version that says it, or said in one that does not; or it cannot be:
    /// only what was imported had a private part that could be copied.
    pub(super) fn came(&self) -> Result<Came, Damage> {
        let said = (self.origin.as_deref(), self.holding.as_deref());
        match (self.version, said, self.backed_up) {
            (WITHOUT_RESTRICTIONS..=WITHOUT_ORIGIN, (None, None), None) => Ok(Came {
                origin: Origin::Generated,
                holding: Holding::Tpm,
                backed_up: false,
            }),
            (
                WITHOUT_DERIVED_AND_PCRS..=VERSION,
                (Some(origin), Some(holding)),
                Some(backed_up),
            ) => {
                let came = Came {
                    origin: Origin::of_word(origin).ok_or(Damage::Origin)?,
                    holding: Holding::of_word(holding).ok_or(Damage::Origin)?,
                    backed_up,
                };
                match came.backed_up && came.origin != Origin::Imported {
                    true => Err(Damage::Origin),
                    false => Ok(came),
                }
            }
            _ => Err(Damage::Origin),
        }
    }
}
