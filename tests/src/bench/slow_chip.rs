//! The same with the speed of real chips, where the TPM is nearly all of the time.

use std::time::Duration;

use super::chip_proxy::{ChipProxy, PROXY_PORT};
use super::chips::{Chip, DISCRETE, FIRMWARE, OF_THE_GOAL};
use super::floor::Floor;
use super::kind::Kind;
use super::plan::Plan;
use super::row::{Goal, Row};
use super::sampling::{Pair, Rounds, milliseconds};
use super::stage;
use crate::agent::Agent;
use crate::load::Signer;

/// Most that a whole request may take, as a multiple of TPM2_Sign.
const GOAL: f64 = 1.05;

/// Keys in turn, so that each has left its place in the TPM when it comes again: swtpm has three.
const KEYS_IN_TURN: usize = 4;

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let (world, proxy) = stage::behind_proxy("");
    let mut floors = stage::floors(&world, PROXY_PORT);
    stage::start_broker(&world);
    let agent = Agent::start(world.alice());
    let mut rows = Vec::new();
    for floor in floors.iter_mut().filter(|floor| floor.kind() != Kind::P384) {
        proxy.be(None);
        let generate = |_| Kind::generate(floor.kind(), world.alice()).1;
        let keys = (0..KEYS_IN_TURN).map(generate).collect::<Vec<_>>();
        let mut clients: Vec<_> = keys.iter().map(|key| Signer::new(&agent, key)).collect();
        for chip in [FIRMWARE, DISCRETE, OF_THE_GOAL] {
            let mut bench = Bench {
                plan,
                chip,
                floor,
                proxy: &proxy,
            };
            rows.extend(bench.hot(&mut clients));
            rows.push(bench.in_turn(&mut clients));
        }
    }
    rows
}

struct Bench<'b, 'm> {
    plan: Plan,
    chip: Chip,
    floor: &'b mut Floor<'m>,
    proxy: &'b ChipProxy,
}

impl Bench<'_, '_> {
    /// One key that is used again and again.
    fn hot(&mut self, clients: &mut [Signer]) -> Option<Row> {
        let (kind, chip, turn) = (self.floor.kind(), self.chip, self.turn());
        let signer = clients.first_mut()?;
        self.proxy.be(None);
        stage::warm_up(signer);
        self.proxy.be(Some(chip));
        let pair = Pair::measure(
            self.rounds(),
            || self.floor.sign_for(turn),
            || stage::sign_for(signer, turn),
        );
        let row = self.row("hot", "hot key").against_floor(&pair);
        let is_goal = kind == Kind::P256 && chip == OF_THE_GOAL;
        Some(if is_goal {
            against_nominal(row, chip)
        } else {
            row
        })
    }

    /// Keys that have to be loaded each time.
    fn in_turn(&mut self, clients: &mut [Signer]) -> Row {
        let turn = self.turn();
        self.proxy.be(Some(self.chip));
        let pair = Pair::measure(
            self.rounds(),
            || self.floor.sign_for(turn),
            || {
                clients
                    .iter_mut()
                    .map(|one| one.sign().expect("the agent signs"))
                    .collect()
            },
        );
        let what = format!("{KEYS_IN_TURN} keys in turn");
        self.row("in-turn", &what).against_floor(&pair)
    }

    /// Few: a slow chip takes long for each.
    fn rounds(&self) -> Rounds {
        let count = self.plan.pick(3, 1);
        Rounds { count, turns: 1 }
    }

    /// A few signatures.
    fn turn(&self) -> Duration {
        let one = match self.floor.kind() {
            Kind::Rsa2048 => self.chip.sign_rsa2048,
            _ => self.chip.sign_p256,
        };
        let few = one * self.plan.pick(5, 1);
        few.max(self.plan.pick(4, 1) * self.plan.turn())
    }

    fn row(&self, id: &str, what: &str) -> Row {
        let (chip, kind) = (self.chip, self.floor.kind());
        let id = format!("slow.{}.{}.{id}", chip.id, kind.id());
        Row::new(id, format!("{}: {}, {what}", chip.title, kind.title()))
    }
}

/// The goal is not against what libtss2 needs for the same, but against the chip's time alone.
fn against_nominal(row: Row, chip: Chip) -> Row {
    let chip_ms = milliseconds(chip.sign_p256);
    let figure = row.ours.map(|ours| ours.median_ms / chip_ms);
    row.figure(figure, "x 70 ms").goal(Goal::AtMost(GOAL))
}
