//! An endorsement key that can be used on this connection.

use tss_esapi::handles::KeyHandle;

use crate::tpm::connection::Connection;
use crate::tpm::failure::{Failure, sort};

/// A key that can be used. It is given to [`leave`] when it was.
pub(super) struct Ready {
    pub(super) key: KeyHandle,
    pub(super) is_persistent: bool,
}

/// Removes what was made for one use. A persistent key stays where it is.
pub(super) fn leave(connection: &mut Connection, ready: Ready) -> Result<(), Failure> {
    if ready.is_persistent {
        connection.forget(ready.key);
        return Ok(());
    }
    let flushed = connection.context().flush_context(ready.key.into());
    flushed.map_err(sort("TPM2_FlushContext(endorsement)"))
}
