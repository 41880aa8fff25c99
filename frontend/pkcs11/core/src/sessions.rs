//! Sessions of the program with tokens.
//!
//! Specs: PKCS #11 2.40, section 5.6.

use std::collections::BTreeMap;
use std::vec::IntoIter;

use cryptoki_sys::{
    CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKR_SESSION_COUNT, CKR_SESSION_HANDLE_INVALID,
};

use crate::limits::MAX_SESSIONS;
use crate::rv::Rv;
use crate::signing::Signing;
use crate::slots::Token;

/// A session, and what goes on in it.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) token: Token,
    pub(crate) is_writable: bool,
    /// What a search found, and did not give out yet.
    pub(crate) found: Option<IntoIter<CK_OBJECT_HANDLE>>,
    pub(crate) signing: Option<Signing>,
}

/// The sessions that are open. A number is never given twice.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    last: CK_SESSION_HANDLE,
    open: BTreeMap<CK_SESSION_HANDLE, Session>,
}

impl Sessions {
    /// Opens one.
    ///
    /// # Errors
    ///
    /// [`MAX_SESSIONS`] are open.
    pub(crate) fn open(
        &mut self,
        token: Token,
        is_writable: bool,
    ) -> Result<CK_SESSION_HANDLE, Rv> {
        if self.open.len() >= MAX_SESSIONS {
            return Err(Rv(CKR_SESSION_COUNT));
        }
        self.last = self.last.checked_add(1).ok_or(Rv(CKR_SESSION_COUNT))?;
        let session = Session {
            token,
            is_writable,
            found: None,
            signing: None,
        };
        self.open.insert(self.last, session);
        Ok(self.last)
    }

    /// An open one.
    ///
    /// # Errors
    ///
    /// It is not open, or never was.
    pub(crate) fn get(&mut self, handle: CK_SESSION_HANDLE) -> Result<&mut Session, Rv> {
        let session = self.open.get_mut(&handle);
        session.ok_or(Rv(CKR_SESSION_HANDLE_INVALID))
    }

    /// Closes one.
    ///
    /// # Errors
    ///
    /// It is not open, or never was.
    pub(crate) fn close(&mut self, handle: CK_SESSION_HANDLE) -> Result<Session, Rv> {
        let closed = self.open.remove(&handle);
        closed.ok_or(Rv(CKR_SESSION_HANDLE_INVALID))
    }

    /// Closes all with `token`.
    pub(crate) fn close_all(&mut self, token: Token) {
        self.open.retain(|_, session| session.token != token);
    }

    /// How many are open with `token`, and how many of them can write.
    pub(crate) fn count(&self, token: Token) -> (usize, usize) {
        let of_token = || self.open.values().filter(|one| one.token == token);
        let writable = of_token().filter(|one| one.is_writable).count();
        (of_token().count(), writable)
    }
}
