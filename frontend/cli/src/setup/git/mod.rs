//! `sshtpm setup --git`: git signs commits and tags with a key in the TPM, and trusts them.
//!
//! May touch, with the user's consent: git's configuration of the user, by git, and the file of
//! allowed signers. Must never replace a setting without a question, or request a signature.
//!
//! Nothing here depends on how ssh finds the agent: where only ssh's configuration names it, git
//! gets a program that shows ssh-keygen the way.

mod agreement;
mod change;
mod plan;
pub(super) mod settings;
mod signers;
mod signing_key;
mod ssh_program;

use std::path::Path;

use sshtpm_dbus::KeyInfo;

use self::plan::{Plan, SIGNING_KEY};
use self::settings::Kind;
use super::consent::Consent;
use super::key::OwnKey;
use crate::error::Failure;
use crate::key_selector::describe;
use crate::output::Output;

/// What setting up git takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish<'a> {
    /// The name of the key, if one was named.
    pub(super) key: Option<&'a str>,
    /// How the user agrees; `None` if there is nobody to ask.
    pub(super) consent: Option<Consent>,
}

/// Sets git up.
///
/// # Errors
///
/// No key may sign, a setting could not be made, or the user was not asked or declined.
pub(super) async fn run(
    output: Output,
    wish: Wish<'_>,
    keys: &[KeyInfo],
    home: &Path,
) -> Result<(), Failure> {
    let now = settings::read(SIGNING_KEY, Kind::Path).await?;
    let key = signing_key::choose(keys, wish.key, now.as_deref(), home)?;
    if wish.key.is_none() {
        tell_left_out(output, keys, &key)?;
    }
    let name = describe(&key.info);
    let (plan, always) = (Plan::for_key(&key, home).await?, Plan::always().await?);
    let Some(consent) = wish.consent else {
        return without_consent(output, &plan, &always);
    };
    let is_new = !plan.is_nothing();
    if is_new {
        agreement::to_plan(output, consent, &plan, &name).await?;
        let back = plan.way_back();
        change::apply(plan, home).await?;
        tell(output, &format!("git signs with your key {name}."), &back)?;
    } else {
        output.notice(&format!("git signs with your key {name}."))?;
    }
    // What was done is whole, and told, whatever comes of this.
    if agreement::to_always(output, consent, &always, is_new).await? {
        let back = always.way_back();
        change::apply(always, home).await?;
        tell(output, "git signs every commit and tag.", &back)?;
    }
    Ok(())
}

/// Without a person to ask: shows what would be done.
fn without_consent(output: Output, plan: &Plan, always: &Plan) -> Result<(), Failure> {
    if plan.is_nothing() {
        return output.notice("git signs with your key.");
    }
    let lines = [plan.lines(), always.lines()].concat();
    let lines = [&lines[..], &plan.replaced()].concat().join("\n    ");
    output.notice(&format!("`sshtpm setup --git` would\n    {lines}"))?;
    let why = "there is no terminal to ask for confirmation";
    Err(Failure::new("git was left as it is", why).and_next("Run it in a terminal, or add --yes."))
}

fn tell_left_out(output: Output, keys: &[KeyInfo], chosen: &OwnKey) -> Result<(), Failure> {
    let left_out = signing_key::left_out(keys);
    if left_out.is_empty() {
        return Ok(());
    }
    let lines = left_out.join("\n  ");
    output.notice(&format!(
        "git gets your key {}. Others may not sign commits:\n  {lines}",
        describe(&chosen.info)
    ))
}

/// Tells what was done, and how to undo it.
fn tell(output: Output, done: &str, back: &[String]) -> Result<(), Failure> {
    let lines = back.join("\n    ");
    output.notice(&format!(
        "{done} To have git as it was, run `sshtpm setup --undo`, or:\n    {lines}"
    ))
}
