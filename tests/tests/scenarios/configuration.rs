//! The configuration: checked, read again by a running broker, and what the service manager hears.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use sshtpm_tests::broker::{CONFIG, write_config};
use sshtpm_tests::call::{bits, none, refused};
use sshtpm_tests::daemon::Daemon;
use sshtpm_tests::signed_data::sshsig;
use sshtpm_tests::{Request, World, wait};

/// What the broker says when it has taken a new configuration.
const TAKEN: &str = "the configuration was read again";

/// What it says when it has not.
const NOT_TAKEN: &str = "the configuration stays as it was";

/// Where the service manager listens.
const NOTIFY: &str = "/run/notify";

/// The service manager's watchdog time: the broker has to be heard of twice in it.
const WATCHDOG: Duration = Duration::from_millis(400);

/// Has the broker read `lines` of TOML, and waits until it has said `outcome` about them.
fn reload(world: &World, lines: &str, outcome: &str) {
    write_config(world.machine(), lines);
    let said = world.broker_log().matches(outcome).count();
    world.reload_broker();
    wait::until(outcome, wait::EFFECT, || {
        (world.broker_log().matches(outcome).count() > said).then_some(())
    });
}

#[test]
fn a_configuration_can_be_checked_without_a_broker() {
    let world = World::empty();
    let root = world.root();
    let right = root.run("sshtpm-broker --check-config").ok();
    assert_eq!((right.stdout.as_str(), right.stderr.as_str()), ("", ""));

    write_config(world.machine(), "watchdog-second = 3");
    let wrong = root.run("sshtpm-broker --check-config").fails_with(78);
    let place = format!("{CONFIG}: line 2: watchdog-second: ");
    assert!(wrong.stderr.contains(&place), "{wrong}");

    root.write("/root/other.toml", "watchdog-seconds = 3\n");
    root.run("sshtpm-broker --check-config --config /root/other.toml")
        .ok();
    root.run("rm /root/other.toml").ok();
    root.run("sshtpm-broker --check-config --config /root/other.toml")
        .ok();
}

#[test]
fn a_configuration_that_others_can_write_is_refused() {
    let world = World::empty();
    world.start_bus();
    let root = world.root();
    for change in ["chmod g+w", "chmod o+w", "chown alice"] {
        write_config(world.machine(), "");
        root.run(&format!("{change} {CONFIG}")).ok();
        for command in ["sshtpm-broker", "sshtpm-broker --check-config"] {
            let refusal = root.run(command).fails_with(78).complains(CONFIG);
            assert!(refusal.stderr.contains("check what is in it"), "{refusal}");
        }
        root.run(&format!("rm {CONFIG}")).ok();
    }
}

#[test]
fn the_installed_configuration_is_right_as_it_is() {
    let world = World::empty();
    let installed = concat!(env!("CARGO_MANIFEST_DIR"), "/../broker/data/broker.toml");
    let installed = std::fs::read(installed).expect("the file");
    world.root().write(CONFIG, installed);
    world.root().run("sshtpm-broker --check-config").ok();
}

#[test]
fn a_reload_applies_a_lower_limit_and_another_a_higher_one() {
    let world = World::new();
    let alice = world.alice();
    let key = alice.key("first");

    reload(&world, "[limits]\nkeys-per-user = 1", TAKEN);
    let refusal = alice
        .generate("", "second", none())
        .expect_err("one too many");
    assert_eq!(refusal.kind(), "LimitsExceeded", "{refusal:?}");
    assert_eq!(alice.fingerprints(), std::slice::from_ref(&key));
    alice
        .sign(&key, &sshsig("data"), 0, none())
        .expect("a signature");

    reload(&world, "[limits]\nkeys-per-user = 2", TAKEN);
    alice.key("second");
}

#[test]
fn a_mistake_at_a_reload_changes_nothing_and_is_named_in_the_journal() {
    let world = World::with_config("[limits]\nkeys-per-user = 1");
    let alice = world.alice();
    let key = alice.key("first");

    reload(&world, "[limits]\nkeys-per-user = 0", NOT_TAKEN);
    let log = world.broker_log();
    let mut lines = log.lines().filter(|line| line.contains(NOT_TAKEN));
    let line = lines.next().expect("a line");
    let place = format!("{CONFIG}: line 3: limits.keys-per-user: ");
    assert!(line.contains(&place), "{line}");
    assert_eq!(lines.next(), None, "once is enough");

    alice
        .sign(&key, &sshsig("data"), 0, none())
        .expect("a signature");
    let answer = alice.generate("", "second", none());
    assert_eq!(refused(answer), "LimitsExceeded", "the old limit holds");
    reload(&world, "[limits]\nkeys-per-user = 2", TAKEN);
    alice.key("second");
}

#[test]
fn a_setting_that_needs_a_restart_is_logged_at_a_reload() {
    let world = World::new();
    let key = world.alice().key("laptop");
    let config = "tpm = \"device:/dev/tpmrm7\"\nstate-directory = \"/var/lib/other\"\n\
                  [limits]\nkeys-per-user = 1\n";
    world.root().write(CONFIG, config);
    world.reload_broker();
    wait::until(TAKEN, wait::EFFECT, || {
        world.broker_log().contains(TAKEN).then_some(())
    });

    let log = world.broker_log();
    for waiting in ["tpm", "state-directory"] {
        let line = format!("{CONFIG}: the new value of {waiting} takes effect after a restart");
        assert!(log.contains(&line), "no {line:?} in {log}");
    }
    let alice = world.alice();
    assert_eq!(alice.tpm("State"), Ok("ready".into()));
    assert_eq!(
        alice.tpm("Device"),
        Ok("swtpm:host=127.0.0.1,port=2321".into())
    );
    alice
        .sign(&key, &sshsig("data"), 0, none())
        .expect("a signature");
    assert_eq!(refused(alice.generate("", "", none())), "LimitsExceeded");
}

