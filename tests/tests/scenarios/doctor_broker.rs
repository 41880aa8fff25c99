//! `sshtpm doctor` where bus, broker, polkit, the TPM or a key in it is what fails.

use sshtpm_tests::call::none;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{World, polkit};

use super::doctor::{Diagnosis, healthy};

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
fn a_polkit_with_slow_rules_is_heard_as_the_broker_hears_it() {
    let world = World::new();
    let _agent = healthy(&world);
    world.stop_polkit();
    let rule = "polkit.addRule(function(action, subject) {
        if (action.id == 'org.sshtpm.Broker1.use-own-key') polkit.spawn(['sleep', '6']);
        if (action.id == 'org.sshtpm.Broker1.create-own-key') polkit.spawn(['sleep', '6']);
    });";
    polkit::write_rule(world.machine(), rule);
    world.start_polkit();
    Diagnosis::of(world.alice()).says("polkit", "ok", "generate keys");
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
fn a_lost_key_is_named_with_what_to_do() {
    let world = World::new();
    let _agent = healthy(&world);
    let alice = world.alice();
    world.stop_broker();
    tool(world.machine(), "tpm2_clear -c platform").ok();
    world.start_broker();
    world.wait_for_tpm("ready");
    let diagnosis = Diagnosis::of(alice);
    diagnosis.fails_only(&["keys"]);
    diagnosis.says("keys", "fail", "sshtpm recover");

    alice.generate("", "new", none()).expect("a new key");
    let diagnosis = Diagnosis::of(alice);
    assert_eq!(diagnosis.output.code(), 0, "{}", diagnosis.output);
    diagnosis.says("keys", "warn", "1 of 2 keys is lost");
}
