//! `C_FindObjectsInit`, `C_FindObjects`, `C_FindObjectsFinal`.

use cryptoki_sys::{
    CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKR_OPERATION_ACTIVE, CKR_OPERATION_NOT_INITIALIZED,
};

use crate::attributes::fits;
use crate::module::Module;
use crate::objects::Part;
use crate::rv::Rv;
use crate::template::Template;

impl Module {
    /// Begins a search for the objects of the session's token that `template` describes. Asks the
    /// broker, because keys come and go while a program runs.
    ///
    /// # Errors
    ///
    /// The session is not open, or a search goes on in it, or the broker cannot be reached.
    pub fn find_init(&self, session: CK_SESSION_HANDLE, template: &Template<'_>) -> Result<(), Rv> {
        if self.state().sessions.get(session)?.found.is_some() {
            return Err(Rv(CKR_OPERATION_ACTIVE));
        }
        self.refresh()?;
        let has_pss = self.has_pss();
        let mut state = self.state();
        let token = state.sessions.get(session)?.token;
        let mut fitting = Vec::new();
        for held in state.held_of(token) {
            let fits = |part: &Part| fits(held, *part, template, has_pss);
            let parts = held.parts().filter(fits);
            fitting.extend(parts.map(|part| (held.key.fingerprint, part)));
        }
        let handles = &mut state.handles;
        let found: Vec<_> = fitting
            .into_iter()
            .filter_map(|(key, part)| handles.give(key, part))
            .collect();
        state.sessions.get(session)?.found = Some(found.into_iter());
        Ok(())
    }

    /// The next objects that the search found, at most `most`.
    ///
    /// # Errors
    ///
    /// The session is not open, or no search goes on in it.
    pub fn find(
        &self,
        session: CK_SESSION_HANDLE,
        most: usize,
    ) -> Result<Vec<CK_OBJECT_HANDLE>, Rv> {
        let mut state = self.state();
        let found = state.sessions.get(session)?.found.as_mut();
        let found = found.ok_or(Rv(CKR_OPERATION_NOT_INITIALIZED))?;
        Ok(found.take(most).collect())
    }

    /// Ends the search.
    ///
    /// # Errors
    ///
    /// The session is not open, or no search goes on in it.
    pub fn find_final(&self, session: CK_SESSION_HANDLE) -> Result<(), Rv> {
        let mut state = self.state();
        let found = state.sessions.get(session)?.found.take();
        found.map(drop).ok_or(Rv(CKR_OPERATION_NOT_INITIALIZED))
    }
}
