//! What is measured of the TPM, how often, and for how long.

use std::time::Duration;

use super::key::TpmKey;
use super::signature::{Scheme, ToSign};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::measured::Measured;

/// How often each command is measured: a median of five leaves out two that were disturbed. So a
/// measurement takes at most 51 commands: the making of an RSA key, and in each turn a round trip,
/// a session and its end, a new key, and two keys that are loaded, sign and leave.
pub(crate) const TURNS: usize = 5;

/// After this time no further turn begins. The slowest chip with published figures needs four
/// seconds, and eleven with RSA.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// SSH signs nothing of this form.
const DATA: &[u8] = b"sshtpm-broker: this is signed to see how long it takes";

/// A key that is made to be measured. It is kept nowhere.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialKey {
    algorithm: Algorithm,
    key: TpmKey,
}

impl TrialKey {
    /// A key that the TPM just made.
    pub fn new(algorithm: Algorithm, key: TpmKey) -> Self {
        Self { algorithm, key }
    }

    /// The key.
    pub fn key(&self) -> &TpmKey {
        &self.key
    }

    /// What it signs; the broker drops the signature. `None` for an algorithm without a
    /// scheme, which is not measured.
    pub fn to_sign(&self) -> Option<ToSign> {
        Some(Scheme::choose(self.algorithm, 0)?.to_sign(DATA))
    }
}

/// How long a key that is used once takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// TPM2_Load.
    pub load: Duration,
    /// TPM2_Sign.
    pub sign: Duration,
}

/// How long each command took, in the order in which they were measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measurement(Vec<(Measured, Duration)>);

impl Measurement {
    pub(crate) fn note(&mut self, measured: Measured, took: Duration) {
        self.0.push((measured, took));
    }

    /// All of them.
    pub fn times(&self) -> impl Iterator<Item = (Measured, Duration)> + '_ {
        self.0.iter().copied()
    }
}
