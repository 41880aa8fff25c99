//! A parent in a file, so that another machine can wrap keys for it.
//!
//! The file is text: the `TPM2B_PUBLIC` in base64 between two lines. A `TPM2B_PUBLIC` as it is, as
//! `systemd-analyze srk` and `tpm2_readpublic -o` write it, is read, too.
//!
//! Specs: TPM 2.0 Part 2, `TPM2B_PUBLIC`; RFC 7468.

use sshtpm_key_file::armor::{self, PARENT_LABEL};

use crate::parent::{NotAParent, Parent};
use sshtpm_tpm2::marshal::{Malformed, Reader, Writer};

impl Parent {
    /// Reads what [`Self::to_text`] wrote, or a bare `TPM2B_PUBLIC`.
    ///
    /// # Errors
    ///
    /// There is no parent in the file, or one that is not a storage key fixed to a TPM.
    pub fn read_file(file: &[u8]) -> Result<Self, NotAParent> {
        let block = armor::block(file, PARENT_LABEL).map_err(|_| NotAParent::NoParent)?;
        let buffer = block.as_deref().unwrap_or(file);
        let area = contents(buffer).map_err(|Malformed| NotAParent::NoParent)?;
        Self::read(area)
    }

    /// It as text, which says nothing that is secret.
    pub fn to_text(&self) -> String {
        let buffer = Writer::new().sized(self.area()).finish();
        // Some hundred bytes are written.
        armor::text(PARENT_LABEL, &buffer).unwrap_or_default()
    }
}

fn contents(buffer: &[u8]) -> Result<&[u8], Malformed> {
    let mut reader = Reader::new(buffer);
    let contents = reader.sized()?;
    reader.end()?;
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::Parent;
    use crate::parent::NotAParent;
    use crate::parent::tests::example_area;

    #[test]
    fn a_parent_reads_as_it_was_written_with_or_without_armor() {
        let parent = Parent::read(&example_area()).unwrap();
        let text = parent.to_text();
        assert!(text.starts_with("-----BEGIN TPM2B_PUBLIC-----\n"), "{text}");
        let length = u16::try_from(example_area().len()).unwrap().to_be_bytes();
        let bare = [&length[..], &example_area()].concat();
        for file in [
            text.as_bytes(),
            &bare,
            format!("from bob\n{text}").as_bytes(),
        ] {
            let read = Parent::read_file(file).unwrap();
            assert_eq!(read.name(), parent.name());
        }
    }

    #[test]
    fn a_file_that_is_cut_anywhere_has_no_parent() {
        let text = Parent::read(&example_area()).unwrap().to_text();
        for length in 0..text.len() - 1 {
            let read = Parent::read_file(&text.as_bytes()[..length]);
            assert_eq!(read.unwrap_err(), NotAParent::NoParent, "{length}");
        }
    }
}
