//! A connection to a TPM whose parent key is known.

use tss_esapi::Context;
use tss_esapi::handles::KeyHandle;

use super::address::Address;
use super::failure::{Failure, is_no_object, sort};
use super::{capabilities, parent, sweep};
use crate::core::key::ParentName;
use crate::core::ports::TpmFacts;

/// A TPM that can be used. When it fails with something that a new connection may help, drop it.
pub(super) struct Device {
    address: Address,
    context: Context,
    parent: KeyHandle,
    facts: TpmFacts,
}

impl Device {
    /// Connects, cleans up where nobody else does, and finds or makes the parent key.
    ///
    /// # Errors
    ///
    /// There is no TPM, it has no parent and we may not make one, or its parent is `refused`.
    pub(super) fn open(address: &Address, refused: Option<&ParentName>) -> Result<Self, Failure> {
        let tcti = address.tcti().map_err(sort("address"))?;
        let mut context = Context::new(tcti).map_err(sort("connect"))?;
        if !address.has_resource_manager() {
            sweep::sweep(&mut context)?;
        }
        let identity = capabilities::identity(&mut context)?;
        let algorithms = capabilities::algorithms(&mut context)?;
        let parent = parent::find_or_make(&mut context)?;
        if refused == Some(&parent.name) {
            return Err(Failure::ParentAuth);
        }
        let facts = TpmFacts {
            manufacturer: identity.manufacturer,
            firmware: identity.firmware,
            algorithms,
            parent: parent.name,
        };
        Ok(Self {
            address: address.clone(),
            context,
            parent: parent.handle,
            facts,
        })
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn facts(&self) -> &TpmFacts {
        &self.facts
    }

    pub(super) fn parent_name(&self) -> &ParentName {
        &self.facts.parent
    }

    pub(super) fn parent(&self) -> KeyHandle {
        self.parent
    }

    /// Whether the TPM still has the parent that was found.
    ///
    /// # Errors
    ///
    /// It does not say.
    pub(super) fn parent_is_there(&mut self) -> Result<bool, Failure> {
        match self.context.read_public(self.parent) {
            Ok((_, name, _)) => {
                let name = ParentName::new(name.value().to_vec());
                Ok(name.as_ref() == Some(&self.facts.parent))
            }
            Err(error) if is_no_object(error) => Ok(false),
            Err(error) => Err(sort("TPM2_ReadPublic(parent)")(error)),
        }
    }

    pub(super) fn context(&mut self) -> &mut Context {
        &mut self.context
    }
}
