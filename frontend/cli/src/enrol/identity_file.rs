//! What `sshtpm identity --json` printed, as far as it is needed here.

use std::path::Path;

use serde::Deserialize;
use sshtpm_attest::{Base64Bytes, Endorsement, MAX_FILE_BYTES};

use crate::error::Failure;
use crate::given_file;

/// Most endorsement keys: the broker shows as many.
const MAX_KEYS: usize = 8;

/// Names may be added there, so unknown ones are left alone.
#[derive(Deserialize)]
struct IdentityFile {
    endorsement_keys: Vec<Key>,
    #[serde(default)]
    chain: Vec<Certificate>,
}

#[derive(Deserialize)]
struct Key {
    public: Base64Bytes,
    certificate: Option<Certificate>,
}

#[derive(Deserialize)]
struct Certificate {
    der: Base64Bytes,
}

/// The endorsement keys in the file.
///
/// # Errors
///
/// It cannot be read, or is something else.
pub(super) fn read(path: &Path) -> Result<Vec<Endorsement>, Failure> {
    let bytes = given_file::read(path, MAX_FILE_BYTES)?;
    parse(&bytes).map_err(|why| {
        let what = format!("{} shows no identity of a machine", path.display());
        Failure::new(what, why).and_next("`sudo sshtpm identity --json` on the machine prints it.")
    })
}

fn parse(bytes: &[u8]) -> Result<Vec<Endorsement>, String> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err("it is too long".to_owned());
    }
    let file = serde_json::from_slice::<IdentityFile>(bytes);
    let file = file.map_err(|error| error.to_string())?;
    if file.endorsement_keys.len() > MAX_KEYS {
        return Err(format!("it has more than {MAX_KEYS} endorsement keys"));
    }
    let chain: Vec<_> = file.chain.into_iter().map(|one| one.der).collect();
    let keys = file.endorsement_keys.into_iter().map(|key| Endorsement {
        public: key.public,
        certificate: key.certificate.map(|one| one.der),
        chain: chain.clone(),
    });
    Ok(keys.collect())
}

#[cfg(test)]
mod tests {
    use super::{MAX_KEYS, parse};

    const KEY: &str = r#"{"kind": "P-256", "hash": "SHA256:00", "public": "AQI=", "certificate":
        {"subject": "", "der": "AwQ="}}"#;

    pub(super) fn file(keys: usize) -> String {
        let keys = vec![KEY; keys].join(",");
        format!(r#"{{"endorsement_keys": [{keys}], "chain": [{{"der": "BQY="}}]}}"#)
    }

    #[test]
    fn keys_are_read_with_their_certificates_and_the_chain() {
        let keys = parse(file(2).as_bytes()).unwrap();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[1].public.0, [1, 2]);
        assert_eq!(keys[1].certificate.as_ref().unwrap().0, [3, 4]);
        assert_eq!(keys[1].chain[0].0, [5, 6]);
    }

    #[test]
    fn more_keys_than_a_tpm_has_are_refused() {
        assert!(parse(file(MAX_KEYS).as_bytes()).is_ok());
        assert!(parse(file(MAX_KEYS + 1).as_bytes()).is_err());
    }
}

#[cfg(test)]
mod fuzz {
    use sshtpm_fuzz::{Budget, Line, Target};

    use super::parse;
    use super::tests::file;

    /// Each of up to eight keys gets a copy of the chain.
    const BUDGET: Budget = Budget {
        steps: Line {
            fixed: 256,
            per_byte: 2,
        },
        memory: Line {
            fixed: 64 * 1024,
            per_byte: 64,
        },
        ..Budget::PLAIN
    };

    #[test]
    fn an_identity_of_any_content_costs_little_to_read() {
        let target = Target::new("identities").seeds([file(2)]).budget(BUDGET);
        target.run(|bytes| parse(bytes).map(|keys| keys.len()));
    }
}
