//! What polkit costs a signature with a hot key: how often it is asked, and how long it takes to
//! answer.

use std::time::Duration;

use super::kind::Kind;
use super::plan::Plan;
use super::row::{Better, Goal, Row};
use super::sampling::{Pair, Range, Times};
use super::stage;
use crate::agent::Agent;
use crate::call::Request;
use crate::load::Signer;
use crate::user::Running;
use crate::{World, broker, wait};

/// Most that polkit may add to a signature, in milliseconds.
const GOAL_MS: f64 = 0.2;

/// What has polkit asked each time.
const ASK_EACH_TIME: &str = "[polkit]\nreuse-seconds = 0";

/// A question, and what is called after the last one, as the bus sees them.
const QUESTION: &str = "member=CheckAuthorization";
const MARK: &str = "member=Ping";

/// How long an answer is reused by default (`reuse-seconds` in `broker.toml`).
const REUSE: Duration = Duration::from_secs(5);

/// What the broker says when it has read its configuration anew, and what when it could not.
const RELOADED: &str = "the configuration was read again";
const NOT_RELOADED: &str = "the configuration stays as it was";

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = World::new();
    let agent = Agent::start(world.alice());
    let (_, public_key) = Kind::P256.generate(world.alice());
    let mut signer = Signer::new(&agent, &public_key);
    stage::warm_up(&mut signer);
    vec![
        share(plan, &world, &mut signer),
        with_and_without_reuse(plan, &world, &mut signer),
    ]
}

/// Questions for each signature, times what one costs.
fn share(plan: Plan, world: &World, signer: &mut Signer) -> Row {
    let time = plan.pick(3, 1) * REUSE + plan.turn();
    let mut signed = Vec::new();
    let asked = questions_during(world, || signed = stage::sign_for(signer, time));
    let signatures = signed.len();
    let cost = cost_of_one(plan, world);
    let row = Row::new("polkit.share", "polkit's share of a signature, hot key");
    let (Some(cost), Some(signed)) = (Times::of(&cost), Times::of(&signed)) else {
        return row.note("not measured: no question was answered");
    };
    let each = ratio(asked, signatures);
    let share_ms = each * cost.median_ms;
    // One question more or less is chance: it depends on how long all of it takes.
    let range = Range {
        middle: each,
        low: (each - ratio(2, signatures)).max(0.0),
        high: each + ratio(2, signatures),
    };
    row.times(Some(cost))
        .kept(Some(range), Better::Less)
        .figure(Some(share_ms), "ms")
        .goal(Goal::AtMost(GOAL_MS))
        .note(format!(
            "{asked} questions for {signatures} signatures of {:.2} ms; \
             the times are those of one question",
            signed.median_ms
        ))
}

fn ratio(part: usize, whole: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(whole)
}

/// Counts the questions by listening to the bus.
fn questions_during(world: &World, work: impl FnOnce()) -> usize {
    let listen = world.root().command("dbus-monitor --system");
    let listen = listen.arg("type='method_call',member='CheckAuthorization'");
    let monitor = listen.arg("type='method_call',member='Ping'").start();
    let before = heard(world, &monitor);
    work();
    let heard = heard(world, &monitor) - before;
    monitor.kill();
    heard
}

/// How many questions it has heard of, when it has heard of a call that was made after them.
fn heard(world: &World, monitor: &Running) -> usize {
    let count = |what| monitor.stdout().matches(what).count();
    let before = count(MARK);
    wait::until("dbus-monitor", wait::EFFECT, || {
        world.root().run("bus-clock 1 ping").ok();
        (count(MARK) > before).then_some(())
    });
    count(QUESTION)
}

fn cost_of_one(plan: Plan, world: &World) -> Vec<Duration> {
    questions(world, plan.pick(200, 60))
}

/// Asks polkit about alice's agent, as the broker does.
fn questions(world: &World, count: usize) -> Vec<Duration> {
    let subject = connection_of(world, world.alice().uid());
    let asked = world
        .root()
        .run(&format!("bus-clock {count} polkit={subject}"))
        .ok();
    let micros = asked.stdout.lines().filter_map(|line| line.split_once(' '));
    let micros = micros.map(|(_, micros)| micros.parse().expect("a number"));
    micros.map(Duration::from_micros).collect()
}

/// The unique name of a user's connection to the bus.
fn connection_of(world: &World, uid: u32) -> String {
    let root = world.root();
    let names = root
        .call(&Request::to_bus("ListNames"))
        .expect("the bus lists them");
    let names = names.get(0).and_then(serde_json::Value::as_array).cloned();
    let is_the_users = |name: &&str| {
        let asked = Request::to_bus("GetConnectionUnixUser").with(*name);
        root.call(&asked) == Ok(serde_json::json!([uid]))
    };
    let names = names.unwrap_or_default();
    let mut unique = names.iter().filter_map(|name| name.as_str());
    let found = unique.find(|name| name.starts_with(':') && is_the_users(name));
    found.expect("the agent is on the bus").to_owned()
}

/// The default against a question each time, in turns by reloading the configuration.
fn with_and_without_reuse(plan: Plan, world: &World, signer: &mut Signer) -> Row {
    let row = Row::new(
        "polkit.reuse",
        "a signature, answers reused against asking each time",
    );
    if !reload(world, ASK_EACH_TIME) {
        return row.note("not measured: the broker knows no [polkit] reuse-seconds");
    }
    let mut pair = Pair::default();
    for _ in 0..2 * plan.rounds().count {
        assert!(reload(world, ASK_EACH_TIME), "it was taken before");
        stage::warm_up(signer);
        let asking = stage::sign_for(signer, 3 * plan.turn());
        assert!(reload(world, ""), "the default is right");
        stage::warm_up(signer);
        pair.add(stage::sign_for(signer, 3 * plan.turn()), asking);
    }
    row.against_floor(&pair)
        .note("not a floor: the time with a question for each signature")
}

/// Whether the broker took `lines` into its configuration.
fn reload(world: &World, lines: &str) -> bool {
    let count = |log: &str, what| log.matches(what).count();
    let before = world.broker_log();
    broker::write_config(world.machine(), lines);
    world.reload_broker();
    wait::until("the configuration", wait::EFFECT, || {
        let now = world.broker_log();
        let more = |what| count(&now, what) > count(&before, what);
        if more(RELOADED) {
            return Some(true);
        }
        more(NOT_RELOADED).then_some(false)
    })
}
