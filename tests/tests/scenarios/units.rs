//! The systemd units, as systemd-analyze judges them. Whether they work is shown by `tests/vm`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Units and how exposed each may be, in tenths, as `systemd-analyze security --threshold` has it.
/// What is left of the broker is the TPM, the bus and root's store; of the agents, the bus. The
/// program that asks for a PIN is one of the user's desktop, and does what such programs do.
/// OpenSSH's agent runs one, too. The dialler connects to sockets anywhere in the home.
const MOST_EXPOSED: [(&str, u32); 8] = [
    ("system/sshtpm-broker.service", 12),
    ("system/sshtpm-host-agent.service", 15),
    ("system/sshtpm-host-keygen.service", 15),
    ("user/sshtpm-agent.service", 15),
    ("user/sshtpm-agent@.service", 15),
    ("user/sshtpm-askpass@.service", 71),
    ("user/sshtpm-dialler.service", 59),
    ("user/sshtpm-ssh-agent.service", 71),
];

#[test]
fn no_service_is_more_exposed_than_it_has_to_be() {
    for (unit, most) in MOST_EXPOSED {
        let analysis = Command::new("systemd-analyze")
            .args(["security", "--offline=yes", "--no-pager"])
            .arg(format!("--threshold={most}"))
            .arg(directory().join(unit))
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
    let mut services = units();
    services.retain(|name| name.ends_with(".service"));
    assert_eq!(services, MOST_EXPOSED.map(|(unit, _)| unit));
}

/// systemd ignores what does, and says so in the journal alone.
#[test]
fn nothing_of_a_unit_stands_outside_a_section() {
    for unit in units() {
        let text = std::fs::read_to_string(directory().join(&unit)).expect("a unit");
        let mut lines = text.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(lines.next(), Some("[Unit]"), "{unit}");
    }
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../systemd")
}

/// All units, as `system/NAME` or `user/NAME`.
fn units() -> Vec<String> {
    let mut found = Vec::new();
    for kind in ["system", "user"] {
        for entry in std::fs::read_dir(directory().join(kind)).expect("a directory of units") {
            let name = entry.expect("an entry").file_name();
            let name = name.into_string().expect("a name");
            if Path::new(&name)
                .extension()
                .is_some_and(|kind| kind != "conf")
            {
                found.push(format!("{kind}/{name}"));
            }
        }
    }
    found.sort();
    found
}

/// The settings of a unit without comments and blank lines, from the section [Service] on.
fn service(unit: &str) -> Vec<String> {
    let text = std::fs::read_to_string(directory().join(unit)).expect("a unit");
    let (_, text) = text.split_once("[Service]\n").expect("a section");
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(str::to_owned).collect()
}

/// systemd has no way to include one unit in another.
#[test]
fn an_agent_with_a_name_runs_in_the_sandbox_of_the_usual_one() {
    let named = service("user/sshtpm-agent@.service");
    let named = named.iter().map(|line| line.replace(" --name %i", ""));
    assert_eq!(
        named.collect::<Vec<_>>(),
        service("user/sshtpm-agent.service")
    );
}

/// Runs the generator of users' service managers where the kernel says this of AppArmor, and
/// returns the names of the directories that it made for drop-ins.
fn generated(restricted: &str) -> Vec<String> {
    let generator = directory().join("user-generators/sshtpm-agent");
    let target = tempfile::tempdir().expect("a directory");
    // Only Ubuntu's kernel has the setting, and no process can add one to /proc.
    let script = "mount -t tmpfs none /proc/sys/kernel
        echo \"$1\" >/proc/sys/kernel/apparmor_restrict_unprivileged_userns
        exec \"$2\" \"$3\"";
    let status = Command::new("unshare")
        .args(["--mount", "sh", "-euc", script, "sh", restricted])
        .arg(generator)
        .arg(target.path())
        .status();
    assert!(status.expect("util-linux is installed").success());
    let units = std::fs::read_dir(target.path()).expect("a directory");
    let mut units: Vec<String> = units
        .map(|unit| {
            let name = unit.expect("an entry").file_name();
            name.into_string().expect("a name")
        })
        .collect();
    units.sort();
    units
}

#[test]
fn agents_do_without_namespaces_where_apparmor_restricts_them() {
    assert_eq!(
        generated("1"),
        ["sshtpm-agent.service.d", "sshtpm-agent@.service.d"]
    );
}

#[test]
fn agents_keep_their_sandbox_where_apparmor_does_not_restrict() {
    assert_eq!(generated("0"), [""; 0]);
}
