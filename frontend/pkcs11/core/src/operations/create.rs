//! `C_CreateObject`: keeps the certificate of a key.

use cryptoki_sys::{
    CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKA_CERTIFICATE_TYPE, CKA_CLASS, CKA_TOKEN, CKA_VALUE,
    CKC_X_509, CKO_CERTIFICATE, CKR_ATTRIBUTE_VALUE_INVALID, CKR_DEVICE_ERROR, CKR_DEVICE_MEMORY,
    CKR_SESSION_READ_ONLY, CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT,
};
use sshtpm_ssh::fingerprint::Fingerprint;

use crate::certificate::Certificate;
use crate::module::Module;
use crate::objects::Part;
use crate::rv::Rv;
use crate::template::Template;

impl Module {
    /// Keeps the certificate in `template` with the key of the session's token that it certifies,
    /// in place of an earlier one. What else the template says of it is read from the certificate.
    ///
    /// # Errors
    ///
    /// It is something else than a certificate, or of another key, or cannot be written.
    pub fn create_object(
        &self,
        session: CK_SESSION_HANDLE,
        template: &Template<'_>,
    ) -> Result<CK_OBJECT_HANDLE, Rv> {
        if !self.state().sessions.get(session)?.is_writable {
            return Err(Rv(CKR_SESSION_READ_ONLY));
        }
        let certificate = certificate(template)?;
        self.refresh()?;
        let key = self.certified(session, &certificate)?;
        let written = self.certificates.write(&key, &certificate.der);
        written.map_err(|_| Rv(CKR_DEVICE_ERROR))?;
        self.refresh()?;
        let given = self.state().handles.give(key, Part::Certificate);
        given.ok_or(Rv(CKR_DEVICE_MEMORY))
    }

    fn certified(
        &self,
        session: CK_SESSION_HANDLE,
        certificate: &Certificate,
    ) -> Result<Fingerprint, Rv> {
        let mut state = self.state();
        let token = state.sessions.get(session)?.token;
        let mut held = state.held_of(token);
        let held = held.find(|held| certificate.is_of(&held.key));
        held.map(|held| held.key.fingerprint)
            .ok_or(Rv(CKR_TEMPLATE_INCONSISTENT))
    }
}

fn certificate(template: &Template<'_>) -> Result<Certificate, Rv> {
    let class = template.number(CKA_CLASS)?;
    let kind = template.number(CKA_CERTIFICATE_TYPE)?;
    let is_certificate =
        class == Some(CKO_CERTIFICATE) && kind.is_none_or(|kind| kind == CKC_X_509);
    if !is_certificate || template.flag(CKA_TOKEN)? == Some(false) {
        return Err(Rv(CKR_TEMPLATE_INCONSISTENT));
    }
    let der = template.bytes(CKA_VALUE);
    let der = der.ok_or(Rv(CKR_TEMPLATE_INCOMPLETE))?;
    Certificate::parse(der).ok_or(Rv(CKR_ATTRIBUTE_VALUE_INVALID))
}
