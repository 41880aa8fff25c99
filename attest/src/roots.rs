//! Certificates in files.
//!
//! Specs: RFC 7468 (PEM).

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::error::NotProved;
use crate::json::MAX_FILE_BYTES;

/// What each DER form of a certificate begins with: it is a SEQUENCE.
const SEQUENCE: u8 = 0x30;

/// The certificates in `file`, in DER: one in DER, or any number in PEM.
///
/// # Errors
///
/// There is none, one is damaged, or the file is longer than is read.
pub fn certificates_in(file: &[u8]) -> Result<Vec<Vec<u8>>, NotProved> {
    if file.len() > MAX_FILE_BYTES {
        return Err(NotProved::LongRoots);
    }
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
    use crate::json::MAX_FILE_BYTES;

    #[test]
    fn certificates_are_read_in_either_form() {
        assert_eq!(certificates_in(&root()), Ok(vec![root()]));
        let text = Base64::encode_string(&root());
        let one = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        let two = format!("roots\n{one}{one}");
        assert_eq!(certificates_in(two.as_bytes()), Ok(vec![root(); 2]));
    }

    #[test]
    fn a_file_of_which_only_the_beginning_was_read_is_refused() {
        let text = Base64::encode_string(&root());
        let one = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        let mut bundle = one.repeat(MAX_FILE_BYTES / one.len() + 1);
        bundle.truncate(MAX_FILE_BYTES + 1);
        assert_eq!(
            certificates_in(bundle.as_bytes()),
            Err(NotProved::LongRoots)
        );
    }

    #[test]
    fn a_file_without_a_certificate_is_an_error() {
        for file in ["", "roots", "-----BEGIN CERTIFICATE-----\nAAAA"] {
            let error = certificates_in(file.as_bytes()).unwrap_err();
            assert_eq!(error, NotProved::MalformedRoot);
        }
    }
}
