//! What `--also-for` names: the parent key of another machine, and the fingerprint that it has to
//! have.

use std::path::PathBuf;
use std::str::FromStr;

use super::parent_name::ParentName;

/// Digits from which on the text behind `=` is meant as a fingerprint.
const MIN_DIGITS: usize = 8;

/// `FILE` or `FILE=FINGERPRINT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OtherMachine {
    /// What `sshtpm parent` printed there.
    pub(crate) file: PathBuf,
    /// What `sshtpm parent --fingerprint` printed there, if it is named.
    pub(crate) expected: Option<ParentName>,
}

impl FromStr for OtherMachine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = || Self {
            file: PathBuf::from(text),
            expected: None,
        };
        let Some((file, name)) = text.rsplit_once('=') else {
            return Ok(whole());
        };
        if let Ok(expected) = name.parse() {
            return Ok(Self {
                file: PathBuf::from(file),
                expected: Some(expected),
            });
        }
        // A file can have any name.
        match is_meant_as_name(name) {
            false => Ok(whole()),
            true => Err(format!(
                "`{name}` is not a whole fingerprint; name what `sshtpm parent --fingerprint` \
                 prints there"
            )),
        }
    }
}

fn is_meant_as_name(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    let is_other = |byte: &u8| !byte.is_ascii_hexdigit() && !b" :".contains(byte);
    text.is_empty() || (digits >= MIN_DIGITS && !text.bytes().any(|byte| is_other(&byte)))
}

#[cfg(test)]
mod tests {
    use super::OtherMachine;
    use std::path::PathBuf;

    #[test]
    fn the_fingerprint_behind_a_file_is_told_from_its_name() {
        let name = format!("000b{}", "01".repeat(32));
        let parsed: OtherMachine = format!("b=c.pub={name}").parse().unwrap();
        assert_eq!(parsed.file, PathBuf::from("b=c.pub"));
        assert_eq!(parsed.expected.unwrap().digits(), name);
        for file in ["b.pub", "a=b.pub"] {
            let parsed: OtherMachine = file.parse().unwrap();
            assert_eq!((parsed.file, parsed.expected), (PathBuf::from(file), None));
        }
    }

    #[test]
    fn half_a_fingerprint_is_no_name_of_a_file() {
        for text in ["b.pub=", "b.pub=000b0102", "b.pub=000b 0102 0304"] {
            text.parse::<OtherMachine>().unwrap_err();
        }
    }
}
