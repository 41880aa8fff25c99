//! The stored form of what a key is bound to.

use serde::{Deserialize, Serialize};

use super::damage::Damage;
use super::tpm2b;
use sshtpm_ssh::pcr::{PcrPolicy, PcrSelection, PcrValues};

/// PCRs, and what they have to have in them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredPcrs {
    /// `0+7:sha256`.
    selection: String,
    /// The digest in each, in hexadecimal, in the order of their numbers.
    values: Vec<String>,
}

impl StoredPcrs {
    pub(super) fn of(policy: &PcrPolicy) -> Self {
        let values = policy.values();
        Self {
            selection: values.selection().to_string(),
            values: values.values().map(hex).collect(),
        }
    }

    /// # Errors
    ///
    /// It names no PCRs in the one form that they have, or another policy than that of the key:
    /// then the key would never sign, or not for the reason that people are told.
    pub(super) fn parse(&self, tpm2b_public: &[u8]) -> Result<PcrPolicy, Damage> {
        let selection: PcrSelection = self.selection.parse().map_err(|_| Damage::Pcrs)?;
        if selection.to_string() != self.selection {
            return Err(Damage::Pcrs);
        }
        let values = self.values.iter().map(|text| of_hex(text));
        let values = values.collect::<Option<Vec<_>>>().ok_or(Damage::Pcrs)?;
        let values = PcrValues::new(selection, &values).ok_or(Damage::Pcrs)?;
        let policy = tpm2b::policy(tpm2b_public).ok_or(Damage::Pcrs)?;
        PcrPolicy::of_digest(values, policy).ok_or(Damage::Pcrs)
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads what [`hex`] writes.
fn of_hex(text: &str) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok()
    };
    let digits = text.as_bytes().chunks(2);
    let bytes = digits.map(byte).collect::<Option<Vec<_>>>()?;
    (hex(&bytes) == text).then_some(bytes)
}
