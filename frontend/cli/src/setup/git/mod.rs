//! `sshtpm setup --git`: git signs commits and tags with a key in the TPM, and trusts them.
//!
//! May touch, with the user's consent: git's configuration of the user, by git, and the file of
//! allowed signers. Must never replace a setting without a question, or request a signature.
//!
//! Nothing here depends on how ssh finds the agent: where only ssh's configuration names it, git
//! gets a program that shows ssh-keygen the way.

mod agreement;
mod plan;
mod settings;
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
    let mut back = Vec::new();
    if is_new {
        agreement::to_plan(output, consent, &plan, &name).await?;
        back.extend(plan.way_back());
        plan.apply().await?;
    }
    let mut result = Ok(());
    if agreement::to_always(output, consent, &always, is_new).await? {
        let always_back = always.way_back();
        result = always.apply().await;
        if result.is_ok() {
            back.extend(always_back);
        }
    }
    output.notice(&format!("git signs with your key {name}"))?;
    tell_way_back(output, &back)?;
    result
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

fn tell_way_back(output: Output, back: &[String]) -> Result<(), Failure> {
    if back.is_empty() {
        return Ok(());
    }
    let lines = back.join("\n    ");
    output.notice(&format!("To have git as it was:\n    {lines}"))
}
