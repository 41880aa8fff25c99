//! `C_OpenSession`, `C_CloseSession`, `C_CloseAllSessions`, `C_GetSessionInfo`.

use cryptoki_sys::{
    CK_FLAGS, CK_SESSION_HANDLE, CK_SESSION_INFO, CK_SLOT_ID, CKF_RW_SESSION, CKF_SERIAL_SESSION,
    CKR_SESSION_PARALLEL_NOT_SUPPORTED, CKR_SLOT_ID_INVALID, CKS_RO_PUBLIC_SESSION,
    CKS_RO_USER_FUNCTIONS, CKS_RW_PUBLIC_SESSION, CKS_RW_USER_FUNCTIONS,
};

use crate::module::Module;
use crate::rv::Rv;

impl Module {
    /// Opens a session with the token in a slot.
    ///
    /// # Errors
    ///
    /// There is no such slot, the flags are not those of a serial session, or too many are open.
    pub fn open_session(&self, slot: CK_SLOT_ID, flags: CK_FLAGS) -> Result<CK_SESSION_HANDLE, Rv> {
        if flags & CKF_SERIAL_SESSION == 0 {
            return Err(Rv(CKR_SESSION_PARALLEL_NOT_SUPPORTED));
        }
        let token = self.token(slot)?;
        self.state()
            .sessions
            .open(token, flags & CKF_RW_SESSION != 0)
    }

    /// Closes a session.
    ///
    /// # Errors
    ///
    /// It is not open.
    pub fn close_session(&self, session: CK_SESSION_HANDLE) -> Result<(), Rv> {
        let mut state = self.state();
        let closed = state.sessions.close(session)?;
        state.note_closed(closed.token);
        Ok(())
    }

    /// Closes all sessions with the token in a slot.
    ///
    /// # Errors
    ///
    /// There never was such a slot.
    pub fn close_all_sessions(&self, slot: CK_SLOT_ID) -> Result<(), Rv> {
        let mut state = self.state();
        let token = state.slots.token(slot).ok_or(Rv(CKR_SLOT_ID_INVALID))?;
        state.sessions.close_all(token);
        state.note_closed(token);
        Ok(())
    }

    /// What a session can do.
    ///
    /// # Errors
    ///
    /// It is not open.
    pub fn session_info(&self, session: CK_SESSION_HANDLE) -> Result<CK_SESSION_INFO, Rv> {
        let mut state = self.state();
        let open = state.sessions.get(session)?;
        let (token, is_writable) = (open.token, open.is_writable);
        let (session_state, flags) = match (is_writable, state.is_unlocked(token)) {
            (false, false) => (CKS_RO_PUBLIC_SESSION, 0),
            (false, true) => (CKS_RO_USER_FUNCTIONS, 0),
            (true, false) => (CKS_RW_PUBLIC_SESSION, CKF_RW_SESSION),
            (true, true) => (CKS_RW_USER_FUNCTIONS, CKF_RW_SESSION),
        };
        let slot = state.slots.give(token).ok_or(Rv(CKR_SLOT_ID_INVALID))?;
        Ok(CK_SESSION_INFO {
            slotID: slot,
            state: session_state,
            flags: flags | CKF_SERIAL_SESSION,
            ulDeviceError: 0,
        })
    }
}
