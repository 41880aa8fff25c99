//! Which requests may take a key out of the TPM.

use super::{Delete, SetPersistent};
use crate::policy::Request;

/// A request that may take a key out of the TPM.
pub trait Evicts: Request + Sync {}

impl Evicts for SetPersistent {}

impl Evicts for Delete {}
