//! What the TPM says about itself, asked one command at a time.
//!
//! No signature needs the answers, so requests go first: each waits for one of these commands at
//! most.

use std::slice;
use std::sync::Arc;

use tss_esapi::Context;

use super::capabilities::{self, Identity};
use super::connection::Connection;
use super::failure::Failure;
use super::parent;
use sshtpm_core::key::Holding;
use sshtpm_core::tpm_facts::TpmFacts;
use sshtpm_ssh::algorithm::Algorithm;

/// What was asked so far.
pub(super) struct Examination {
    parent_public: Option<Arc<[u8]>>,
    identity: Option<Identity>,
    offered: Vec<Algorithm>,
    /// Each is asked about: a TPM may know a curve or a length and still not offer it.
    left: slice::Iter<'static, Algorithm>,
}

impl Examination {
    pub(super) fn new() -> Self {
        Self {
            parent_public: None,
            identity: None,
            offered: Vec::new(),
            left: Algorithm::ALL.iter(),
        }
    }

    /// Asks one thing more; the facts, if that was the last.
    ///
    /// # Errors
    ///
    /// The TPM is gone, or what it has in the place of its parent key is none.
    pub(super) fn step(&mut self, base: &mut Connection) -> Result<Option<TpmFacts>, Failure> {
        let Some(parent_public) = &self.parent_public else {
            let parent = base.parent();
            self.parent_public = Some(parent::public_area(base.context(), parent)?);
            return Ok(None);
        };
        let Some(identity) = &self.identity else {
            self.identity = Some(capabilities::identity(base.context())?);
            return Ok(None);
        };
        if ask_about_one(&mut self.left, &mut self.offered, base.context())? {
            return Ok(None);
        }
        Ok(Some(TpmFacts {
            manufacturer: identity.manufacturer.clone(),
            firmware: identity.firmware.clone(),
            algorithms: self.offered.clone(),
            parent_public: Arc::clone(parent_public),
        }))
    }
}

/// Whether there was one to ask about. Every TPM seals data, and so Ed25519 keys.
fn ask_about_one(
    left: &mut slice::Iter<'static, Algorithm>,
    offered: &mut Vec<Algorithm>,
    context: &mut Context,
) -> Result<bool, Failure> {
    for algorithm in left {
        let is_sealed = algorithm.holding() == Holding::Sealed;
        if is_sealed || capabilities::offers(context, *algorithm)? {
            offered.push(*algorithm);
        }
        if !is_sealed {
            return Ok(true);
        }
    }
    Ok(false)
}
