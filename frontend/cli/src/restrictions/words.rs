//! Restrictions in words, for people and in JSON.

use serde::Serialize;
use ssh_key::{HashAlg, PublicKey};
use sshtpm_dbus::{Destination, HostKey, KeyInfo};

use sshtpm_ssh::text::printable;

/// One hop, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(crate) struct DestinationJson<'a> {
    /// From where; `null` is this machine.
    from: Option<HostJson<'a>>,
    /// User to log in as, a pattern; `null` is any user.
    user: Option<&'a str>,
    /// To where.
    to: HostJson<'a>,
}

/// A host, which is known by its keys.
#[derive(Debug, Serialize)]
struct HostJson<'a> {
    host: &'a str,
    keys: Vec<HostKeyJson>,
}

#[derive(Debug, Serialize)]
struct HostKeyJson {
    /// Key type and base64 blob; empty if it cannot be read, like the next.
    public_key: String,
    /// `SHA256:` and 43 characters.
    fingerprint: String,
    /// Whether it is that of an authority, which certifies the host.
    authority: bool,
}

impl<'a> From<&'a Destination> for DestinationJson<'a> {
    fn from(hop: &'a Destination) -> Self {
        let is_from_here = hop.from_keys.is_empty();
        Self {
            from: (!is_from_here).then(|| HostJson::new(&hop.from_host, &hop.from_keys)),
            user: (!hop.to_user.is_empty()).then_some(&hop.to_user),
            to: HostJson::new(&hop.to_host, &hop.to_keys),
        }
    }
}

impl<'a> HostJson<'a> {
    fn new(host: &'a str, keys: &[HostKey]) -> Self {
        Self {
            host,
            keys: keys.iter().map(HostKeyJson::of).collect(),
        }
    }
}

impl HostKeyJson {
    fn of(key: &HostKey) -> Self {
        let public = PublicKey::from_bytes(&key.blob).ok();
        let fingerprint = |key: &PublicKey| key.fingerprint(HashAlg::Sha256).to_string();
        let text = public.as_ref().and_then(|key| key.to_openssh().ok());
        Self {
            public_key: text.unwrap_or_default(),
            fingerprint: public.as_ref().map(fingerprint).unwrap_or_default(),
            authority: key.is_authority,
        }
    }
}

/// What a key is for, in a column of a table: its purposes, and a mark for each further
/// restriction.
pub(crate) fn label(key: &KeyInfo) -> String {
    let marks = [
        (!key.namespaces.is_empty()).then_some("+ns"),
        (!key.destinations.is_empty()).then_some("+to"),
        (!key.forwarding).then_some("+local"),
        key.confirm.then_some("+confirm"),
        key.while_unlocked.then_some("+screen"),
    ];
    let purposes = printable(&key.purposes.join(","));
    std::iter::once(purposes.as_str())
        .chain(marks.into_iter().flatten())
        .collect()
}

/// What differs between a key before and after a change, a line for each.
pub(crate) fn changes(before: &KeyInfo, after: &KeyInfo) -> Vec<String> {
    let both = |of: fn(&KeyInfo) -> String| (of(before), of(after));
    let parts = [
        ("is for", both(|key| key.purposes.join(", "))),
        ("signs in", both(namespaces)),
        ("logs in", both(destinations)),
        ("over forwarded connections", both(forwarding)),
        ("needs a person", both(confirmation)),
        ("needs an unlocked screen", both(screen)),
    ];
    let changed = parts
        .into_iter()
        .filter(|(_, (before, after))| before != after);
    changed
        .map(|(what, (before, after))| format!("  {what}: {after} (before: {before})"))
        .collect()
}

fn namespaces(key: &KeyInfo) -> String {
    match key.namespaces.as_slice() {
        [] => "all namespaces".to_owned(),
        names => names.join(", "),
    }
}

fn destinations(key: &KeyInfo) -> String {
    match key.destinations.as_slice() {
        [] => "everywhere".to_owned(),
        hops => hops.iter().map(hop).collect::<Vec<_>>().join(", "),
    }
}

fn hop(hop: &Destination) -> String {
    let user = match hop.to_user.as_str() {
        "" => String::new(),
        user => format!("{user}@"),
    };
    let from = match hop.from_host.as_str() {
        "" => String::new(),
        host => format!(" from {host}"),
    };
    format!("{user}{}{from}", hop.to_host)
}

fn forwarding(key: &KeyInfo) -> String {
    match key.forwarding {
        true => "yes".to_owned(),
        false => "no".to_owned(),
    }
}

fn screen(key: &KeyInfo) -> String {
    match key.while_unlocked {
        true => "yes".to_owned(),
        false => "no".to_owned(),
    }
}

fn confirmation(key: &KeyInfo) -> String {
    match key.confirm {
        true => "at each use".to_owned(),
        false => "no".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_listing::example_key;

    fn restricted() -> KeyInfo {
        let hop = |from: &str, to: &str, user: &str| Destination {
            from_host: from.to_owned(),
            from_keys: Vec::new(),
            to_user: user.to_owned(),
            to_host: to.to_owned(),
            to_keys: Vec::new(),
        };
        KeyInfo {
            purposes: vec!["auth".to_owned()],
            namespaces: vec!["git".to_owned()],
            destinations: vec![hop("", "alpha", ""), hop("alpha", "beta", "git")],
            forwarding: false,
            confirm: true,
            while_unlocked: true,
            ..example_key()
        }
    }

    #[test]
    fn a_label_is_short_and_marks_what_is_restricted() {
        assert_eq!(label(&example_key()), "auth,sign");
        assert_eq!(label(&restricted()), "auth+ns+to+local+confirm+screen");
    }

    #[test]
    fn what_changes_is_told_and_nothing_else() {
        assert_eq!(changes(&restricted(), &restricted()), Vec::<String>::new());
        let told = changes(&example_key(), &restricted());
        assert_eq!(told.len(), 6, "{told:?}");
        assert_eq!(
            told[2],
            "  logs in: alpha, git@beta from alpha (before: everywhere)"
        );
        let one = KeyInfo {
            forwarding: true,
            ..restricted()
        };
        assert_eq!(
            changes(&one, &restricted()),
            ["  over forwarded connections: no (before: yes)"]
        );
    }

    #[test]
    fn in_json_this_machine_and_anybody_are_null() {
        let key = |seed: u8| HostKey {
            blob: [&b"\0\0\0\x0bssh-ed25519\0\0\0\x20"[..], &[seed; 32]].concat(),
            is_authority: seed == 2,
        };
        let hop = Destination {
            from_host: String::new(),
            from_keys: Vec::new(),
            to_user: String::new(),
            to_host: "alpha".to_owned(),
            to_keys: vec![key(1), key(2)],
        };
        let json = serde_json::to_value(DestinationJson::from(&hop)).unwrap();
        assert!(json["from"].is_null() && json["user"].is_null(), "{json}");
        assert_eq!(json["to"]["host"], "alpha");
        assert_eq!(json["to"]["keys"][1]["authority"], true);
        let fingerprint = json["to"]["keys"][0]["fingerprint"].as_str().unwrap();
        assert!(fingerprint.starts_with("SHA256:"), "{fingerprint}");
    }
}
