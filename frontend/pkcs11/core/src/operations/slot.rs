//! `C_GetSlotList`, `C_GetSlotInfo`, `C_GetMechanismList`, `C_GetMechanismInfo`.

use cryptoki_sys::{
    CK_MECHANISM_INFO, CK_MECHANISM_TYPE, CK_SLOT_ID, CK_SLOT_INFO, CK_VERSION, CKF_TOKEN_PRESENT,
};

use crate::mechanism::Mechanism;
use crate::module::{MANUFACTURER, Module};
use crate::padded::padded;
use crate::rv::Rv;
use crate::slots::Token;

impl Module {
    /// The slots, each of which has a token. Asks the broker anew if `anew`, or if it was not asked
    /// before. There are none without a broker.
    pub fn slots(&self, anew: bool) -> Vec<CK_SLOT_ID> {
        let was_asked = self.state().has_broker.is_some();
        if anew || !was_asked {
            // The program learns nothing by an error, and could take it for a fault of its own.
            let _ = self.refresh();
        }
        let mut state = self.state();
        let tokens = state.tokens();
        tokens
            .into_iter()
            .filter_map(|token| state.slots.give(token))
            .collect()
    }

    /// What programs show of a slot.
    ///
    /// # Errors
    ///
    /// There is no such slot.
    pub fn slot_info(&self, slot: CK_SLOT_ID) -> Result<CK_SLOT_INFO, Rv> {
        let description = match self.token(slot)? {
            Token::Open => "Keys in the TPM",
            Token::Locked(_) => "Key in the TPM, with a PIN",
        };
        Ok(CK_SLOT_INFO {
            slotDescription: padded(description),
            manufacturerID: padded(MANUFACTURER),
            flags: CKF_TOKEN_PRESENT,
            hardwareVersion: CK_VERSION::default(),
            firmwareVersion: CK_VERSION::default(),
        })
    }

    /// The mechanisms of a token.
    ///
    /// # Errors
    ///
    /// There is no such slot.
    pub fn mechanisms(&self, slot: CK_SLOT_ID) -> Result<Vec<CK_MECHANISM_TYPE>, Rv> {
        self.token(slot)?;
        Ok(Mechanism::names(self.has_pss()))
    }

    /// What programs are told of a mechanism.
    ///
    /// # Errors
    ///
    /// There is no such slot, or no such mechanism.
    pub fn mechanism_info(
        &self,
        slot: CK_SLOT_ID,
        mechanism: CK_MECHANISM_TYPE,
    ) -> Result<CK_MECHANISM_INFO, Rv> {
        self.token(slot)?;
        Ok(Mechanism::of(mechanism, self.has_pss())?.info())
    }
}
