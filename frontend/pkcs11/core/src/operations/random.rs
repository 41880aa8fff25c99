//! `C_GenerateRandom`.

use cryptoki_sys::{CK_SESSION_HANDLE, CKR_ARGUMENTS_BAD, CKR_DEVICE_ERROR};
use rand_core::{OsRng, RngCore as _};

use crate::limits::MAX_RANDOM_BYTES;
use crate::module::Module;
use crate::rv::Rv;

impl Module {
    /// Fills `bytes` with random ones of the kernel, which the TPM seeds, too.
    ///
    /// # Errors
    ///
    /// The session is not open, or more than [`MAX_RANDOM_BYTES`] are wanted.
    pub fn random(&self, session: CK_SESSION_HANDLE, bytes: &mut [u8]) -> Result<(), Rv> {
        self.state().sessions.get(session)?;
        if bytes.len() > MAX_RANDOM_BYTES {
            return Err(Rv(CKR_ARGUMENTS_BAD));
        }
        let filled = OsRng.try_fill_bytes(bytes);
        filled.map_err(|_| Rv(CKR_DEVICE_ERROR))
    }
}
