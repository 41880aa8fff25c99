//! `C_Login`, `C_Logout`: the PIN of a key goes to the broker, and nowhere else.

use cryptoki_sys::{
    CK_SESSION_HANDLE, CK_USER_TYPE, CKR_ARGUMENTS_BAD, CKR_FUNCTION_CANCELED,
    CKR_OPERATION_NOT_INITIALIZED, CKR_PIN_INCORRECT, CKR_PIN_LEN_RANGE, CKR_TOKEN_NOT_PRESENT,
    CKR_USER_ALREADY_LOGGED_IN, CKR_USER_NOT_LOGGED_IN, CKR_USER_PIN_NOT_INITIALIZED,
    CKR_USER_TYPE_INVALID, CKU_CONTEXT_SPECIFIC, CKU_USER,
};
use sshtpm_client::pin::{NotAPin, Pin};

use crate::key::Key;
use crate::module::Module;
use crate::rv::Rv;
use crate::slots::Token;

impl Module {
    /// Has the broker check the PIN of the token's key. `None`: a person is asked for it.
    ///
    /// # Errors
    ///
    /// The token has no PIN, it is wrong, or nobody can be asked.
    pub fn login(
        &self,
        session: CK_SESSION_HANDLE,
        user: CK_USER_TYPE,
        pin: Option<&[u8]>,
    ) -> Result<(), Rv> {
        self.state().sessions.get(session)?;
        // The broker forgets PINs, and says so only when it is asked.
        self.refresh()?;
        let key = self.key_to_log_in(session, user)?;
        let pin = match pin {
            Some(pin) => Pin::new(pin).map_err(refused)?,
            None if self.keys.can_ask() => {
                let pin = self.keys.ask_for_pin(&key);
                pin.ok_or(Rv(CKR_FUNCTION_CANCELED))?
            }
            None => return Err(Rv(CKR_ARGUMENTS_BAD)),
        };
        self.keys.unlock(&key.fingerprint, &pin)?;
        let mut state = self.state();
        state.note_lock(&key.fingerprint, true);
        state.logged_in.insert(key.fingerprint);
        Ok(())
    }

    fn key_to_log_in(&self, session: CK_SESSION_HANDLE, user: CK_USER_TYPE) -> Result<Key, Rv> {
        let mut state = self.state();
        let token = state.sessions.get(session)?.token;
        match user {
            CKU_USER => {}
            // No key here wants a PIN for each use.
            CKU_CONTEXT_SPECIFIC => return Err(Rv(CKR_OPERATION_NOT_INITIALIZED)),
            _ => return Err(Rv(CKR_USER_TYPE_INVALID)),
        }
        if token == Token::Open {
            return Err(Rv(CKR_USER_PIN_NOT_INITIALIZED));
        }
        let held = state.locked(token).ok_or(Rv(CKR_TOKEN_NOT_PRESENT))?;
        if held.key.unlocked && state.logged_in.contains(&held.key.fingerprint) {
            return Err(Rv(CKR_USER_ALREADY_LOGGED_IN));
        }
        Ok(held.key.clone())
    }

    /// Has the broker forget the PIN that this program gave it.
    ///
    /// # Errors
    ///
    /// This program gave none, or the broker cannot be reached.
    pub fn logout(&self, session: CK_SESSION_HANDLE) -> Result<(), Rv> {
        let token = self.state().sessions.get(session)?.token;
        let Token::Locked(key) = token else {
            return Err(Rv(CKR_USER_NOT_LOGGED_IN));
        };
        if !self.state().logged_in.contains(&key) {
            return Err(Rv(CKR_USER_NOT_LOGGED_IN));
        }
        self.keys.lock(&key)?;
        self.state().note_lock(&key, false);
        Ok(())
    }
}

fn refused(reason: NotAPin) -> Rv {
    Rv(match reason {
        NotAPin::Empty | NotAPin::TooLong => CKR_PIN_LEN_RANGE,
        NotAPin::Zero => CKR_PIN_INCORRECT,
    })
}
