//! A host that proved its key, as a person is told.

use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// A host that signed its session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProvedHost {
    key: Fingerprint,
    name: Option<Quoted>,
}

impl ProvedHost {
    /// The host with `key`, which the owner of the SSH key calls `name`. A name that does not fit
    /// into a question is left out, because the key says which host it is.
    pub(crate) fn new(key: Fingerprint, name: Option<&str>) -> Self {
        let name = name.map(Quoted::new).filter(Quoted::is_whole);
        Self { key, name }
    }

    /// Its own key.
    #[cfg(test)]
    pub(crate) fn key(&self) -> Fingerprint {
        self.key
    }

    /// `the host "web1" with the key SHA256:…`.
    pub(crate) fn in_words(&self) -> Words {
        let host = match &self.name {
            Some(name) => Words::from("the host ").and(name.clone()).and(" with"),
            None => "the host with".into(),
        };
        host.and(" the key ").and(self.key)
    }
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, ProvedHost};

    #[test]
    fn a_host_is_told_by_its_name_and_its_key() {
        let key: Fingerprint = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
            .parse()
            .expect("a fingerprint");
        let words = |name| ProvedHost::new(key, name).in_words().to_string();
        assert_eq!(words(None), format!("the host with the key {key}"));
        assert_eq!(
            words(Some("web\"1")),
            format!(r#"the host "web\u{{22}}1" with the key {key}"#)
        );
        assert_eq!(words(Some(&"x".repeat(101))), words(None));
    }
}
