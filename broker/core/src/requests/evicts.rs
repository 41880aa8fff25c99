//! Which requests may take a key out of the TPM.

use super::{ArchiveLost, Delete, DeleteOrphans, SetPersistent};
use crate::policy::Request;

/// A request that may take a key out of the TPM.
pub trait Evicts: Request + Sync {}

impl Evicts for SetPersistent {}

impl Evicts for Delete {}

impl Evicts for ArchiveLost {}

impl Evicts for DeleteOrphans {}
