//! `C_GenerateKeyPair`: has the TPM generate a raw key.

use cryptoki_sys::{
    CK_MECHANISM_TYPE, CK_OBJECT_HANDLE, CK_SESSION_HANDLE, CKA_CLASS, CKA_EC_PARAMS,
    CKA_EXTRACTABLE, CKA_LABEL, CKA_MODULUS_BITS, CKA_PRIVATE, CKA_PUBLIC_EXPONENT, CKA_SENSITIVE,
    CKA_TOKEN, CKR_ATTRIBUTE_VALUE_INVALID, CKR_CURVE_NOT_SUPPORTED, CKR_DEVICE_ERROR,
    CKR_DEVICE_MEMORY, CKR_KEY_SIZE_RANGE, CKR_MECHANISM_INVALID, CKR_MECHANISM_PARAM_INVALID,
    CKR_SESSION_READ_ONLY, CKR_TEMPLATE_INCOMPLETE, CKR_TEMPLATE_INCONSISTENT,
};
use sshtpm_ssh::algorithm::Algorithm;
use sshtpm_ssh::limits::MAX_COMMENT_BYTES;

use crate::der_forms::algorithm_of_curve;
use crate::mechanism::Mechanism;
use crate::module::Module;
use crate::objects::Part;
use crate::rv::Rv;
use crate::slots::Token;
use crate::template::Template;

/// The public exponent of all RSA keys: 65537.
const EXPONENT: [u8; 3] = [1, 0, 1];

impl Module {
    /// Generates a key, and returns the handles of its public and its private half. The label
    /// becomes the comment; attributes that say what the key is for are left to the broker.
    ///
    /// # Errors
    ///
    /// The templates want what the TPM does not give, or the broker refuses.
    pub fn generate_key_pair(
        &self,
        session: CK_SESSION_HANDLE,
        mechanism: CK_MECHANISM_TYPE,
        parameter: &[u8],
        public: &Template<'_>,
        private: &Template<'_>,
    ) -> Result<(CK_OBJECT_HANDLE, CK_OBJECT_HANDLE), Rv> {
        self.check_room(session)?;
        if !parameter.is_empty() {
            return Err(Rv(CKR_MECHANISM_PARAM_INVALID));
        }
        let algorithm = match Mechanism::of(mechanism, self.has_pss())? {
            Mechanism::GenerateEc => on_curve(public, private)?,
            Mechanism::GenerateRsa => with_modulus(public)?,
            _ => return Err(Rv(CKR_MECHANISM_INVALID)),
        };
        check_kept(public, Part::Public)?;
        check_kept(private, Part::Private)?;
        let comment = comment(public, private)?;
        let key = self.keys.generate(algorithm, &comment)?;
        let key = key.ok_or(Rv(CKR_DEVICE_ERROR))?;
        self.refresh()?;
        let mut state = self.state();
        let mut handle = |part| state.handles.give(key.fingerprint, part);
        let handles = handle(Part::Public).zip(handle(Part::Private));
        handles.ok_or(Rv(CKR_DEVICE_MEMORY))
    }

    fn check_room(&self, session: CK_SESSION_HANDLE) -> Result<(), Rv> {
        let mut state = self.state();
        let session = state.sessions.get(session)?;
        match (session.is_writable, session.token) {
            (false, _) => Err(Rv(CKR_SESSION_READ_ONLY)),
            // That slot is for the one key that is in it.
            (true, Token::Locked(_)) => Err(Rv(CKR_DEVICE_MEMORY)),
            (true, Token::Open) => Ok(()),
        }
    }
}

fn on_curve(public: &Template<'_>, private: &Template<'_>) -> Result<Algorithm, Rv> {
    let curve = public.bytes(CKA_EC_PARAMS);
    let curve = curve.or_else(|| private.bytes(CKA_EC_PARAMS));
    let curve = curve.ok_or(Rv(CKR_TEMPLATE_INCOMPLETE))?;
    algorithm_of_curve(curve).ok_or(Rv(CKR_CURVE_NOT_SUPPORTED))
}

fn with_modulus(public: &Template<'_>) -> Result<Algorithm, Rv> {
    let bits = public.number(CKA_MODULUS_BITS)?;
    let bits = u32::try_from(bits.ok_or(Rv(CKR_TEMPLATE_INCOMPLETE))?);
    if let Some(exponent) = public.bytes(CKA_PUBLIC_EXPONENT) {
        let zeros = exponent.iter().take_while(|byte| **byte == 0).count();
        if exponent.get(zeros..) != Some(&EXPONENT) {
            return Err(Rv(CKR_ATTRIBUTE_VALUE_INVALID));
        }
    }
    let bits = bits.map_err(|_| Rv(CKR_KEY_SIZE_RANGE))?;
    let algorithm = Algorithm::from_name_and_bits("ssh-rsa", bits);
    algorithm.ok_or(Rv(CKR_KEY_SIZE_RANGE))
}

/// That `template` wants no key that leaves the TPM, ends with the session, or is of another class.
fn check_kept(template: &Template<'_>, part: Part) -> Result<(), Rv> {
    let refuse = |refused: bool| match refused {
        true => Err(Rv(CKR_TEMPLATE_INCONSISTENT)),
        false => Ok(()),
    };
    let class = template.number(CKA_CLASS)?;
    refuse(class.is_some_and(|class| class != part.class()))?;
    refuse(template.flag(CKA_TOKEN)? == Some(false))?;
    refuse(template.flag(CKA_EXTRACTABLE)? == Some(true))?;
    refuse(part == Part::Private && template.flag(CKA_SENSITIVE)? == Some(false))?;
    // Everything is shown without a login; a program that asks for more gets a key all the same.
    template.flag(CKA_PRIVATE).map(drop)
}

fn comment(public: &Template<'_>, private: &Template<'_>) -> Result<String, Rv> {
    let label = private.bytes(CKA_LABEL);
    let label = label
        .or_else(|| public.bytes(CKA_LABEL))
        .unwrap_or_default();
    let text = std::str::from_utf8(label).ok();
    let text = text.filter(|text| text.len() <= MAX_COMMENT_BYTES);
    text.map(str::to_owned)
        .ok_or(Rv(CKR_ATTRIBUTE_VALUE_INVALID))
}
