//! Whether the PCRs still fit that keys are bound to. The TPM decides at each use; this is for
//! lists, so that agents do not offer keys that do not sign, and people see why.

use std::sync::Arc;

use super::Service;
use crate::identity::Owner;
use crate::key::KeyRecord;
use crate::ports::{Ports, Tpm as _};
use sshtpm_ssh::pcr::{PcrBank, PcrValues};
use sshtpm_ssh::tpm::TpmState;
use sshtpm_ssh::word::Word as _;

/// What PCRs have in them, as far as it is known: of each bank what some keys are bound to.
#[derive(Debug, Default)]
pub(super) struct PresentPcrs(Vec<PcrValues>);

impl PresentPcrs {
    /// The numbers of the PCRs that a key is bound to and that have other values now; none if that
    /// is not known.
    pub(super) fn changed(&self, record: &KeyRecord) -> Vec<u8> {
        let Some(policy) = &record.key.pcrs else {
            return Vec::new();
        };
        let bank = policy.values().selection().bank();
        let mut present = self.0.iter();
        let present = present.find(|one| one.selection().bank() == bank);
        present.map_or_else(Vec::new, |present| policy.values().changed(present))
    }
}

impl<P: Ports> Service<P> {
    /// What the PCRs have in them that `records` are bound to. Nothing is asked if no key is bound
    /// to any, or the TPM cannot be used.
    pub(super) async fn present_pcrs(
        &self,
        user: &Owner,
        records: &[Arc<KeyRecord>],
    ) -> PresentPcrs {
        let mut present = Vec::new();
        for bank in PcrBank::ALL {
            let bound = records.iter().filter_map(|one| one.key.pcr_selection());
            let of_bank = bound.filter(|selection| selection.bank() == *bank);
            let all = of_bank.reduce(|all, one| all.with(one).unwrap_or(all));
            let Some(all) = all else {
                continue;
            };
            if self.ports.tpm().status().state == TpmState::Ready {
                present.extend(self.ports.tpm().known_pcrs(user, all).await);
            }
        }
        PresentPcrs(present)
    }
}
