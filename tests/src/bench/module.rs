//! Our PKCS #11 module in OpenSSH's programs, in turns with tpm2-pkcs11 at a TPM of its own.
//!
//! Each kind of key has a user of its own, so that each module has one key to show.

use super::kind::Kind;
use super::our_module::KIND;
use super::plan::Plan;
use super::provider::Provider;
use super::row::Row;
use super::sampling::{Pair, Rounds};
use super::tpm2_pkcs11::{Installed, NOT_THERE};
use super::{memory, module_commands, our_module, stage};
use crate::World;
use crate::swtpm::TCTI;
use crate::user::User;

/// Measures it.
pub fn measure(plan: Plan) -> Vec<Row> {
    let (ours, theirs) = (stage::without_broker(), stage::without_broker());
    stage::start_broker(&ours);
    let others = Installed::find(theirs.alice());
    let others = others.as_ref();
    let mut rows = Vec::from(Kind::ALL.map(|kind| signatures(plan, &ours, others, kind)));
    let provider = our_module::of(ours.alice());
    rows.push(lists(plan, &provider, others));
    rows.push(helper(&provider, "pkcs11.module.memory", "our module"));
    if let Some(others) = others {
        let provider = others.provider(KIND, TCTI);
        rows.push(helper(&provider, "pkcs11.memory", "tpm2-pkcs11").not_kept());
        others.sweep();
    }
    rows.extend(module_commands::count(&ours, &theirs, others));
    rows
}

fn signatures(plan: Plan, world: &World, others: Option<&Installed<'_>>, kind: Kind) -> Row {
    let what = format!("sign {}, ssh-agent with our module", kind.title());
    let row = Row::new(format!("pkcs11.module.{}", kind.id()), what);
    let user = owner(world, kind);
    kind.generate_raw(user);
    let Some(others) = others else {
        return row.note(NOT_THERE);
    };
    let agents = [
        others.token(kind).start_agent(),
        our_module::of(user).start_agent(),
    ];
    let [mut theirs, mut ours] = agents.each_ref().map(|agent| agent.signer());
    stage::warm_up(&mut theirs);
    stage::warm_up(&mut ours);
    let pair = Pair::measure(
        plan.rounds(),
        || stage::sign_for(&mut theirs, plan.turn()),
        || stage::sign_for(&mut ours, plan.turn()),
    );
    drop(agents);
    others.sweep();
    beside(row, &pair)
}

fn owner(world: &World, kind: Kind) -> User<'_> {
    match kind {
        Kind::P256 => world.alice(),
        Kind::P384 => world.bob(),
        Kind::Rsa2048 => world.machine().user("carol"),
    }
}

fn lists(plan: Plan, ours: &Provider<'_>, others: Option<&Installed<'_>>) -> Row {
    let row = Row::new("pkcs11.module.list", "ssh-keygen -D, 1 key, our module");
    let Some(others) = others else {
        return row.note(NOT_THERE);
    };
    let theirs = others.provider(KIND, TCTI);
    let lists = 3;
    let rounds = Rounds {
        count: plan.pick(6, 2),
        turns: plan.pick(4, 1),
    };
    let pair = Pair::measure(rounds, || theirs.list(lists), || ours.list(lists));
    others.sweep();
    beside(row, &pair)
}

/// The process that ssh-agent loads the module into, once it has listed the key.
fn helper(provider: &Provider<'_>, id: &str, name: &str) -> Row {
    let agent = provider.start_agent();
    let what = format!("memory, ssh-pkcs11-helper, {name}");
    memory::of_process(id, &what, agent.helper())
}

/// It is not about programs of ours alone, so nothing is kept.
fn beside(row: Row, pair: &Pair) -> Row {
    let note = "the floor is the same with tpm2-pkcs11, at a TPM of its own and without a broker";
    row.against_floor(pair).not_kept().note(note)
}
