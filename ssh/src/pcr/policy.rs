//! The policy of a key that is bound to PCRs.

use sha2::{Digest as _, Sha256};

use super::values::PcrValues;

/// Whether the policy wants the authorization value of the key, such as a PIN, besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthValue {
    /// The PCRs suffice.
    NotNeeded,
    /// TPM2_PolicyAuthValue.
    Needed,
}

/// The policy of a key that is bound to PCRs: TPM2_PolicyPCR, and TPM2_PolicyAuthValue if it was
/// made with a PIN. Its attribute userWithAuth is clear, or the authorization value alone would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PcrPolicy {
    values: PcrValues,
    auth_value: AuthValue,
}

impl PcrPolicy {
    /// A policy of a key that works while its PCRs have these values.
    pub fn new(values: PcrValues, auth_value: AuthValue) -> Self {
        Self { values, auth_value }
    }

    /// The policy with this digest, with or without an authorization value. `None`: it is neither.
    pub fn of_digest(values: PcrValues, digest: &[u8]) -> Option<Self> {
        let policies = [AuthValue::NotNeeded, AuthValue::Needed];
        let mut policies = policies.map(|auth_value| Self::new(values.clone(), auth_value));
        let position = policies.iter().position(|one| one.digest() == digest)?;
        policies.get_mut(position).cloned()
    }

    /// What its PCRs have to have in them.
    pub fn values(&self) -> &PcrValues {
        &self.values
    }

    /// Whether it wants the authorization value of the key.
    pub fn auth_value(&self) -> AuthValue {
        self.auth_value
    }

    /// The `authPolicy` of the key: SHA-256, 32 bytes.
    pub fn digest(&self) -> [u8; 32] {
        let pcrs = extended(
            &[0; 32],
            POLICY_PCR,
            &[
                &self.values.selection().marshalled()[..],
                &self.values.digest(),
            ],
        );
        match self.auth_value {
            AuthValue::NotNeeded => pcrs,
            AuthValue::Needed => extended(&pcrs, POLICY_AUTH_VALUE, &[]),
        }
    }
}

// TPM 2.0 Part 2, TPM_CC.
const POLICY_AUTH_VALUE: u32 = 0x0000_016b;
const POLICY_PCR: u32 = 0x0000_017f;

/// TPM 2.0 Part 1, "Policy Digest Computation".
fn extended(before: &[u8; 32], command: u32, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(command.to_be_bytes());
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(value: u8) -> PcrValues {
        let selection = "7".parse().expect("a selection");
        PcrValues::new(selection, &[[value; 32]]).expect("values")
    }

    fn hex(digest: [u8; 32]) -> String {
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Expected: what `tpm2_policypcr -l sha256:7` and `tpm2_policyauthvalue` write for a TPM whose
    /// PCR 7 is zero.
    #[test]
    fn a_policy_has_the_digest_that_a_tpm_computes() {
        let policy = PcrPolicy::new(values(0), AuthValue::NotNeeded);
        assert_eq!(hex(policy.digest()), PCR_7);
        let policy = PcrPolicy::new(values(0), AuthValue::Needed);
        assert_eq!(hex(policy.digest()), PCR_7_AND_AUTH_VALUE);
    }

    const PCR_7: &str = "8b5682d81b29435d08d79278150611dc7e5923b2fefcce684a09577b40130a8b";
    const PCR_7_AND_AUTH_VALUE: &str =
        "b8db92fae7c1e0c588e7352d2fc10f27c7b384e32f706a520cb10bf7ffee8970";

    #[test]
    fn a_policy_is_found_by_its_digest_and_values_alone() {
        for auth_value in [AuthValue::NotNeeded, AuthValue::Needed] {
            let policy = PcrPolicy::new(values(1), auth_value);
            let found = PcrPolicy::of_digest(values(1), &policy.digest());
            assert_eq!(found.as_ref(), Some(&policy));
            assert_eq!(PcrPolicy::of_digest(values(2), &policy.digest()), None);
            assert_eq!(PcrPolicy::of_digest(values(1), &[]), None);
        }
    }
}
