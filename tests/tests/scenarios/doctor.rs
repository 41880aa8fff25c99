//! `sshtpm doctor`: names the link of the chain that is broken.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;
use sshtpm_tests::call::none;
use sshtpm_tests::sshd::Sshd;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{Agent, Output, User, World, polkit, wait};

/// Where the agent listens that systemd starts for alice.
const SOCKET: &str = "/run/user/1001/sshtpm/agent.sock";

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
    output: Output,
    json: Value,
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
    fn check(&self, name: &str) -> &Value {
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
    assert_eq!(output.stdout.lines().count(), 18, "{output}");
    let last = "\nok       ssh         ssh asks sshtpm-agent, by IdentityAgent";
    assert!(output.stdout.contains(last), "{output}");
}

#[test]
fn without_a_bus_it_says_so_and_goes_on() {
    let world = World::empty();
    let diagnosis = Diagnosis::of(world.alice());
    diagnosis.says("bus", "fail", "dbus");
    diagnosis.says("broker", "skipped", "");
    diagnosis.says("ssh", "warn", "SSH_AUTH_SOCK");
}

#[test]
fn a_broker_that_is_not_there_is_not_blamed_on_the_bus_policy() {
    let world = World::new();
    let _agent = healthy(&world);
    world.stop_broker();
    let diagnosis = Diagnosis::of(world.alice());
    diagnosis.says("broker", "fail", "systemctl status sshtpm-broker");
    for name in [
        "owner",
        "bus policy",
        "tpm",
        "parent key",
        "lockout",
        "keys",
    ] {
        diagnosis.says(name, "skipped", "");
    }
    diagnosis.says("polkit", "ok", "");
    diagnosis.says("ssh", "ok", "");
}

#[test]
fn doctor_tells_a_bus_policy_from_a_missing_broker() {
    let world = World::empty();
    let policy = "<busconfig><policy user=\"alice\">\
                  <deny send_destination=\"org.sshtpm.Broker1\"/></policy></busconfig>";
    world
        .root()
        .write("/etc/dbus-1/system.d/no-alice.conf", policy);
    world.start_all();
    let diagnosis = Diagnosis::of(world.alice());
    diagnosis.says("bus policy", "fail", "<deny>");
    diagnosis.says("broker", "skipped", "");
    diagnosis.says("owner", "ok", "root");
    assert_eq!(
        Diagnosis::of(world.bob()).check("bus policy")["result"],
        "ok"
    );
}

#[test]
fn doctor_waits_for_a_silent_polkit_once_and_names_it() {
    let world = World::new();
    let _agent = healthy(&world);
    world.freeze_polkit();
    let diagnosis = Diagnosis::of(world.alice());
    world.thaw_polkit();
    diagnosis.fails_only(&["polkit"]);
    diagnosis.says("polkit", "fail", "does not answer");
    diagnosis.says("keys", "skipped", "polkit");
    diagnosis.says("agent", "ok", "listens");
}

#[test]
fn a_polkit_that_is_not_there_is_named() {
    let world = World::new();
    let _agent = healthy(&world);
    world.stop_polkit();
    let diagnosis = Diagnosis::of(world.alice());
    diagnosis.fails_only(&["polkit"]);
    diagnosis.says("polkit", "fail", "not running");
}

#[test]
fn a_rule_that_forbids_signing_is_named_by_its_action() {
    let world = World::new();
    let _agent = healthy(&world);
    world.stop_polkit();
    let rule = "polkit.addRule(function(action, subject) {
        if (action.id == 'org.sshtpm.Broker1.use-own-key' && subject.user == 'alice')
            return polkit.Result.NO;
        if (action.id == 'org.sshtpm.Broker1.use-own-key') return polkit.Result.AUTH_SELF;
    });";
    polkit::write_rule(world.machine(), rule);
    world.start_polkit();
    let diagnosis = Diagnosis::of(world.alice());
    diagnosis.fails_only(&["polkit"]);
    diagnosis.says("polkit", "fail", "org.sshtpm.Broker1.use-own-key");
    // Another user is let in with a password.
    Diagnosis::of(world.bob()).says("polkit", "warn", "wants a password");
}

#[test]
fn a_tpm_that_is_away_is_told_with_the_brokers_reason() {
    let world = World::new();
    let _agent = healthy(&world);
    // The broker does not know it yet.
    world.kill_tpm();
    let diagnosis = Diagnosis::of(world.alice());
    diagnosis.fails_only(&["tpm"]);
    diagnosis.says("tpm", "fail", "127.0.0.1");
    diagnosis.says("lockout", "skipped", "absent");
    diagnosis.says("keys", "ok", "1");
}

