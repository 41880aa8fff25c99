//! One loaded module, from `C_Initialize` to `C_Finalize`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use cryptoki_sys::{CK_INFO, CK_SLOT_ID, CK_VERSION};

use crate::certificate::Certificate;
use crate::certificates::Certificates;
use crate::key::Key;
use crate::keys::Keys;
use crate::limits::MAX_KEYS;
use crate::objects::Held;
use crate::padded::padded;
use crate::rv::Rv;
use crate::slots::Token;
use crate::state::State;

/// The version of the specification whose functions there are.
pub const CRYPTOKI_VERSION: CK_VERSION = CK_VERSION {
    major: 2,
    minor: 40,
};

/// Who made module and tokens, as programs show it.
pub(crate) const MANUFACTURER: &str = "sshtpm";

/// A module that was initialized. Threads call its functions at the same time.
pub struct Module {
    pub(crate) keys: Box<dyn Keys>,
    pub(crate) certificates: Certificates,
    state: Mutex<State>,
    /// Cleared when the TPM turns out to make no PSS signatures that others verify.
    has_pss: AtomicBool,
}

impl Module {
    /// One that shows `keys` with their `certificates`. Does not ask for them yet.
    pub fn new(keys: Box<dyn Keys>, certificates: Certificates) -> Self {
        Self {
            keys,
            certificates,
            state: Mutex::default(),
            has_pss: AtomicBool::new(true),
        }
    }

    /// `C_GetInfo`.
    pub fn info(&self) -> CK_INFO {
        CK_INFO {
            cryptokiVersion: CRYPTOKI_VERSION,
            manufacturerID: padded(MANUFACTURER),
            flags: 0,
            libraryDescription: padded("Keys in the TPM, by sshtpm"),
            libraryVersion: library_version(),
        }
    }

    /// The state. It must not be kept while the broker is asked: other threads go on with it.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the broker for the keys that there are now.
    ///
    /// # Errors
    ///
    /// It refuses or cannot be reached.
    pub(crate) fn refresh(&self) -> Result<(), Rv> {
        let listed = self.keys.list();
        let mut keys = listed.inspect_err(|_| self.state().has_broker = Some(false))?;
        keys.truncate(MAX_KEYS);
        let held = keys.into_iter().map(|key| self.with_certificate(key));
        let held = held.collect();
        self.state().take_in(held);
        Ok(())
    }

    /// The token in a slot. Asks the broker if it was not asked before: after `fork`, programs open
    /// sessions with the slots that their parents found. Asks once more if it was away: programs
    /// that run on keep the numbers of slots, and ask for no list.
    ///
    /// # Errors
    ///
    /// There is no such slot.
    pub(crate) fn token(&self, slot: CK_SLOT_ID) -> Result<Token, Rv> {
        let has_broker = self.state().has_broker == Some(true);
        if !has_broker {
            // Without an answer there is no slot, which is what the program is told.
            let _ = self.refresh();
        }
        self.state().token(slot)
    }

    fn with_certificate(&self, key: Key) -> Held {
        let der = self.certificates.read(&key.fingerprint);
        let certificate = der.and_then(|der| Certificate::parse(&der));
        Held {
            certificate: certificate.filter(|certificate| certificate.is_of(&key)),
            key,
        }
    }

    /// Whether the TPM makes PSS signatures, as far as is known.
    pub(crate) fn has_pss(&self) -> bool {
        self.has_pss.load(Ordering::Relaxed)
    }

    /// Notes that the TPM makes no PSS signatures.
    pub(crate) fn note_no_pss(&self) {
        self.has_pss.store(false, Ordering::Relaxed);
    }
}

fn library_version() -> CK_VERSION {
    let number = |text: &str| text.parse().unwrap_or_default();
    CK_VERSION {
        major: number(env!("CARGO_PKG_VERSION_MAJOR")),
        minor: number(env!("CARGO_PKG_VERSION_MINOR")),
    }
}
