//! `C_SignInit`, `C_Sign`, `C_SignUpdate`, `C_SignFinal`.

use cryptoki_sys::{
    CK_MECHANISM_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKR_DEVICE_ERROR,
    CKR_KEY_HANDLE_INVALID, CKR_MECHANISM_INVALID, CKR_OBJECT_HANDLE_INVALID, CKR_OPERATION_ACTIVE,
    CKR_OPERATION_NOT_INITIALIZED, CKR_USER_NOT_LOGGED_IN,
};
use sshtpm_ssh::digest_scheme::DigestScheme;

use crate::mechanism::Mechanism;
use crate::module::Module;
use crate::objects::Part;
use crate::rv::Rv;
use crate::signing::Signing;

/// What became of a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// It will have this length in bytes. The program asked for that, and it goes on.
    HasLength(usize),
    /// The program has no room for this length in bytes. It goes on.
    NeedsRoom(usize),
    /// It is made.
    Is(Vec<u8>),
}

impl Module {
    /// Begins a signature.
    ///
    /// # Errors
    ///
    /// One goes on in the session, there is no such key on its token, or it does not sign so.
    pub fn sign_init(
        &self,
        session: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
        parameter: &[u8],
        key: CK_OBJECT_HANDLE,
    ) -> Result<(), Rv> {
        let mut state = self.state();
        if state.sessions.get(session)?.signing.is_some() {
            return Err(Rv(CKR_OPERATION_ACTIVE));
        }
        let mechanism = Mechanism::of(mechanism, self.has_pss())?;
        let (held, part) = state.object(session, key).map_err(|rv| match rv {
            Rv(CKR_OBJECT_HANDLE_INVALID) => Rv(CKR_KEY_HANDLE_INVALID),
            other => other,
        })?;
        if part != Part::Private {
            return Err(Rv(CKR_KEY_HANDLE_INVALID));
        }
        let way = mechanism.way(parameter, held.key.algorithm)?;
        let signing = Signing::begin(&held.key, way);
        state.sessions.get(session)?.signing = Some(signing);
        Ok(())
    }

    /// Signs `data` as a whole. `room` is how many bytes the program has for the signature; `None`:
    /// it asks for the length alone.
    ///
    /// # Errors
    ///
    /// No signature was begun, or it was begun in parts; the data is not what is signed so; the
    /// broker refuses. The signature has ended then.
    pub fn sign(
        &self,
        session: CK_SESSION_HANDLE,
        data: &[u8],
        room: Option<usize>,
    ) -> Result<Signed, Rv> {
        match self.ripe_signing(session, room, false)? {
            Taken::Waits(signed) => Ok(signed),
            Taken::Goes(mut signing) => {
                signing.update(data)?;
                self.finish(signing)
            }
        }
    }

    /// Takes a part of the data.
    ///
    /// # Errors
    ///
    /// No signature was begun, the data is too long for a digest, or another thread has begun a
    /// signature since this call began. This one has ended then.
    pub fn sign_update(&self, session: CK_SESSION_HANDLE, part: &[u8]) -> Result<(), Rv> {
        let mut signing = self.take_signing(session)?;
        // Without the lock: there may be much to hash.
        signing.update(part)?;
        signing.in_parts = true;
        self.put_signing_back(session, signing)
    }

    /// Ends what was begun, if anything was.
    pub fn sign_cancel(&self, session: CK_SESSION_HANDLE) {
        if let Ok(session) = self.state().sessions.get(session) {
            session.signing = None;
        }
    }

    pub(super) fn take_signing(&self, session: CK_SESSION_HANDLE) -> Result<Signing, Rv> {
        let signing = self.state().sessions.get(session)?.signing.take();
        signing.ok_or(Rv(CKR_OPERATION_NOT_INITIALIZED))
    }

    /// Puts a signature back into its session.
    ///
    /// # Errors
    ///
    /// Another thread has begun a signature since then. That one stays.
    pub(super) fn put_signing_back(
        &self,
        session: CK_SESSION_HANDLE,
        signing: Signing,
    ) -> Result<(), Rv> {
        match &mut self.state().sessions.get(session)?.signing {
            Some(_) => Err(Rv(CKR_OPERATION_ACTIVE)),
            place => {
                *place = Some(signing);
                Ok(())
            }
        }
    }

    /// Signs what came in parts; see [`Module::sign`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn sign_final(
        &self,
        session: CK_SESSION_HANDLE,
        room: Option<usize>,
    ) -> Result<Signed, Rv> {
        match self.ripe_signing(session, room, true)? {
            Taken::Waits(signed) => Ok(signed),
            Taken::Goes(signing) => self.finish(signing),
        }
    }

    fn ripe_signing(
        &self,
        session: CK_SESSION_HANDLE,
        room: Option<usize>,
        in_parts: bool,
    ) -> Result<Taken, Rv> {
        let mut state = self.state();
        let kept = &mut state.sessions.get(session)?.signing;
        let signing = kept.take_if(|signing| room.is_some_and(|room| room >= signing.length));
        match (signing, kept, room) {
            (Some(signing), ..) if signing.in_parts && !in_parts => Err(Rv(CKR_OPERATION_ACTIVE)),
            (Some(signing), ..) => Ok(Taken::Goes(signing)),
            (None, Some(kept), None) => Ok(Taken::Waits(Signed::HasLength(kept.length))),
            (None, Some(kept), Some(_)) => Ok(Taken::Waits(Signed::NeedsRoom(kept.length))),
            (None, None, _) => Err(Rv(CKR_OPERATION_NOT_INITIALIZED)),
        }
    }

    fn finish(&self, signing: Signing) -> Result<Signed, Rv> {
        let (key, length) = (signing.key, signing.length);
        let (scheme, digest) = signing.finish()?;
        let signed = self.keys.sign(&key, scheme, &digest);
        let signature = signed.map_err(Rv::from).inspect_err(|rv| match *rv {
            Rv(CKR_USER_NOT_LOGGED_IN) => self.state().note_lock(&key, false),
            Rv(CKR_MECHANISM_INVALID) if matches!(scheme, DigestScheme::RsaPss(_)) => {
                self.note_no_pss();
            }
            _ => {}
        })?;
        // The program was told this length.
        let fits = signature.len() == length;
        fits.then_some(Signed::Is(signature))
            .ok_or(Rv(CKR_DEVICE_ERROR))
    }
}

/// A signature, taken out of its session.
enum Taken {
    /// It stays where it is.
    Waits(Signed),
    /// It is made now.
    Goes(Signing),
}