#[test]
fn without_a_device_the_device_is_what_is_missing() {
    let world = World::without_a_device();
    let diagnosis = Diagnosis::of(world.alice());
    diagnosis.says("device", "fail", "/dev/tpm-that-is-not-there");
}

#[test]
fn doctor_warns_of_failed_tries_and_fails_on_a_lockout() {
    let world = World::new();
    let _agent = healthy(&world);
    let machine = world.machine();
    let make = "tpm2_createprimary -Q -C o -p right -c /tmp/locked \
                -a fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|decrypt";
    tool(machine, make).ok();
    let wrong = "tpm2_create -Q -C /tmp/locked -P wrong -u /tmp/pub -r /tmp/priv";
    assert_ne!(tool(machine, wrong).code(), 0, "the password is wrong");
    let diagnosis = Diagnosis::of(world.alice());
    assert_eq!(diagnosis.output.code(), 0, "{}", diagnosis.output);
    diagnosis.says("lockout", "warn", "remembers 1 failed");

    let strict = "tpm2_dictionarylockout --setup-parameters --max-tries=1 --recovery-time=600 \
                  --lockout-recovery-time=600";
    tool(machine, strict).ok();
    let diagnosis = Diagnosis::of(world.alice());
    diagnosis.fails_only(&["lockout"]);
    diagnosis.says("lockout", "fail", "one every 10 min");
}

#[test]
fn an_agent_that_is_not_there_is_named_with_the_unit_that_starts_it() {
    let world = World::new();
    let agent = healthy(&world);
    drop(agent);
    world.alice().run(&format!("rm -f {SOCKET}")).ok();
    let diagnosis = Diagnosis::of(world.alice());
    diagnosis.fails_only(&["agent", "ssh"]);
    diagnosis.says(
        "agent",
        "fail",
        "systemctl --user enable --now sshtpm-agent.socket",
    );
}

#[test]
fn an_agent_that_died_without_removing_its_socket_is_named() {
    let world = World::new();
    let mut agent = healthy(&world);
    agent.daemon.kill();
    let diagnosis = Diagnosis::of(world.alice());
    diagnosis.fails_only(&["agent", "ssh"]);
    diagnosis.says("agent", "fail", "Connection refused");
    diagnosis.says("ssh", "fail", "Connection refused");
}

#[test]
fn another_users_agent_in_the_place_of_ones_own_is_not_trusted() {
    let world = World::new();
    let alice = world.alice();
    alice.run("mkdir -m 711 /run/user/1001/sshtpm").ok();
    let root = world.root();
    let _foreign = root.command("sshtpm-agent -D -a").arg(SOCKET).daemon();
    wait::until("root's agent", wait::START, || {
        root.run(&format!("chown alice {SOCKET}"))
            .code()
            .eq(&0)
            .then_some(())
    });
    let variables = [("SSH_AUTH_SOCK", SOCKET)];
    let diagnosis = Diagnosis::in_environment(alice, &variables);
    diagnosis.says("agent", "fail", "uid 0, not as you");
    diagnosis.says("ssh", "fail", "uid 0, not as you");
}

#[test]
fn another_agent_in_ssh_auth_sock_is_a_warning() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.key("laptop");
    let variables = [("SSH_AUTH_SOCK", "/run/user/1001/other")];
    let diagnosis = Diagnosis::in_environment(alice, &variables);
    assert_eq!(diagnosis.output.code(), 0, "{}", diagnosis.output);
    diagnosis.says("ssh", "warn", "/run/user/1001/other");
    diagnosis.says("ssh", "warn", "sshtpm setup");
    diagnosis.says("agent", "ok", "");
}

#[test]
fn an_agent_by_any_name_that_offers_the_keys_is_good_enough() {
    let world = World::new();
    let alice = world.alice();
    let _agent = standard_agent(alice);
    alice.key("laptop");
    let other = Agent::start_at(alice, "/run/user/1001/mine");
    let variables = [("SSH_AUTH_SOCK", other.socket())];
    let diagnosis = Diagnosis::in_environment(alice, &variables);
    diagnosis.says("ssh", "ok", "/run/user/1001/mine");
}

#[test]
fn an_agent_that_was_started_by_hand_anywhere_is_the_users_agent() {
    let world = World::new();
    let alice = world.alice();
    alice.key("laptop");
    let agent = Agent::start_at(alice, "/run/user/1001/mine");
    let variables = [("SSH_AUTH_SOCK", agent.socket())];
    let diagnosis = Diagnosis::in_environment(alice, &variables);
    diagnosis.says("agent", "ok", "/run/user/1001/mine");
    diagnosis.says("ssh", "ok", "/run/user/1001/mine");
}

