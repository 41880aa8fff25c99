//! `sshtpm doctor` on the set-ups of `broken.toml`: it finds the broken link, names commands that
//! mend it, and is content once they were run.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use sshtpm_tests::answers::Person;
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::swtpm::TCTI;
use sshtpm_tests::user::Invocation;
use sshtpm_tests::{Agent, Output, User, World};

use crate::doctor::{healthy, standard_agent};

/// The set-ups.
const FILE: &str = include_str!("broken.toml");

/// How many set-ups there are at least.
const FEWEST: usize = 25;

/// What a user is asked by a program instead of a terminal.
const ASKPASS: &str = "/home/alice/askpass";

#[derive(Debug, Deserialize)]
struct File {
    broken: Vec<Broken>,
}

/// See `broken.toml`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Broken {
    set_up: String,
    world: String,
    r#break: Vec<String>,
    #[serde(default)]
    doctor: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    check: BTreeMap<String, String>,
    mend: Vec<String>,
    #[serde(default)]
    answers: String,
}

/// A healthy machine, whose services the scenario manages in systemd's place.
struct Place<'w> {
    world: &'w World,
    agent: RefCell<Option<Agent<'w>>>,
    sshd: RefCell<Option<Sshd>>,
}

impl<'w> Place<'w> {
    fn new(world: &'w World) -> Self {
        Self {
            world,
            agent: RefCell::new(Some(healthy(world))),
            sshd: RefCell::default(),
        }
    }

    /// Runs a command as it was printed: as alice, with `sudo` as root.
    fn run(&self, command: &str, broken: &Broken) -> Output {
        if self.is_of_a_service(command) {
            return self.world.root().run("true");
        }
        let alice = self.world.alice();
        let command = answered(command);
        let invocation = match command.strip_prefix("sudo ") {
            Some(rest) => shell(self.world.root(), rest),
            None if asks_for_a_password(&command) => {
                // The person is asked for this very process.
                let command = format!("exec {command}");
                alice.with(Person::Accepts, "sh -c").arg(command)
            }
            None => shell(alice, &command),
        };
        broken
            .in_environment(invocation.env("TPM2TOOLS_TCTI", TCTI))
            .run()
    }

    /// Whether the command is one of the service manager's, which has then done it.
    fn is_of_a_service(&self, command: &str) -> bool {
        let world = self.world;
        match command.strip_prefix("sudo ").unwrap_or(command) {
            "systemctl stop sshtpm-broker" => world.stop_broker(),
            "systemctl start sshtpm-broker" => {
                world.start_broker();
                world.wait_for_tpm("ready");
            }
            "systemctl stop polkit" => world.stop_polkit(),
            "systemctl start polkit" => world.start_polkit(),
            "systemctl reload dbus" => reload_bus(world),
            "systemctl stop ssh" => drop(self.sshd.take()),
            "systemctl start ssh" => drop(self.sshd.replace(Some(Sshd::start(world.machine())))),
            "systemctl --user kill sshtpm-agent" => {
                let mut agent = self.agent.take().expect("the agent runs");
                agent.daemon.kill();
            }
            "systemctl --user restart sshtpm-agent.socket"
            | "systemctl --user enable --now sshtpm-agent.socket" => {
                drop(self.agent.replace(Some(standard_agent(world.alice()))));
            }
            _ => return false,
        }
        true
    }
}

fn reload_bus(world: &World) {
    let bus = "org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus";
    world
        .root()
        .run(&format!("busctl call {bus} ReloadConfig"))
        .ok();
}

fn shell<'m>(user: User<'m>, command: &str) -> Invocation<'m> {
    user.command("sh -c").arg(command)
}

/// The command with what a person at a terminal would answer.
fn answered(command: &str) -> String {
    match command {
        _ if command.starts_with("sshtpm setup") => format!("{command} --yes"),
        _ if command.starts_with("sshtpm rm") => format!("{command} --force --delete-file"),
        _ => command.to_owned(),
    }
}

/// Whether polkit asks alice for her password.
fn asks_for_a_password(command: &str) -> bool {
    let restricts = command.starts_with("sshtpm restrict");
    restricts || command.starts_with("sshtpm rm")
}

