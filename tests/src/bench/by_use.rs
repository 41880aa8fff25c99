//! Commands for signatures by keys that the TPM keeps by their use (`persistent = "auto"`), beside
//! those by keys that take turns in the TPM.

use super::commands::counted;
use super::kind::Kind;
use super::plan::Plan;
use super::row::{Goal, Row};
use super::stage;
use crate::agent::Agent;
use crate::call::none;
use crate::load::Signer;
use crate::{User, World, wait};

/// Users who sign in turn, with one key each: two more than find a place by use.
const USERS: [&str; 8] = [
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi",
];

/// Of these, whose keys find one.
const PLACES: usize = 6;

/// Turns after which each key was used enough.
const ENOUGH: usize = 22;

/// The broker may choose.
const AUTO: &str = "persistent = \"auto\"";

/// A place by use saves the loading of a key.
const KEPT: f64 = 1.0;

/// Counts them: for one user, four and eight, before and after.
pub fn measure(_plan: Plan) -> Vec<Row> {
    [1, 4, USERS.len()].into_iter().flat_map(in_turn).collect()
}

/// `count` users sign in turn.
fn in_turn(count: usize) -> [Row; 2] {
    let (world, proxy) = stage::behind_proxy(AUTO);
    stage::start_broker(&world);
    let users: Vec<_> = USERS
        .iter()
        .take(count)
        .map(|name| world.machine().user(name))
        .collect();
    let agents: Vec<_> = users.iter().map(|user| Agent::start(*user)).collect();
    let mut signers: Vec<_> = users
        .iter()
        .zip(&agents)
        .map(|(user, agent)| Signer::new(agent, &Kind::P256.generate(*user).1))
        .collect();
    let mut turns = |times: usize| {
        for _ in 0..times {
            for signer in &mut signers {
                signer.sign().expect("the agent signs");
            }
        }
    };
    let row = |id: &str, what: &str, (all, counts): (f64, String)| {
        let signatures = u32::try_from(count).unwrap_or(u32::MAX);
        Row::new(
            format!("by-use.{count}{id}"),
            format!("TPM commands, {count} users in turn, {what}"),
        )
        .exact(all / f64::from(signatures), "a signature")
        .note(counts)
    };
    turns(3);
    let before = row(".before", "keys not kept", counted(&proxy, || turns(1)));
    turns(ENOUGH);
    wait_until_kept(&world, &users, count.min(PLACES));
    // The first use of each looks at its place.
    turns(2);
    let after = row("", "keys kept by use", counted(&proxy, || turns(1)));
    let is_for_all = count <= PLACES;
    let after = if is_for_all {
        after.goal(Goal::AtMost(KEPT))
    } else {
        after
    };
    [before, after]
}

fn wait_until_kept(world: &World, users: &[User<'_>], at_least: usize) {
    wait::until("places by use", wait::EFFECT, || {
        let is_kept = |user: &&User<'_>| {
            let keys = user.list(none()).expect("a list");
            let first = keys.get(0).and_then(|key| key.get("PersistentBy"));
            first.is_some_and(|by| by == "use")
        };
        let kept = users.iter().filter(is_kept).count();
        (kept >= at_least).then_some(())
    });
    // Nothing more is on its way.
    world.wait_for_tpm("ready");
}