#[test]
fn keys_that_ssh_does_not_offer_are_a_warning_until_they_are_named() {
    let world = World::new();
    let _agent = healthy(&world);
    let alice = world.alice();
    let config = "/home/alice/.ssh/config";
    let only = format!("IdentitiesOnly yes\n{}", alice.read(config));
    alice.write(config, &only);
    let diagnosis = Diagnosis::of(alice);
    diagnosis.says("ssh", "warn", "IdentityFile ~/.ssh/id_sshtpm_ecdsa.pub");
    let named = format!("{only}    IdentityFile ~/.ssh/id_sshtpm_ecdsa.pub\n");
    alice.write(config, named);
    Diagnosis::of(alice).says("ssh", "ok", "");
}

#[test]
fn a_child_that_match_exec_leaves_behind_is_not_waited_for() {
    let world = World::new();
    let _agent = healthy(&world);
    let alice = world.alice();
    let config = "/home/alice/.ssh/config";
    let content = alice.read(config);
    alice.write(
        config,
        format!("Match exec \"sleep 600 >/dev/null &\"\n{content}"),
    );
    Diagnosis::of(alice).says("ssh", "ok", "");
}

#[test]
fn a_lost_key_is_named_with_what_to_do() {
    let world = World::new();
    let _agent = healthy(&world);
    let alice = world.alice();
    world.stop_broker();
    tool(world.machine(), "tpm2_clear -c platform").ok();
    world.start_broker();
    world.wait_for_tpm("ready");
    let lost = alice.fingerprints().remove(0);
    let diagnosis = Diagnosis::of(alice);
    diagnosis.fails_only(&["keys"]);
    diagnosis.says("keys", "fail", &format!("sshtpm rm {lost}"));

    alice.generate("", "new", none()).expect("a new key");
    let diagnosis = Diagnosis::of(alice);
    assert_eq!(diagnosis.output.code(), 0, "{}", diagnosis.output);
    diagnosis.says("keys", "warn", "1 of 2 keys is lost");
}

#[test]
fn a_host_is_contacted_only_if_doctor_is_told_to() {
    let world = World::new();
    let _agent = healthy(&world);
    let alice = world.alice();
    world.root().run("ssh-keygen -A").ok();
    let sshd = Sshd::start(world.machine());
    let scan = "ssh-keyscan localhost >/home/alice/.ssh/known_hosts";
    alice.command("sh -c").arg(scan).run().ok();
    let logins = || {
        sshd.daemon
            .log()
            .matches("authenticating user alice")
            .count()
    };

    let looked = alice.run("sshtpm doctor alice@localhost").ok();
    assert!(looked.stdout.contains("ok       host key"), "{looked}");
    assert!(!looked.stdout.contains(" login   "), "{looked}");

    let tried = alice.run("sshtpm doctor --connect alice@localhost");
    let tried = tried.fails_with(1);
    assert!(tried.stdout.contains("fail     login"), "{tried}");
    // sshd tells a moment later, and would tell of both.
    wait::until("a login", wait::EFFECT, || (logins() > 0).then_some(()));
    assert_eq!(logins(), 1);
    alice.run("sshtpm doctor --connect").fails_with(2);
    alice.run("sshtpm doctor @").fails_with(2);
}

/// A disconnect in plain text, as anyone can send it who answers for a host. Its reason has lines
/// such as ssh writes.
fn disconnect() -> Vec<u8> {
    let reason = b"x\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\n\
        debug1: Server host key: ssh-ed25519 SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\r\n\
        Authenticated to alpha ([::1]:22) using \"publickey\".\r";
    let mut payload = vec![1, 0, 0, 0, 2];
    payload.extend(u32::try_from(reason.len()).expect("short").to_be_bytes());
    payload.extend(reason);
    payload.extend([0; 4]);
    let padding = 16 - (payload.len() + 5) % 8;
    let length = u32::try_from(payload.len() + padding + 1).expect("short");
    let mut packet = b"SSH-2.0-x: Permission denied (publickey).\r\n".to_vec();
    packet.extend(length.to_be_bytes());
    packet.push(u8::try_from(padding).expect("short"));
    packet.extend(payload);
    packet.extend(vec![0; padding]);
    packet
}

