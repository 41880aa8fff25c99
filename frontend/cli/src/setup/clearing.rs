//! Turning off what keeps ssh from asking the agent, one thing after the other, as the person at
//! the terminal decides.
//!
//! Must never turn anything off unasked, or twice if that has no effect.

use std::path::{Path, PathBuf};

use super::in_the_way::{Obstacle, Remedy, Value};
use super::other_agent::OtherAgent;
use super::pointing::Pointing;
use crate::error::Failure;
use crate::output::Output;
use crate::probe::ssh_agent::{AgentOfSsh, By};
use crate::prompt;

/// Most things that a person is asked about; a machine has a few agents.
const MAX_OBSTACLES: usize = 8;

/// Has the person decide about each thing in the way, and has `look` see what comes of it.
///
/// # Errors
///
/// Something could not be turned off, or the terminal cannot be used.
pub(super) async fn clear(
    output: Output,
    home: &Path,
    pointing: Pointing,
    look: impl AsyncFn(Value) -> Result<Pointing, Failure>,
) -> Result<Pointing, Failure> {
    let (mut pointing, mut tried) = (pointing, Vec::new());
    while let Pointing::Blocked(obstacle) = &pointing
        && tried.len() < MAX_OBSTACLES
        && let Some(remedy) = obstacle.remedy()
        && !tried.contains(&remedy)
    {
        if !prompt::confirm(&question(obstacle, &remedy).await).await? {
            break;
        }
        output.notice(&remedy.apply(home).await?)?;
        tried.push(remedy);
        pointing = look(told_after(&tried)).await?;
    }
    Ok(pointing)
}

/// What a value of the variable tells now.
fn told_after(tried: &[Remedy]) -> Value {
    match tried.iter().any(Remedy::has_systemd_forget) {
        true => Value::Forgotten,
        false => Value::OfLogin,
    }
}

async fn question(obstacle: &Obstacle, remedy: &Remedy) -> String {
    let socket = obstacle.socket().map(PathBuf::from);
    let asked = AgentOfSsh {
        by: By::Environment,
        socket,
    };
    let lost = OtherAgent::look(&asked).await.loss();
    let lost = lost.map(|lost| format!("{lost}\n")).unwrap_or_default();
    format!(
        "{}.\n{}\n{lost}Turn it off",
        obstacle.found(),
        remedy.shown()
    )
}
