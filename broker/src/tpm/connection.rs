//! A connection to a TPM on which the parent key is known.
//!
//! libtss2 knows an object only on the connection that loaded it. Behind the kernel's resource
//! manager that holds for the chip, too.

use tss_esapi::handles::{KeyHandle, ObjectHandle};
use tss_esapi::{Context, Error, WrapperErrorKind};

use super::address::Address;
use super::failure::{Failure, is_no_object, sort};
use super::parent::{self, Parent};
use sshtpm_core::key::ParentName;

/// An open connection.
pub(super) struct Connection {
    context: Context,
    parent: Parent,
}

/// A key that can be used at once, on this connection.
pub(super) struct Loaded<'a> {
    pub(super) connection: &'a mut Connection,
    pub(super) key: KeyHandle,
}

impl Connection {
    pub(super) fn new(context: Context, parent: Parent) -> Self {
        Self { context, parent }
    }

    /// One more connection to a TPM whose parent is known: one command, and one by which libtss2
    /// sees what the device can do.
    ///
    /// # Errors
    ///
    /// There is no TPM, or it has another parent by now.
    pub(super) fn further(address: &Address, parent: &ParentName) -> Result<Self, Failure> {
        let mut context = connect(address)?;
        let parent = parent::find(&mut context, parent)?;
        Ok(Self::new(context, parent))
    }

    pub(super) fn context(&mut self) -> &mut Context {
        &mut self.context
    }

    pub(super) fn parent(&self) -> KeyHandle {
        self.parent.handle
    }

    pub(super) fn parent_name(&self) -> &ParentName {
        &self.parent.name
    }

    /// Whether the TPM still has the parent that was found.
    ///
    /// # Errors
    ///
    /// The TPM does not answer.
    pub(super) fn parent_is_there(&mut self) -> Result<bool, Failure> {
        match self.context.read_public(self.parent.handle) {
            Ok((_, name, _)) => {
                let name = ParentName::new(name.value().to_vec());
                Ok(name.as_ref() == Some(&self.parent.name))
            }
            Err(error) if is_no_object(error) => Ok(false),
            Err(error) => Err(sort("TPM2_ReadPublic(parent)")(error)),
        }
    }

    /// Makes libtss2 forget an object or a session that is no longer in the TPM, or is to stay
    /// there. This sends no command.
    pub(super) fn forget(&mut self, object: impl Into<ObjectHandle>) {
        let mut object = object.into();
        match self.context.tr_close(&mut object) {
            // `tss_esapi` 7.7 closes it and complains that it was not flushed.
            Ok(()) | Err(Error::WrapperError(WrapperErrorKind::InvalidHandleState)) => {}
            Err(error) => tracing::debug!(%error, "libtss2 did not know what it should forget"),
        }
    }
}

/// Connects, and nothing else.
pub(super) fn connect(address: &Address) -> Result<Context, Failure> {
    let tcti = address.tcti().map_err(sort("address"))?;
    Context::new(tcti).map_err(sort("connect"))
}
