//! Other programs with SSH keys, each in turns with ours in one run: a signature by a key that is
//! ready, a list of one key, and the making of a key.
//!
//! Each peer has a machine of its own, with a TPM of its own and without a broker: swtpm has no
//! places for two.

use std::time::Duration;

use super::kind::Kind;
use super::peer::Peer;
use super::plan::Plan;
use super::provider::TokenAgent;
use super::row::Row;
use super::sampling::{Pair, Rounds, repeat_for, time_of};
use super::tpm2_pkcs11::{self, Installed};
use super::{our_module, provider, repeated, ssh_tpm_agent, stage};
use crate::agent::{Agent, Connection};
use crate::broker;
use crate::load::Signer;
use crate::{World, other_agent};

/// Message number of REQUEST_IDENTITIES (RFC 9987).
const REQUEST_IDENTITIES: [u8; 1] = [11];

/// Allows the keys that are made.
const ENOUGH: &str = "[limits]\nkeys-per-user = 100\nkeys-generated-per-hour = 100";

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let world = stage::without_broker();
    broker::write_config(world.machine(), ENOUGH);
    stage::start_broker(&world);
    let agent = Agent::start(world.alice());
    let (_, key) = Kind::P256.generate(world.alice());
    let ours = Ours { plan, agent, key };
    let mut rows = ours.beside(&with_files(&stage::without_broker()));
    let other = stage::without_broker();
    rows.extend(match Installed::find(other.alice()) {
        None => not_there("tpm2-pkcs11", tpm2_pkcs11::NOT_THERE),
        Some(installed) => ours.beside(&with_tokens(&other, &installed)),
    });
    let other = stage::without_broker();
    rows.extend(match ssh_tpm_agent::start(&other) {
        None => not_there("ssh-tpm-agent", ssh_tpm_agent::NOT_THERE),
        Some(peer) => ours.beside(&peer),
    });
    rows
}

fn not_there(peer: &str, why: &str) -> Vec<Row> {
    let row = Row::new(format!("peers.{peer}"), format!("beside {peer}"));
    vec![row.note(why)]
}

/// OpenSSH's agent with a key from a file.
fn with_files(world: &World) -> Peer<'_> {
    let alice = world.alice();
    let socket = format!("{}/files.sock", alice.runtime_directory());
    let agent = other_agent::open_ssh(alice, &socket);
    let make = "ssh-keygen -q -t ecdsa -N '' -f file && ssh-add -q file";
    let make = alice.command("sh -c").arg(make);
    make.env("SSH_AUTH_SOCK", &socket).run().ok();
    Peer {
        id: "files",
        title: "ssh-agent with key files",
        shell: Box::new(move || alice.command("bash -c")),
        keygen: "ssh-keygen -q -t ecdsa -N '' -f k$RANDOM$RANDOM".to_owned(),
        public_key: alice.read(&format!("{}/file.pub", alice.home())),
        socket,
        machine: world.machine(),
        daemons: vec![agent],
    }
}

/// OpenSSH's agent with a token of tpm2-pkcs11.
fn with_tokens<'m>(world: &'m World, installed: &Installed<'m>) -> Peer<'m> {
    let token = installed.token(our_module::KIND);
    let TokenAgent {
        user,
        daemon,
        public_key,
    } = token.start_agent();
    Peer {
        id: "tpm2-pkcs11",
        title: "ssh-agent with tpm2-pkcs11",
        keygen: format!("{} >/dev/null", installed.keygen(our_module::KIND)),
        shell: Box::new(move || token.command("bash -c")),
        public_key,
        socket: provider::socket(user),
        machine: world.machine(),
        daemons: vec![daemon],
    }
}

/// Our agent, and what is measured with it.
struct Ours<'m> {
    plan: Plan,
    agent: Agent<'m>,
    key: String,
}

impl Ours<'_> {
    fn beside(&self, peer: &Peer<'_>) -> Vec<Row> {
        let row = |id: &str, what: &str, pair: &Pair| {
            let id = format!("peers.{}.{id}", peer.id);
            let row = Row::new(id, format!("{what}, beside {}", peer.title));
            row.against_floor(pair)
                .not_kept()
                .note("the floor is the same by that program")
        };
        vec![
            row("sign", "sign P-256, hot key", &self.signatures(peer)),
            row("list", "list of one key", &self.lists(peer)),
            row("keygen", "make a P-256 key", &self.new_keys(peer)),
        ]
    }

    fn signatures(&self, peer: &Peer<'_>) -> Pair {
        let mut theirs = Signer::on(peer.connect(), peer.public_key.trim());
        let mut ours = Signer::new(&self.agent, &self.key);
        stage::warm_up(&mut theirs);
        stage::warm_up(&mut ours);
        Pair::measure(
            self.plan.rounds(),
            || stage::sign_for(&mut theirs, self.plan.turn()),
            || stage::sign_for(&mut ours, self.plan.turn()),
        )
    }

    fn lists(&self, peer: &Peer<'_>) -> Pair {
        let (mut theirs, mut ours) = (peer.connect(), self.agent.connect());
        Pair::measure(
            self.plan.rounds(),
            || lists_for(&mut theirs, self.plan.turn()),
            || lists_for(&mut ours, self.plan.turn()),
        )
    }

    /// From the start of the program to its end.
    fn new_keys(&self, peer: &Peer<'_>) -> Pair {
        let rounds = Rounds {
            count: self.plan.pick(3, 2),
            turns: 1,
        };
        let keys = self.plan.pick(3, 1);
        let ours = "sshtpm keygen -q -f k$RANDOM$RANDOM";
        Pair::measure(
            rounds,
            || repeated::times((peer.shell)(), keys, &peer.keygen),
            || repeated::times(self.agent.command("bash -c"), keys, ours),
        )
    }
}

fn lists_for(agent: &mut Connection, time: Duration) -> Vec<Duration> {
    repeat_for(time, || {
        time_of(|| {
            agent.ask(&REQUEST_IDENTITIES).expect("an answer");
        })
    })
}
