//! `sshtpm tpm bench`: what it measures, what it leaves, and what users notice of it.

use std::time::Duration;

use serde_json::Value;
use sshtpm_tests::bench::chips::DISCRETE;
use sshtpm_tests::bench::kind::Kind;
use sshtpm_tests::bench::stage;
use sshtpm_tests::load::Signer;
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{Agent, World, wait};

/// What was measured: how often, and the median in microseconds.
fn measured(bench: &Value, command: &str) -> (u64, u64) {
    let figure = &bench["commands"][command];
    let number = |field: &str| figure[field].as_u64().expect(command);
    (number("count"), number("median"))
}

#[test]
fn a_bench_measures_each_command_and_leaves_no_key() {
    let world = World::new();
    let bench = world.root().run("sshtpm tpm bench --rsa --json");
    let bench = bench.ok().json();
    for command in ["round-trip", "session", "load-p256", "sign-rsa2048"] {
        let (count, median) = measured(&bench, command);
        assert!(count == 5 && median > 0, "{command}: {bench:#}");
    }
    assert_eq!(measured(&bench, "create-rsa2048").0, 1);
    let keys = world.root().run("sshtpm list --json").ok().json();
    assert_eq!(keys.as_array().map(Vec::len), Some(0), "{keys}");
    for kind in ["transient", "loaded-session"] {
        let left = tool(world.machine(), &format!("tpm2_getcap handles-{kind}"));
        assert_eq!(left.ok().stdout.trim(), "", "{kind}");
    }
}

#[test]
fn a_user_signs_between_the_commands_of_a_bench() {
    let (world, proxy) = stage::behind_proxy("");
    stage::start_broker(&world);
    let agent = Agent::start(world.alice());
    let (_, key) = Kind::P256.generate(world.alice());
    let mut signer = Signer::new(&agent, &key);
    stage::warm_up(&mut signer);
    proxy.be(Some(DISCRETE));
    let mut bench = world.root().command("sshtpm tpm bench --json").start();
    let mut longest = Duration::ZERO;
    while !bench.has_ended() {
        longest = longest.max(signer.sign().expect("the broker signs"));
    }
    let bench: Value = wait::until("the figures", wait::EFFECT, || {
        serde_json::from_str(&bench.stdout()).ok()
    });
    let (_, sign) = measured(&bench, "sign-p256");
    assert!(sign >= 190_000, "it is not the chip that was measured");
    let of_one = ["round-trip", "session", "create-p256", "load-p256"];
    let turn = sign
        + of_one
            .map(|one| measured(&bench, one).1)
            .iter()
            .sum::<u64>();
    // All five turns in one go would have let her wait for longer than this.
    let most = Duration::from_micros(4 * turn);
    assert!(longest < most, "a signature took {longest:?}");
}
