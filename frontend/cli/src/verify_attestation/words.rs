//! A proof in words.

use sshtpm_attest::Proved;
use sshtpm_ssh::claims::Claims;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::text::printable;
use sshtpm_ssh::word::Word as _;

/// All that is proved, claimed and not proved, a line each.
pub(super) fn of(proved: &Proved) -> String {
    let mut lines = vec![format!("Key {}", Fingerprint::of(&proved.key))];
    lines.push("Proved:".to_owned());
    lines.extend(proved.words().iter().map(|one| format!("  {one}")));
    lines.push("Claimed by root on that machine:".to_owned());
    lines.extend(claimed(&proved.claims).iter().map(|one| format!("  {one}")));
    lines.push("Not proved:".to_owned());
    lines.extend(proved.not_proved().iter().map(|one| format!("  {one}")));
    lines.join("\n")
}

fn claimed(claims: &Claims) -> Vec<String> {
    let purposes: Vec<_> = claims.purposes.iter().map(|one| one.name()).collect();
    let mut lines = vec![
        format!(
            "owner {} (uid {})",
            printable(&claims.owner.name),
            claims.owner.uid
        ),
        format!("origin {}", claims.origin.word()),
        format!("purposes {}", purposes.join(", ")),
    ];
    if !claims.namespaces.is_empty() {
        lines.push(format!(
            "namespaces {}",
            printable(&claims.namespaces.join(", "))
        ));
    }
    let hosts = claims.destinations.iter().map(|one| one.to.host.as_str());
    let hosts: Vec<_> = hosts.collect();
    if !hosts.is_empty() {
        lines.push(format!("destinations {}", printable(&hosts.join(", "))));
    }
    if let Some(pcrs) = &claims.pcrs {
        lines.push(format!("bound to PCRs {pcrs}"));
    }
    for (holds, words) in [
        (claims.pin, "has a PIN"),
        (claims.confirm, "a person confirms each use"),
        (
            claims.while_unlocked,
            "signs only while the screen is unlocked",
        ),
        (!claims.forwarding, "is not used over forwarded connections"),
        (claims.backed_up, "a copy is kept elsewhere"),
    ] {
        if holds {
            lines.push(words.to_owned());
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use sshtpm_ssh::claims::{ClaimedDestination, ClaimedHost, ClaimedOwner, Claims};
    use sshtpm_ssh::claims::{Nonce, Version};
    use sshtpm_ssh::origin::{Holding, Origin};
    use sshtpm_ssh::purpose::{Purpose, Purposes};

    use super::claimed;
    use crate::key_listing::example_key;

    fn claims(owner: &str, namespace: &str, host: &str) -> Claims {
        let (host, keys) = (host.to_owned(), Vec::new());
        Claims {
            version: Version::One,
            nonce: Nonce::new([7; 32]).unwrap(),
            owner: ClaimedOwner {
                uid: 1000,
                name: owner.to_owned(),
            },
            fingerprint: example_key().fingerprint.parse().unwrap(),
            origin: Origin::Generated,
            holding: Holding::Tpm,
            backed_up: false,
            purposes: Purposes::of([Purpose::Auth]).unwrap(),
            namespaces: vec![namespace.to_owned()],
            destinations: vec![ClaimedDestination {
                from: None,
                user: None,
                to: ClaimedHost { host, keys },
            }],
            forwarding: true,
            confirm: false,
            pin: false,
            while_unlocked: false,
            pcrs: None,
            created: 0,
        }
    }

    #[test]
    fn no_claim_makes_a_line_of_its_own() {
        let honest = claimed(&claims("ann", "git", "host"));
        assert_eq!(honest[0], "owner ann (uid 1000)");
        assert_eq!(honest[3..], ["namespaces git", "destinations host"]);
        let forged = "x\nNot proved:\r\x1b[2K";
        for claims in [
            claims(forged, "git", "host"),
            claims("ann", forged, "host"),
            claims("ann", "git", forged),
        ] {
            let lines = claimed(&claims);
            assert_eq!(lines.len(), honest.len());
            assert!(!lines.concat().contains(char::is_control), "{lines:?}");
        }
    }
}
