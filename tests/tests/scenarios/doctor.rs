//! `sshtpm doctor`: names the link of the chain that is broken.

use serde_json::Value;
use sshtpm_tests::answers::Person;
use sshtpm_tests::{Agent, Output, User, World};

/// Where the agent listens that systemd starts for alice.
pub(crate) const SOCKET: &str = "/run/user/1001/sshtpm/agent.sock";

/// The agent that systemd would start for alice.
pub(crate) fn standard_agent(alice: User<'_>) -> Agent<'_> {
    alice.run("mkdir -p -m 700 /run/user/1001/sshtpm").ok();
    Agent::start_at(alice, SOCKET)
}

/// alice in a machine in which all is well.
pub(crate) fn healthy(world: &World) -> Agent<'_> {
    let agent = standard_agent(world.alice());
    world.alice().run("sshtpm setup --yes").ok();
    agent
}

/// What doctor says, and how it ends.
pub(crate) struct Diagnosis {
    pub(crate) output: Output,
    pub(crate) json: Value,
}

impl Diagnosis {
    pub(crate) fn of(user: User<'_>) -> Self {
        Self::in_environment(user, &[])
    }

    pub(crate) fn in_environment(user: User<'_>, variables: &[(&str, &str)]) -> Self {
        let mut command = user.command("sshtpm doctor --json");
        for (name, value) in variables {
            command = command.env(name, value);
        }
        let output = command.run();
        let json = output.json();
        Self { output, json }
    }

    /// The check of this name.
    pub(crate) fn check(&self, name: &str) -> &Value {
        let checks = self.json["checks"].as_array().expect("a list of checks");
        let check = checks.iter().find(|check| check["check"] == name);
        check.expect("there is a check of this name")
    }

    /// Holds that the check of this name came to `result`, and that what is said about it, or what
    /// is to be done, contains `text`.
    #[track_caller]
    pub(crate) fn says(&self, name: &str, result: &str, text: &str) {
        let check = self.check(name);
        assert_eq!(check["result"], result, "{name}: {}", self.output);
        assert!(check.to_string().contains(text), "no {text:?} in {check}");
    }

    /// Holds that no check but these failed, and that the exit status is that of a failure.
    #[track_caller]
    pub(crate) fn fails_only(&self, names: &[&str]) {
        let checks = self.json["checks"].as_array().expect("a list of checks");
        let failed = checks.iter().filter(|check| check["result"] == "fail");
        let failed: Vec<&Value> = failed.map(|check| &check["check"]).collect();
        assert_eq!(failed, names, "{}", self.output);
        assert_eq!(self.output.code(), 1);
        assert_eq!(self.json["ok"], false);
    }
}

#[test]
fn in_a_healthy_machine_all_is_well() {
    let world = World::new();
    let _agent = healthy(&world);
    let diagnosis = Diagnosis::of(world.alice());
    assert_eq!(diagnosis.output.code(), 0, "{}", diagnosis.output);
    assert_eq!(diagnosis.json["ok"], true);
    for name in [
        "groups",
        "bus",
        "broker",
        "owner",
        "bus policy",
        "polkit",
        "tpm",
        "parent key",
        "lockout",
        "keys",
        "backup",
        "agent",
        "agent.toml",
        "ssh",
        "session",
    ] {
        diagnosis.says(name, "ok", "");
    }
    // The TPM of these machines is not a device, and their sshd has its keys in files.
    for name in ["device", "driver", "sshd"] {
        diagnosis.says(name, "skipped", "");
    }
}

#[test]
fn for_people_each_check_is_a_line() {
    let world = World::new();
    let _agent = healthy(&world);
    let output = world.alice().run("sshtpm doctor").ok();
    assert_eq!(output.stdout.lines().count(), 20, "{output}");
    let last = "\nok       ssh         ssh asks sshtpm-agent, by IdentityAgent";
    assert!(output.stdout.contains(last), "{output}");
}

#[test]
fn doctor_asks_for_no_password() {
    let rule = "polkit.addRule(function(action, subject) {
        if (action.id.indexOf('org.sshtpm.') == 0) return polkit.Result.AUTH_SELF;
    });";
    let world = World::with_rule(rule);
    let alice = world.alice();
    let diagnosis = alice.with(Person::Accepts, "sshtpm doctor --json").run();
    let json = diagnosis.json();
    assert!(json.to_string().contains("wants a password"), "{json}");
    assert_eq!(alice.prompts(), Vec::<Value>::new());
}
