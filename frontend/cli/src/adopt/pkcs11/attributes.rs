//! The attributes of an object in a store, as tpm2-pkcs11 writes them: canonical YAML, a map from
//! numbers to tagged scalars, one a line.
//!
//! Specs: PKCS #11 v2.40, "Attribute types"; YAML 1.1; `db.c` and `attrs.c` of tpm2-pkcs11 for the
//! numbers of its own.

/// CKA_CLASS.
const CLASS: &str = "0";
/// CKA_LABEL, in hexadecimal.
const LABEL: &str = "3";
/// 0x8f000001 and so on, of tpm2-pkcs11: the wrapped authorization value, and the two halves of the
/// blob.
const AUTH: &str = "2399141889";
const PUBLIC: &str = "2399141890";
const PRIVATE: &str = "2399141891";

/// CKO_PRIVATE_KEY.
const PRIVATE_KEY: &str = "3";

/// A private key in a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredKey {
    /// What its owner calls it; empty if nothing.
    pub(super) label: String,
    /// TPM2B_PUBLIC.
    pub(super) public: Vec<u8>,
    /// TPM2B_PRIVATE.
    pub(super) private: Vec<u8>,
    /// What the authorization value is wrapped in.
    pub(super) auth: Vec<u8>,
}

impl StoredKey {
    /// The private key that `text` describes. `None` if it is of another object, or lacks a part.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = |number| scalar(text, "int", number).and_then(hex);
        (scalar(text, "int", CLASS)? == PRIVATE_KEY).then_some(())?;
        let label = bytes(LABEL).unwrap_or_default();
        Some(Self {
            label: String::from_utf8(label).unwrap_or_default(),
            public: bytes(PUBLIC)?,
            private: bytes(PRIVATE)?,
            auth: bytes(AUTH)?,
        })
    }
}

/// The handle at which the primary key is, out of the configuration of a primary object: its
/// ESYS_TR, in hexadecimal, begins with that.
pub(super) fn parent_handle(config: &str) -> Option<u32> {
    let serialized = scalar(config, "str", "esys-tr")?;
    let handle = hex(serialized.get(..8)?)?;
    Some(u32::from_be_bytes(handle.try_into().ok()?))
}

/// The value of a key: `? !!int "3"`, and in the next line `: !!str "6b6579",`.
fn scalar<'t>(text: &'t str, tag: &str, key: &str) -> Option<&'t str> {
    let is_key = |line: &str| {
        let rest = line
            .strip_prefix("? !!")
            .and_then(|rest| rest.strip_prefix(tag));
        rest.and_then(|rest| quoted(rest.trim_start())) == Some(key)
    };
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| is_key(line))?;
    quoted(lines.next()?.strip_prefix(": !!")?.split_once(' ')?.1)
}

/// What stands between quotation marks. Numbers and hexadecimal digits need no escapes.
fn quoted(text: &str) -> Option<&str> {
    text.trim_end_matches(',')
        .strip_prefix('"')?
        .strip_suffix('"')
}

/// The bytes of hexadecimal digits.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let byte = |pair: &[u8]| {
        let pair = std::str::from_utf8(pair).ok()?;
        pair.bytes()
            .all(|digit| digit.is_ascii_hexdigit())
            .then_some(())?;
        u8::from_str_radix(pair, 16).ok()
    };
    let digits = text.as_bytes();
    digits.len().is_multiple_of(2).then_some(())?;
    digits.chunks(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use sshtpm_fuzz::{Budget, Target};

    use super::{StoredKey, hex, parent_handle};

    /// Of tpm2_ptool 1.9.0, shortened.
    const KEY: &str = r#"---
!!map {
  ? !!int "0"
  : !!int "3",
  ? !!int "3"
  : !!str "6d796b6579",
  ? !!int "1073743360"
  : !!seq [
    !!int "4161",
  ],
  ? !!int "2399141889"
  : !!str "61",
  ? !!int "2399141890"
  : !!str "0056",
  ? !!int "2399141891"
  : !!str "007e",
}
"#;

    #[test]
    fn a_private_key_is_read_with_its_parts() {
        let key = StoredKey::parse(KEY).unwrap();
        assert_eq!(key.label, "mykey");
        assert_eq!((key.public, key.private), (vec![0, 0x56], vec![0, 0x7e]));
        assert_eq!(key.auth, b"a");
    }

    #[test]
    fn other_objects_and_keys_without_a_part_are_none() {
        let public_key = KEY.replace(": !!int \"3\"", ": !!int \"2\"");
        assert_eq!(StoredKey::parse(&public_key), None);
        for number in ["2399141889", "2399141890", "2399141891"] {
            assert_eq!(StoredKey::parse(&KEY.replace(number, "7")), None);
        }
        assert_eq!(StoredKey::parse(&KEY.replace("0056", "005")), None);
    }

    #[test]
    fn the_handle_of_the_parent_comes_first() {
        let config = "---\n!!map {\n  ? !!str \"esys-tr\"\n  : !!str \"810000010022\",\n}\n";
        assert_eq!(parent_handle(config), Some(0x8100_0001));
        assert_eq!(parent_handle(&config.replace("810000010022", "8100")), None);
        assert_eq!(parent_handle(KEY), None);
    }

    #[test]
    fn hexadecimal_has_two_digits_a_byte() {
        assert_eq!(hex("00ff"), Some(vec![0, 255]));
        assert_eq!(["0", "+1", "zz", "ä"].map(hex), [None, None, None, None]);
    }

    #[test]
    fn attributes_in_a_store_cost_little_to_read() {
        let target = Target::new("pkcs11-attributes").seeds([KEY.as_bytes()]);
        target.budget(Budget::PLAIN).run(|bytes| {
            let text = std::str::from_utf8(bytes).map_err(|_| ())?;
            StoredKey::parse(text).map(|key| key.label.len()).ok_or(())
        });
    }
}