#[test]
fn a_shorter_patience_with_the_tpm_holds_after_a_reload() {
    // Far more than any bound of this test, so that only the new value can end the wait.
    let world = World::with_config("watchdog-seconds = 300");
    let key = world.alice().key("laptop");
    reload(&world, "watchdog-seconds = 1", TAKEN);
    world.freeze_tpm();
    let start = Instant::now();
    let answer = world.alice().sign(&key, &sshsig("data"), 0, none());
    assert_eq!(refused(answer), "TpmUnavailable");
    assert!(start.elapsed() < wait::EFFECT, "{:?}", start.elapsed());
    world.thaw_tpm();
    world.wait_for_tpm("ready");
}

#[test]
fn requests_under_way_do_not_notice_a_reload() {
    let world = World::new();
    let alice = world.alice();
    let generate = Request::keys("Generate")
        .with("ssh-rsa")
        .with("slow")
        .with(bits(3072));
    let generate = serde_json::to_vec(&generate).expect("JSON");
    let mut running = alice.command("bus-call").stdin(&generate).start();
    let mut reloads = 0;
    while !running.has_ended() {
        reload(
            &world,
            &format!("watchdog-seconds = {}", 20 + reloads % 2),
            TAKEN,
        );
        reloads += 1;
    }
    let answer = running.finish(wait::COMMAND).ok().stdout;
    assert!(answer.contains("slow"), "after {reloads} reloads: {answer}");
    assert_eq!(alice.fingerprints().len(), 1);
}

/// A broker whose service manager is this test.
struct Served {
    broker: Daemon,
    manager: UnixDatagram,
}

impl Served {
    fn start(world: &World) -> Self {
        let manager = world.machine().enter(|| UnixDatagram::bind(NOTIFY));
        let manager = manager.expect("a socket");
        manager
            .set_nonblocking(true)
            .expect("a socket can be asked");
        let command = world.root().command("sshtpm-broker");
        let broker = command
            .env("NOTIFY_SOCKET", NOTIFY)
            .env("WATCHDOG_USEC", WATCHDOG.as_micros().to_string())
            .daemon();
        let served = Self { broker, manager };
        served.wait_for("READY=1");
        world.wait_for_tpm("ready");
        served
    }

    /// What the manager was told and has not yet read.
    fn told(&self) -> Option<String> {
        let mut message = [0; 4096];
        let length = self.manager.recv(&mut message).ok()?;
        Some(String::from_utf8_lossy(&message[..length]).into_owned())
    }

    /// Waits for `state`, and gives the message in which it is.
    fn wait_for(&self, state: &str) -> String {
        wait::until(state, wait::START, || {
            self.told()
                .filter(|message| message.lines().any(|line| line == state))
        })
    }

    /// How often the broker did not reach itself.
    fn cut_off(&self) -> usize {
        let log = self.broker.log();
        log.matches("cannot reach itself over the bus").count()
    }
}

/// All but the broker.
fn world_without_a_broker() -> World {
    let world = World::empty();
    world.start_bus();
    world.start_polkit();
    world.start_tpm();
    world
}

#[test]
fn the_service_manager_hears_the_begin_and_end_of_every_reload() {
    let world = world_without_a_broker();
    let served = Served::start(&world);
    for (lines, outcome) in [
        ("watchdog-seconds = 30", TAKEN),
        ("watchdog-seconds = 0", NOT_TAKEN),
    ] {
        write_config(world.machine(), lines);
        served.broker.signal(Signal::SIGHUP);
        let begin = served.wait_for("RELOADING=1");
        let clock = begin
            .lines()
            .find_map(|line| line.strip_prefix("MONOTONIC_USEC="));
        let clock: u64 = clock.expect("a time").parse().expect("a number");
        assert!(clock > 0, "{begin}");
        served.wait_for("READY=1");
        assert!(served.broker.log().contains(outcome), "{lines}");
    }
    served.broker.signal(Signal::SIGTERM);
    served.wait_for("STOPPING=1");
}

#[test]
fn the_watchdog_hears_of_a_broker_that_serves_though_the_tpm_hangs() {
    let world = world_without_a_broker();
    write_config(world.machine(), "watchdog-seconds = 1");
    let served = Served::start(&world);
    world.freeze_tpm();
    assert_eq!(refused(world.alice().lockout(none())), "TpmUnavailable");
    world.wait_for_tpm("hung");
    while served.told().is_some() {}
    for _ in 0..4 {
        served.wait_for("WATCHDOG=1");
    }
    world.thaw_tpm();
    world.wait_for_tpm("ready");
}

#[test]
fn the_watchdog_does_not_hear_of_a_broker_that_no_call_reaches() {
    let world = world_without_a_broker();
    let served = Served::start(&world);
    served.wait_for("WATCHDOG=1");
    world.freeze_bus();
    let cut_off_again = || {
        let before = served.cut_off();
        wait::until("another failure", wait::START, || {
            (served.cut_off() > before).then_some(())
        });
    };
    // What was on its way when the bus stopped.
    cut_off_again();
    while served.told().is_some() {}
    cut_off_again();
    cut_off_again();
    assert_eq!(served.told(), None);

    world.thaw_bus();
    served.wait_for("WATCHDOG=1");
}
