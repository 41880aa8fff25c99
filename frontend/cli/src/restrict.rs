//! `sshtpm restrict`: changes what a key may be used for.

use super::args::RestrictArgs;
use super::error::Failure;
use super::key_selector::{KeySelector, describe};
use super::nobody;
use super::output::Output;
use super::restrictions::{Restrictions, changes};
use super::session::{Options, Session};

/// Runs the command.
///
/// # Errors
///
/// Nothing is to be changed, no single key is meant, a host is not known, or the broker refuses.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &RestrictArgs,
) -> Result<(), Failure> {
    let wanted = wanted(args).await?;
    let keys = session.list(None).await?;
    let before = KeySelector::new(&args.key).find(&keys, None)?;
    nobody::warn_before(false, wanted.confirm == Some(true) && !before.confirm);
    let mut options = Options::new();
    wanted.add_to(&mut options);
    let after = session
        .call("cannot change the key", async |keys| {
            keys.restrict(&before.fingerprint, &options).await
        })
        .await?;
    let changes = changes(before, &after);
    match changes.as_slice() {
        [] => output.notice(&format!("{}\nNothing changed.", describe(before))),
        changes => output.notice(&format!("{}\n{}", describe(&after), changes.join("\n"))),
    }
}

async fn wanted(args: &RestrictArgs) -> Result<Restrictions, Failure> {
    let mut wanted = Restrictions::of(&args.restrictions).await?;
    if args.any_namespace {
        wanted.namespaces = Some(Vec::new());
    }
    if args.anywhere {
        wanted.destinations = Some(Vec::new());
    }
    if args.forwarding {
        wanted.forwarding = Some(true);
    }
    if args.no_confirm {
        wanted.confirm = Some(false);
    }
    if args.no_while_unlocked {
        wanted.while_unlocked = Some(false);
    }
    if wanted.is_nothing() {
        let text =
            "nothing to change was named; `sshtpm restrict --help` lists what can be changed";
        return Err(Failure::Usage(text.to_owned()));
    }
    Ok(wanted)
}
