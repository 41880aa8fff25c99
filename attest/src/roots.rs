//! Certificates in files.
//!
//! Specs: RFC 7468 (PEM).

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::error::NotProved;

/// What each DER form of a certificate begins with: it is a SEQUENCE.
const SEQUENCE: u8 = 0x30;

/// The certificates in `file`, in DER: one in DER, or any number in PEM.
///
/// # Errors
///
/// There is none, or one is damaged.
pub fn certificates_in(file: &[u8]) -> Result<Vec<Vec<u8>>, NotProved> {
    if file.first() == Some(&SEQUENCE) {
        return Ok(vec![file.to_vec()]);
    }
    let found = CertificateDer::pem_slice_iter(file);
    let found = found.map(|one| one.map(|one| one.to_vec()));
    let found: Vec<_> = found.collect::<Result<_, _>>().unwrap_or_default();
    match found.is_empty() {
        true => Err(NotProved::MalformedRoot),
        false => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use base64ct::{Base64, Encoding as _};

    use super::certificates_in;
    use crate::error::NotProved;
    use crate::examples::root;

    #[test]
    fn certificates_are_read_in_either_form() {
        assert_eq!(certificates_in(&root()), Ok(vec![root()]));
        let text = Base64::encode_string(&root());
        let one = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        let two = format!("roots\n{one}{one}");
        assert_eq!(certificates_in(two.as_bytes()), Ok(vec![root(); 2]));
    }

    #[test]
    fn a_file_without_a_certificate_is_an_error() {
        for file in ["", "roots", "-----BEGIN CERTIFICATE-----\nAAAA"] {
            let error = certificates_in(file.as_bytes()).unwrap_err();
            assert_eq!(error, NotProved::MalformedRoot);
        }
    }
}
