use std::fs;
use std::path::Path;
use std::process::Command;

use super::{AgentUnit, Output, enabled_of, is_made_by_systemd, start_by};

/// What is called instead of systemctl: it notes its arguments, and answers questions.
struct Noting(tempfile::TempDir);

impl Noting {
    /// With `active`, the answer to `is-active` is yes; that to `is-enabled` is no.
    fn new(active: bool) -> Self {
        Self::answering(active, "disabled")
    }

    /// As [`Self::new`], but the answer to `is-enabled` is `enabled`.
    fn answering(active: bool, enabled: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let calls = directory.path().join("calls");
        let active = u8::from(!active);
        let script = format!(
            "#!/bin/sh\necho \"$*\" >>{}\n\
             case $1 in is-active) exit {active} ;; is-*) echo {enabled}; \
             case {enabled} in enabled*) ;; *) exit 1 ;; esac ;; esac\n",
            calls.display()
        );
        // Written by another process: a file that a thread of ours has open cannot be run by
        // others.
        let install = ["-c", "printf %s \"$1\" >\"$2\" && chmod 755 \"$2\"", "sh"];
        let program = directory.path().join("systemctl");
        let mut command = Command::new("/bin/sh");
        let status = command.args(install).arg(script).arg(program).status();
        assert!(status.unwrap().success());
        Self(directory)
    }

    /// For the rest of the test program, as the name of the real one is.
    fn program(&self) -> &'static str {
        let path = self.0.path().join("systemctl");
        Box::leak(path.display().to_string().into_boxed_str())
    }

    /// The calls that are no questions.
    fn changes(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.0.path().join("calls")).unwrap();
        let calls = calls.lines().filter(|call| !call.starts_with("is-"));
        calls.map(str::to_owned).collect()
    }
}

const ENABLE: &str = "--no-ask-password --no-block enable --now sshtpm-host-agent.socket";

#[test]
fn a_unit_that_is_enabled_is_left_as_it_is() {
    let systemctl = Noting::answering(true, "enabled");
    let unit = AgentUnit::enabled_by(systemctl.program()).unwrap();
    assert!(unit.undo.is_none());
    assert!(systemctl.changes().is_empty());
}

#[test]
fn a_unit_that_is_enabled_until_the_next_boot_is_enabled_for_good() {
    let systemctl = Noting::answering(true, "enabled-runtime");
    AgentUnit::enabled_by(systemctl.program()).unwrap().keep();
    assert_eq!(systemctl.changes(), [ENABLE]);
    assert!(enabled_of(systemctl.program()).is_empty());
}

#[test]
fn a_unit_is_enabled_and_disabled_again_if_the_rest_fails() {
    let systemctl = Noting::new(false);
    let unit = AgentUnit::enabled_by(systemctl.program()).unwrap();
    assert_eq!(systemctl.changes(), [ENABLE]);
    drop(unit);
    let disable = "--no-ask-password --no-block disable --now sshtpm-host-agent.socket";
    assert_eq!(systemctl.changes(), [ENABLE, disable]);
}

#[test]
fn a_unit_that_was_running_before_goes_on_running() {
    let systemctl = Noting::new(true);
    drop(AgentUnit::enabled_by(systemctl.program()).unwrap());
    let disable = "--no-ask-password --no-block disable sshtpm-host-agent.socket";
    assert_eq!(systemctl.changes(), [ENABLE, disable]);
}

#[test]
fn a_unit_that_is_enabled_and_was_stopped_is_started() {
    let stopped = Noting::new(false);
    assert!(start_by(stopped.program()));
    let start = "--no-ask-password --no-block start sshtpm-host-agent.socket";
    assert_eq!(stopped.changes(), [start]);
    let running = Noting::new(true);
    assert!(!start_by(running.program()));
    assert!(running.changes().is_empty());
}

#[test]
fn a_unit_that_is_kept_stays_enabled() {
    let systemctl = Noting::new(false);
    AgentUnit::enabled_by(systemctl.program()).unwrap().keep();
    assert_eq!(systemctl.changes(), [ENABLE]);
}

#[test]
fn a_unit_that_cannot_be_enabled_is_refused_with_the_command_to_try() {
    for systemctl in ["false", "/nonexistent/systemctl"] {
        let text = AgentUnit::enabled_by(systemctl).unwrap_err().to_string();
        let command = "`systemctl enable --now sshtpm-host-agent.socket`";
        assert!(text.contains(command), "{text}");
    }
}

#[test]
fn what_systemctl_says_is_passed_on() {
    let text = AgentUnit::enabled_by("ls").unwrap_err().to_string();
    assert!(text.contains("'--no-ask-password'"), "{text}");
}

#[test]
fn a_socket_that_systemd_does_not_make_is_not_asked_for() {
    let socket = Path::new("/run/mine.sock");
    assert!(!is_made_by_systemd(socket));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let unit = runtime.block_on(AgentUnit::secure(Output::new(true), socket));
    assert!(unit.unwrap().undo.is_none());
}

#[test]
fn disable_names_the_units_that_are_enabled() {
    let systemctl = Noting::answering(true, "enabled");
    let lines = enabled_of(systemctl.program()).join("\n");
    for command in [
        "systemctl disable sshtpm-host-keygen.service",
        "systemctl disable --now sshtpm-host-agent.socket",
    ] {
        assert!(lines.contains(command), "{lines}");
    }
    assert!(enabled_of("false").is_empty());
}
