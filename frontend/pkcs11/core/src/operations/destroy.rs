//! `C_DestroyObject`: deletes a key for good, or its certificate.

use cryptoki_sys::{
    CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKR_ACTION_PROHIBITED, CKR_DEVICE_ERROR,
    CKR_SESSION_READ_ONLY,
};

use crate::module::Module;
use crate::objects::Part;
use crate::rv::Rv;

impl Module {
    /// Deletes the object. A private key goes with its public key and its certificate. A public
    /// key does not go alone.
    ///
    /// # Errors
    ///
    /// There is no such object on the session's token, or the broker refuses.
    pub fn destroy_object(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
    ) -> Result<(), Rv> {
        if !self.state().sessions.get(session)?.is_writable {
            return Err(Rv(CKR_SESSION_READ_ONLY));
        }
        let (key, part) = {
            let mut state = self.state();
            let (held, part) = state.object(session, object)?;
            (held.key.fingerprint, part)
        };
        match part {
            Part::Public => return Err(Rv(CKR_ACTION_PROHIBITED)),
            Part::Private => self.keys.delete(&key)?,
            Part::Certificate => {}
        }
        let removed = self.certificates.remove(&key);
        // The key is gone, whatever became of its certificate.
        self.refresh()?;
        removed.map_err(|_| Rv(CKR_DEVICE_ERROR))
    }
}
