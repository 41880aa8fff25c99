//! `C_GetAttributeValue`.

use cryptoki_sys::{CK_ATTRIBUTE_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE};

use crate::attributes::{Attribute, attribute};
use crate::module::Module;
use crate::rv::Rv;

impl Module {
    /// The attributes `kinds` of an object.
    ///
    /// # Errors
    ///
    /// The session is not open, or its token has no such object.
    pub fn attributes(
        &self,
        session: CK_SESSION_HANDLE,
        object: CK_OBJECT_HANDLE,
        kinds: &[CK_ATTRIBUTE_TYPE],
    ) -> Result<Vec<Attribute>, Rv> {
        let has_pss = self.has_pss();
        let mut state = self.state();
        let (held, part) = state.object(session, object)?;
        let answers = kinds
            .iter()
            .map(|kind| attribute(held, part, *kind, has_pss));
        Ok(answers.collect())
    }
}
