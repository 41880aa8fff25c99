//! The systemd units, as systemd-analyze judges them. Whether they work is shown by `tests/vm`.

use std::path::Path;
use std::process::Command;

/// Units and how exposed each may be, in tenths, as `systemd-analyze security --threshold` has it.
/// What is left of the broker is the TPM, the bus and root's store; of the agents, the bus. The
/// program that asks for a PIN is one of the user's desktop, and does what such programs do.
const MOST_EXPOSED: [(&str, u32); 5] = [
    ("system/sshtpm-broker.service", 12),
    ("system/sshtpm-host-agent.service", 15),
    ("system/sshtpm-host-keygen.service", 15),
    ("user/sshtpm-agent.service", 15),
    ("user/sshtpm-askpass@.service", 71),
];

#[test]
fn no_service_is_more_exposed_than_it_has_to_be() {
    let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("../systemd");
    for (unit, most) in MOST_EXPOSED {
        let analysis = Command::new("systemd-analyze")
            .args(["security", "--offline=yes", "--no-pager"])
            .arg(format!("--threshold={most}"))
            .arg(units.join(unit))
            .output()
            .expect("systemd is installed");
        let text = String::from_utf8_lossy(&analysis.stdout);
        assert!(text.contains("Overall exposure level"), "{unit}: {text}");
        assert!(analysis.status.success(), "{text}");
    }
}

/// Without this test, a service that is missing in the list above would have no bound.
#[test]
fn every_service_has_a_bound() {
    let units = Path::new(env!("CARGO_MANIFEST_DIR")).join("../systemd");
    let mut found = Vec::new();
    for kind in ["system", "user"] {
        for entry in std::fs::read_dir(units.join(kind)).expect("a directory of units") {
            let name = entry.expect("an entry").file_name();
            let name = name.into_string().expect("a name");
            if name.ends_with(".service") {
                found.push(format!("{kind}/{name}"));
            }
        }
    }
    found.sort();
    assert_eq!(found, MOST_EXPOSED.map(|(unit, _)| unit));
}
