//! Templates: attributes that a program gives, to find an object or to make one.
//!
//! Specs: PKCS #11 2.40, section 4, "Objects".

use cryptoki_sys::{
    CK_ATTRIBUTE_TYPE, CK_TRUE, CK_ULONG, CKR_ARGUMENTS_BAD, CKR_ATTRIBUTE_VALUE_INVALID,
};

use crate::limits::{MAX_ATTRIBUTE_BYTES, MAX_ATTRIBUTES};
use crate::rv::Rv;

/// Attributes with their values, in the memory of the program.
#[derive(Clone, Debug, Default)]
pub struct Template<'a>(Vec<(CK_ATTRIBUTE_TYPE, &'a [u8])>);

impl<'a> Template<'a> {
    /// Takes one more attribute.
    ///
    /// # Errors
    ///
    /// There are too many, or the value is too long.
    pub fn push(&mut self, kind: CK_ATTRIBUTE_TYPE, value: &'a [u8]) -> Result<(), Rv> {
        if self.0.len() >= MAX_ATTRIBUTES {
            return Err(Rv(CKR_ARGUMENTS_BAD));
        }
        if value.len() > MAX_ATTRIBUTE_BYTES {
            return Err(Rv(CKR_ATTRIBUTE_VALUE_INVALID));
        }
        self.0.push((kind, value));
        Ok(())
    }

    /// All attributes, in the order in which they were given.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (CK_ATTRIBUTE_TYPE, &'a [u8])> {
        self.0.iter().copied()
    }

    /// The value of one attribute.
    pub(crate) fn bytes(&self, kind: CK_ATTRIBUTE_TYPE) -> Option<&'a [u8]> {
        self.iter()
            .find_map(|(other, value)| (other == kind).then_some(value))
    }

    /// The value of an attribute that is a number.
    ///
    /// # Errors
    ///
    /// It has another length.
    pub(crate) fn number(&self, kind: CK_ATTRIBUTE_TYPE) -> Result<Option<CK_ULONG>, Rv> {
        let wrong = |_| Rv(CKR_ATTRIBUTE_VALUE_INVALID);
        let bytes = self
            .bytes(kind)
            .map(<[u8; size_of::<CK_ULONG>()]>::try_from);
        let bytes = bytes.transpose().map_err(wrong)?;
        Ok(bytes.map(CK_ULONG::from_ne_bytes))
    }

    /// The value of an attribute that is true or false.
    ///
    /// # Errors
    ///
    /// It has another length.
    pub(crate) fn flag(&self, kind: CK_ATTRIBUTE_TYPE) -> Result<Option<bool>, Rv> {
        match self.bytes(kind) {
            None => Ok(None),
            Some([value]) => Ok(Some(*value == CK_TRUE)),
            Some(_) => Err(Rv(CKR_ATTRIBUTE_VALUE_INVALID)),
        }
    }
}

#[cfg(test)]
mod tests {
    use cryptoki_sys::{CK_ULONG, CKA_CLASS, CKA_TOKEN, CKR_ARGUMENTS_BAD};

    use super::Template;
    use crate::limits::{MAX_ATTRIBUTE_BYTES, MAX_ATTRIBUTES};
    use crate::rv::Rv;

    #[test]
    fn a_template_has_no_more_attributes_than_the_bound() {
        let mut template = Template::default();
        for _ in 0..MAX_ATTRIBUTES {
            template.push(CKA_CLASS, &[]).unwrap();
        }
        let refused = template.push(CKA_CLASS, &[]);
        assert_eq!(refused, Err(Rv(CKR_ARGUMENTS_BAD)));
    }

    #[test]
    fn a_value_beyond_the_bound_is_refused() {
        let long = vec![0; MAX_ATTRIBUTE_BYTES + 1];
        assert!(Template::default().push(CKA_CLASS, &long).is_err());
    }

    #[test]
    fn a_number_of_another_length_is_refused() {
        let mut template = Template::default();
        template.push(CKA_CLASS, &[1, 2, 3]).unwrap();
        template.push(CKA_TOKEN, &[1, 1]).unwrap();
        assert!(template.number(CKA_CLASS).is_err());
        assert!(template.flag(CKA_TOKEN).is_err());
        let seven = CK_ULONG::to_ne_bytes(7);
        let mut template = Template::default();
        template.push(CKA_CLASS, &seven).unwrap();
        assert_eq!(template.number(CKA_CLASS), Ok(Some(7)));
        assert_eq!(template.flag(CKA_TOKEN), Ok(None));
    }
}
