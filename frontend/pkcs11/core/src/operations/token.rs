//! `C_GetTokenInfo`.

use cryptoki_sys::{
    CK_FLAGS, CK_SLOT_ID, CK_TOKEN_INFO, CK_ULONG, CK_UNAVAILABLE_INFORMATION, CK_VERSION,
    CKF_LOGIN_REQUIRED, CKF_PROTECTED_AUTHENTICATION_PATH, CKF_TOKEN_INITIALIZED,
    CKF_USER_PIN_INITIALIZED,
};
use sshtpm_ssh::limits::MAX_PIN_BYTES;

use crate::limits::MAX_SESSIONS;
use crate::module::{MANUFACTURER, Module};
use crate::padded::padded;
use crate::rv::Rv;
use crate::slots::Token;

impl Module {
    /// What programs show of the token in a slot, and whether they log in before they use it.
    ///
    /// # Errors
    ///
    /// There is no such slot.
    pub fn token_info(&self, slot: CK_SLOT_ID) -> Result<CK_TOKEN_INFO, Rv> {
        let token = self.token(slot)?;
        if let Token::Locked(_) = token {
            // Whether the broker still remembers the PIN is for the broker to say.
            self.refresh()?;
        }
        let can_ask = token != Token::Open && self.keys.can_ask();
        let state = self.state();
        let (label, serial) = match state.locked(token) {
            Some(held) => (
                held.key.comment.clone(),
                held.key.fingerprint.to_hex().chars().take(16).collect(),
            ),
            None => ("sshtpm".to_owned(), "1".to_owned()),
        };
        let (sessions, writable) = state.sessions.count(token);
        Ok(CK_TOKEN_INFO {
            label: padded(&label),
            manufacturerID: padded(MANUFACTURER),
            model: padded("TPM 2.0"),
            serialNumber: padded::<16>(&serial),
            flags: flags(token, state.is_unlocked(token), can_ask),
            ulMaxSessionCount: number(MAX_SESSIONS),
            ulSessionCount: number(sessions),
            ulMaxRwSessionCount: number(MAX_SESSIONS),
            ulRwSessionCount: number(writable),
            ulMaxPinLen: number(MAX_PIN_BYTES),
            ulMinPinLen: 1,
            ulTotalPublicMemory: CK_UNAVAILABLE_INFORMATION,
            ulFreePublicMemory: CK_UNAVAILABLE_INFORMATION,
            ulTotalPrivateMemory: CK_UNAVAILABLE_INFORMATION,
            ulFreePrivateMemory: CK_UNAVAILABLE_INFORMATION,
            hardwareVersion: CK_VERSION::default(),
            firmwareVersion: CK_VERSION::default(),
            utcTime: [b' '; 16],
        })
    }
}

/// A token that needs no login must not say so: programs without a terminal would not use it.
fn flags(token: Token, is_unlocked: bool, can_ask: bool) -> CK_FLAGS {
    let of_pin = match token {
        Token::Open => 0,
        Token::Locked(_) if is_unlocked => CKF_USER_PIN_INITIALIZED,
        Token::Locked(_) => CKF_USER_PIN_INITIALIZED | CKF_LOGIN_REQUIRED,
    };
    let of_asking = match can_ask {
        true => CKF_PROTECTED_AUTHENTICATION_PATH,
        false => 0,
    };
    CKF_TOKEN_INITIALIZED | of_pin | of_asking
}

fn number(count: usize) -> CK_ULONG {
    CK_ULONG::try_from(count).unwrap_or(CK_UNAVAILABLE_INFORMATION)
}