#[test]
fn a_host_does_not_write_what_doctor_says() {
    let world = World::new();
    let alice = world.alice();
    let _agent = healthy(&world);
    let listener = world.machine().enter(|| TcpListener::bind("127.0.0.1:22"));
    let listener = listener.expect("port 22 is free");
    let host = std::thread::spawn(move || {
        let (mut ssh, _) = listener.accept().expect("ssh connects");
        ssh.write_all(&disconnect()).expect("ssh listens");
        let mut said = Vec::new();
        ssh.read_to_end(&mut said).map(|_| said)
    });
    let tried = alice.run("sshtpm doctor --connect alice@localhost");
    let tried = tried.fails_with(1);
    // If ssh did not connect, the host still waits for someone.
    drop(world.machine().enter(|| TcpStream::connect("127.0.0.1:22")));
    let _said = host.join().expect("the host ends");
    assert!(
        tried.stdout.contains("before a login was complete"),
        "{tried}"
    );
    for forged in ["SHA256:47DEQ", "ssh-keygen -R", "logs in to"] {
        assert!(!tried.stdout.contains(forged), "{forged}: {tried}");
    }
}

#[test]
fn sshds_host_keys_are_looked_at_where_sshd_has_some() {
    let world = World::new();
    let root = world.root();
    let agent = Agent::start(world.host_user());
    root.run("ssh-keygen -A").ok();
    root.run("sshtpm host-keys generate").ok();
    root.run("sshtpm host-keys enable").ok();
    Diagnosis::of(root).says("sshd", "ok", "serves sshd");
    Diagnosis::of(world.alice()).says("sshd", "skipped", "as root");

    drop(agent);
    Diagnosis::of(root).says("sshd", "fail", "does not answer");
}

#[test]
fn doctor_names_the_line_with_which_nobody_can_log_in() {
    let world = World::new();
    let root = world.root();
    let _agent = Agent::start(world.host_user());
    root.run("sshtpm host-keys ensure").ok();
    let write = |text: &str| root.write("/etc/ssh/sshd_config.d/90-later.conf", text);
    write("PubkeyAcceptedAlgorithms ssh-ed25519,rsa-sha2-512\n");
    let diagnosis = Diagnosis::of(root);
    diagnosis.says(
        "sshd",
        "warn",
        "line 1 of /etc/ssh/sshd_config.d/90-later.conf",
    );
    diagnosis.says("sshd", "warn", "sshtpm keygen -t rsa");

    write("Match User alice\nPubkeyAcceptedAlgorithms rsa-sha2-512\n");
    Diagnosis::of(root).says("sshd", "ok", "");
    let sudo = Diagnosis::in_environment(root, &[("SUDO_USER", "alice")]);
    sudo.says("sshd", "warn", "alice cannot log in");

    write("\nHostKeyAlgorithms ssh-ed25519,rsa-sha2-512\n");
    let diagnosis = Diagnosis::of(root);
    diagnosis.says("sshd", "fail", "nobody can log in");
    diagnosis.says(
        "sshd",
        "fail",
        "line 2 of /etc/ssh/sshd_config.d/90-later.conf",
    );
    diagnosis.says("sshd", "fail", "sshtpm host-keys generate -t rsa");
}

#[test]
fn a_key_type_that_ssh_never_offers_is_a_warning() {
    let world = World::new();
    let _agent = healthy(&world);
    let alice = world.alice();
    let config = "/home/alice/.ssh/config";
    let setting = format!(
        "PubkeyAcceptedAlgorithms sk-ssh-ed25519@openssh.com\n{}",
        alice.read(config)
    );
    alice.write(config, setting);
    Diagnosis::of(alice).says("ssh", "warn", "PubkeyAcceptedAlgorithms");
    let made = alice.run("sshtpm keygen -f /home/alice/other").ok();
    let made = made.complains("ssh never offers ECDSA 256");
    made.complains("no type that a TPM can make");
    let setup = alice.run("sshtpm setup --yes").fails_with(1);
    setup.complains("ssh never offers ECDSA 256");
}

#[test]
fn doctor_asks_for_no_password() {
    let rule = "polkit.addRule(function(action, subject) {
        if (action.id.indexOf('org.sshtpm.') == 0) return polkit.Result.AUTH_SELF;
    });";
    let world = World::with_rule(rule);
    let alice = world.alice();
    let diagnosis = alice
        .with(
            sshtpm_tests::answers::Person::Accepts,
            "sshtpm doctor --json",
        )
        .run();
    let json = diagnosis.json();
    assert!(json.to_string().contains("wants a password"), "{json}");
    assert_eq!(alice.prompts(), Vec::<Value>::new());
}
