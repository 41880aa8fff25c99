//! A proof in words.

use sshtpm_attest::Proved;
use sshtpm_ssh::claims::Claims;
use sshtpm_ssh::fingerprint::Fingerprint;
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
        format!("owner {} (uid {})", claims.owner.name, claims.owner.uid),
        format!("origin {}", claims.origin.word()),
        format!("purposes {}", purposes.join(", ")),
    ];
    if !claims.namespaces.is_empty() {
        lines.push(format!("namespaces {}", claims.namespaces.join(", ")));
    }
    let hosts = claims.destinations.iter().map(|one| one.to.host.as_str());
    let hosts: Vec<_> = hosts.collect();
    if !hosts.is_empty() {
        lines.push(format!("destinations {}", hosts.join(", ")));
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
