//! `sshtpm setup`: the first command of a new user, which can be run again at any time.
//!
//! Purpose: afterwards the user has a key, knows where its public half goes, and ssh finds the
//! agent.
//!
//! May touch: the broker, for a key; public key files in `~/.ssh`; and, with the user's consent,
//! files that tell ssh where the agent is, and the user's systemd, which reads them and starts the
//! agent's socket; with `--git`, what [`git`] may. Must never change what exists: it adds lines at
//! the end of a file, adds files, or says why it does not; it turns off what a person agrees to
//! turn off. Must never make ssh stop asking an agent with other keys without asking the user. Must
//! never claim what it has not seen.
//!
//! Exit status: 0 everything is set up, or is after a new login; 1 something is left to do, and the
//! message says what.

mod addition;
mod advice;
mod clearing;
mod consent;
mod drop_in;
mod effect;
mod environment;
mod generated;
mod git;
mod in_the_way;
mod key;
mod login_shell;
mod other_agent;
mod own_lines;
mod own_unit;
mod pointing;
mod ready;
mod record;
mod ssh_config;
mod undo;
mod unit_name;
mod user_file;
mod way;

use std::path::Path;

use self::consent::Consent;
use self::in_the_way::Value;
use self::key::OwnKey;
use self::pointing::{Change, Pointing};
use self::way::{From, Standing};
use super::args::SetupArgs;
use super::checks::Chain;
use super::checks::finding::Finding;
use super::checks::ssh::NAME_IT;
use super::error::Failure;
use super::keygen::parse_algorithm;
use super::output::Output;
use super::probe::identity_files::Offered;
use super::session::Session;
use super::{adopt, never_offered, person, prompt};
use crate::algorithm::Algorithm;

/// What is said at the end where it takes a new login to see that all is well.
const AFTER_LOGIN: &str = "Log in again. Then `sshtpm doctor` says whether your programs ask it.";

/// Runs the command.
///
/// # Errors
///
/// Something is not ready, could not be done, or was left as it is.
pub(crate) async fn run(session: &Session, output: Output, args: SetupArgs) -> Result<(), Failure> {
    if args.undo {
        return undo::run(output, Consent::by(args.yes)).await;
    }
    let algorithm = parse_algorithm(&args.key)?;
    let consent = Consent::by(args.yes);
    let agent = ready::agent(output, consent).await?;
    let git = args.git.clone();
    let for_ssh = for_ssh(session, output, args, algorithm, &agent).await;
    let Some(key) = git else {
        return for_ssh;
    };
    // git's signatures reach the agent even if ssh is left to ask another one.
    let (keys, home) = (session.list(None).await?, person::home_directory()?);
    let key = key.as_deref();
    let for_git = git::run(output, git::Wish { key, consent }, &keys, &home).await;
    match (for_ssh, for_git) {
        (Err(failure), Err(other)) => {
            failure.report();
            Err(other)
        }
        (for_ssh, for_git) => for_ssh.and(for_git),
    }
}

/// A key, and ssh that asks the agent.
async fn for_ssh(
    session: &Session,
    output: Output,
    args: SetupArgs,
    algorithm: Algorithm,
    agent: &Path,
) -> Result<(), Failure> {
    let home = person::home_directory()?;
    let key = OwnKey::find(&session.list(None).await?, &home);
    let look = async |told| Pointing::examine(args.agent_by, &home, agent, told).await;
    let pointing = look(Value::OfLogin).await?;
    let Some(consent) = Consent::by(args.yes) else {
        return without_consent(output, key, pointing, &home, algorithm).await;
    };
    let key = match key {
        Some(key) => key,
        None => {
            let comment = args.key.comment.unwrap_or_else(person::default_comment);
            key::generate(session, (output, consent), &home, algorithm, &comment).await?
        }
    };
    output.notice(&advice::lines(&key))?;
    let pointing = match consent {
        Consent::Given => pointing,
        Consent::Ask => clearing::clear(output, &home, pointing, look).await?,
    };
    let from = settle(output, consent, pointing).await?;
    confirm_agent().await?;
    confirm_offered(&key).await?;
    if let Some(found) = adopt::notice(&home, &session.list(None).await?) {
        output.notice(&found)?;
    }
    output.notice(match from {
        From::Now => "Everything is set up. `sshtpm doctor` looks at it again at any time.",
        From::NextLogin => AFTER_LOGIN,
    })
}

