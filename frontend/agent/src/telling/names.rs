//! What `known_hosts` calls some hosts, and how a person is told.

use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// Most names of one host that are told. ssh adds the name that a person typed, and many files have
/// an address beside it.
const MAX_NAMES: usize = 2;

/// The names of some hosts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names(Vec<(Fingerprint, String)>);

impl Names {
    /// Adds a name of `host`, unless it is known or there are enough.
    pub(super) fn add(&mut self, host: Fingerprint, name: &str) {
        let of_host = self.0.iter().filter(|(key, _)| *key == host);
        let is_new = of_host.clone().all(|(_, known)| known != name);
        if is_new && of_host.count() < MAX_NAMES {
            self.0.push((host, name.to_owned()));
        }
    }

    /// The key of `host`, with its names before it: `"web1" in known_hosts, SHA256:…`.
    pub(super) fn in_words(&self, host: Fingerprint) -> Words {
        let of_host = self.0.iter().filter(|(key, _)| *key == host);
        let names: Vec<_> = of_host
            .map(|(_, name)| Words::from(Quoted::new(name)))
            .collect();
        match names.is_empty() {
            true => host.into(),
            false => Words::listed(names).and(" in known_hosts, ").and(host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Names;
    use sshtpm_ssh::fingerprint::Fingerprint;

    const KEY: &str = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

    fn words(names: &[&str]) -> String {
        let key: Fingerprint = KEY.parse().unwrap();
        let mut known = Names::default();
        for name in names {
            known.add(key, name);
        }
        known.in_words(key).to_string()
    }

    #[test]
    fn a_host_without_a_name_is_told_by_its_key() {
        assert_eq!(words(&[]), KEY);
    }

    #[test]
    fn each_name_is_quoted_and_told_once_and_few_are_told() {
        let told = words(&["web\"1", "web\"1", "192.0.2.7", "third"]);
        let names = r#""web\u{22}1", "192.0.2.7" in known_hosts"#;
        assert_eq!(told, format!("{names}, {KEY}"));
    }
}