impl Broken {
    fn in_environment<'m>(&self, mut command: Invocation<'m>) -> Invocation<'m> {
        for (name, value) in &self.env {
            command = command.env(name, value);
        }
        if self.answers.is_empty() {
            return command;
        }
        let command = command.env("SSH_ASKPASS", ASKPASS);
        command.env("SSH_ASKPASS_REQUIRE", "force")
    }

    /// What doctor says, and how it ends.
    fn diagnosis(&self, alice: User<'_>) -> (Output, Vec<Value>) {
        let mut command = alice.command("sshtpm doctor --json");
        for word in self.doctor.split_whitespace() {
            command = command.arg(word);
        }
        for (name, value) in &self.env {
            command = command.env(name, value);
        }
        let output = command.run();
        let checks = output.json()["checks"].as_array().cloned();
        (output, checks.expect("a list of checks"))
    }

    /// Breaks the machine, has doctor find it, mends it as doctor says, and asks doctor again.
    fn play(&self, place: &Place<'_>) {
        let alice = place.world.alice();
        alice.write(ASKPASS, format!("#!/bin/sh\necho '{}'\n", self.answers));
        alice.run(&format!("chmod 700 {ASKPASS}")).ok();
        for command in &self.r#break {
            place.run(command.trim(), self).ok();
        }
        let (output, checks) = self.diagnosis(alice);
        let mut advice = String::new();
        for (name, result) in &self.check {
            let check = checks.iter().find(|check| check["check"] == **name);
            let check = check.unwrap_or(&Value::Null);
            assert_eq!(check["result"], **result, "{}: {output}", self.set_up);
            advice += check["next"].as_str().unwrap_or_default();
        }
        for beginning in &self.mend {
            let command = command_in(&advice, beginning);
            assert!(
                command.is_some(),
                "{}: no `{beginning}`: {output}",
                self.set_up
            );
            place.run(command.unwrap_or_default(), self).ok();
        }
        self.is_mended(alice);
    }

    fn is_mended(&self, alice: User<'_>) {
        let (output, checks) = self.diagnosis(alice);
        let is_bad = |check: &&Value| check["result"] == "fail" || check["result"] == "warn";
        assert_eq!(
            checks.iter().find(is_bad),
            None,
            "{}: {output}",
            self.set_up
        );
        assert_eq!(output.code(), 0, "{}: {output}", self.set_up);
    }
}

/// The command in backticks that begins so.
fn command_in<'a>(advice: &'a str, beginning: &str) -> Option<&'a str> {
    let mut commands = advice.split('`').skip(1).step_by(2);
    commands.find(|command| command.starts_with(beginning))
}

fn all() -> Vec<Broken> {
    let file: File = toml::from_str(FILE).expect("broken.toml is as its comments say");
    file.broken
}

fn play_all_of(name: &str, place: &Place<'_>) {
    let of_world = all().into_iter().filter(|broken| broken.world == name);
    for broken in of_world {
        broken.play(place);
    }
}

#[test]
fn the_broken_set_ups_are_many_and_each_has_a_world() {
    let all = all();
    assert!(all.len() >= FEWEST, "{}", all.len());
    let worlds = ["client", "agent", "system", "host"];
    let lost = all.iter().find(|one| !worlds.contains(&one.world.as_str()));
    assert!(lost.is_none(), "{lost:?}");
}

#[test]
fn doctor_has_broken_settings_of_ssh_mended() {
    let world = World::new();
    play_all_of("client", &Place::new(&world));
}

#[test]
fn doctor_has_a_broken_agent_mended() {
    let world = World::new();
    play_all_of("agent", &Place::new(&world));
}

#[test]
fn doctor_has_a_broken_system_mended() {
    let world = World::new();
    play_all_of("system", &Place::new(&world));
}

#[test]
fn doctor_has_a_login_at_a_host_mended() {
    let world = World::new();
    let place = Place::new(&world);
    world.root().run("ssh-keygen -A").ok();
    place.sshd.replace(Some(Sshd::start(world.machine())));
    let prepare = "ssh-keyscan localhost >~/.ssh/known_hosts; \
                   cp ~/.ssh/id_sshtpm_ecdsa.pub ~/.ssh/authorized_keys";
    shell(world.alice(), prepare).run().ok();
    play_all_of("host", &place);
}