/// Without a person to ask: shows what there is, or what would be done.
async fn without_consent(
    output: Output,
    key: Option<OwnKey>,
    pointing: Pointing,
    home: &Path,
    algorithm: Algorithm,
) -> Result<(), Failure> {
    let mut plan = Vec::new();
    match &key {
        Some(key) => output.notice(&advice::lines(key))?,
        None => plan.push(key::plan(home, algorithm)?),
    }
    let mut from = From::Now;
    let left = match &pointing {
        Pointing::Blocked(obstacle) => Some(obstacle.failure()),
        _ => None,
    };
    let pointing = left.map_or(pointing, Pointing::Left);
    match pointing {
        Pointing::Blocked(_) => {}
        Pointing::Done(standing) => from = tell(output, &standing)?,
        Pointing::Left(failure) if plan.is_empty() => return Err(failure),
        Pointing::Left(failure) => output.notice(&failure.to_string())?,
        Pointing::Possible(change) => plan.push(change.plan()),
    }
    if let (true, Some(key)) = (plan.is_empty(), &key) {
        confirm_offered(key).await?;
        return output.notice(match from {
            From::Now => "Everything is set up.",
            From::NextLogin => AFTER_LOGIN,
        });
    }
    output.notice(&format!("`sshtpm setup` would\n{}", plan.join("\n")))?;
    Err(Failure::new(
        "nothing was changed",
        "there is no terminal to ask for confirmation",
    )
    .and_next("Run it in a terminal, or add --yes."))
}

/// Has ssh ask the agent, if it does not yet and nothing is in the way.
async fn settle(output: Output, consent: Consent, pointing: Pointing) -> Result<From, Failure> {
    let change = match pointing {
        Pointing::Done(standing) => return tell(output, &standing),
        Pointing::Left(failure) => return Err(failure),
        Pointing::Blocked(obstacle) => return Err(obstacle.failure()),
        Pointing::Possible(change) => change,
    };
    match consent {
        Consent::Given => match change.what_is_lost() {
            Some(failure) => return Err(failure),
            None => output.notice(&change.announcement())?,
        },
        Consent::Ask => ask(output, &change).await?,
    }
    tell(output, &change.apply().await?)
}

fn tell(output: Output, standing: &Standing) -> Result<From, Failure> {
    output.notice(&standing.told)?;
    Ok(standing.from)
}

async fn ask(output: Output, change: &Change) -> Result<(), Failure> {
    if prompt::confirm(&change.question()).await? {
        return Ok(());
    }
    output.notice(&change.by_hand())?;
    Err(Failure::Declined)
}

/// The key may be new: the agent has to offer it.
async fn confirm_agent() -> Result<(), Failure> {
    match Chain::ask().await.agent().await.finding {
        Finding::Fail(advice) => {
            Err(Failure::new("something is left to do", advice.found).and_next(advice.next))
        }
        Finding::Ok(_) | Finding::Warn(_) | Finding::Skipped(_) => Ok(()),
    }
}

/// With `IdentitiesOnly` ssh has to be told of the key, and the type of the key has to be one that
/// ssh offers.
async fn confirm_offered(key: &OwnKey) -> Result<(), Failure> {
    let home = person::home_directory().ok();
    let settings = pointing::ask_ssh().await?;
    let keys = std::slice::from_ref(&key.info);
    if let Some(found) = never_offered::look(&settings.accepted_user_keys(), keys) {
        return Err(Failure::new("something is left to do", found.found).and_next(found.next));
    }
    let offered = Offered::read(&settings, home.as_deref());
    if offered.includes(&key.info) {
        return Ok(());
    }
    let why = "ssh does not offer your key, because IdentitiesOnly is set and no IdentityFile \
               names the key";
    Err(Failure::new("something is left to do", why).and_next(NAME_IT))
}
