//! How many commands reach the TPM from programs with a PKCS #11 module, ours or tpm2-pkcs11.

use super::chip_proxy::{self, ChipProxy};
use super::commands::counted;
use super::our_module::{self, KIND};
use super::provider::Provider;
use super::row::Row;
use super::tpm2_pkcs11::Installed;
use crate::World;
use crate::broker::CONFIG;

/// Counts those of both, with the tokens that there are.
pub(super) fn count(ours: &World, theirs: &World, others: Option<&Installed<'_>>) -> Vec<Row> {
    let proxy = ChipProxy::start(ours.machine());
    let config = format!("tpm = \"{}\"\n", chip_proxy::TCTI);
    ours.root().write(CONFIG, config);
    ours.restart_broker();
    ours.wait_for_tpm("ready");
    let provider = our_module::of(ours.alice());
    let mut rows = Vec::from(of(&provider, &proxy, "module", "our module"));
    if let Some(others) = others {
        let proxy = ChipProxy::start(theirs.machine());
        let provider = others.provider(KIND, chip_proxy::TCTI);
        let of_theirs = of(&provider, &proxy, "tpm2-pkcs11", "tpm2-pkcs11");
        rows.extend(of_theirs.map(Row::not_kept));
    }
    rows
}

fn of(provider: &Provider<'_>, proxy: &ChipProxy, id: &str, name: &str) -> [Row; 3] {
    let row = |part: &str, what: &str, unit: &str, (all, counts): (f64, String)| {
        let what = format!("TPM commands, {what}, {name}");
        Row::new(format!("commands.{id}.{part}"), what)
            .exact(all, unit)
            .note(counts)
    };
    let list = counted(proxy, || {
        provider.list(1);
    });
    let agent = provider.start_agent();
    let mut signer = agent.signer();
    let mut sign = || {
        counted(proxy, || {
            signer.sign().expect("the agent signs");
        })
    };
    [
        row("list", "ssh-keygen -D", "a list", list),
        row(
            "first-use",
            "ssh-agent's first use of a key",
            "a signature",
            sign(),
        ),
        row("second-use", "second use of it", "a signature", sign()),
    ]
}
