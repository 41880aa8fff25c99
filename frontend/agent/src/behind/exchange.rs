//! Asks one agent behind: reaches it, tells it of the sessions, sends a message and waits for the
//! answer.
//!
//! Must never wait without a bound, nor go on with a connection on which something went wrong.

use std::time::Duration;

use sshtpm_ssh::limits::MAX_INTERACTIVE_SECONDS;
use tokio::net::UnixStream;
use tokio::time::{Instant, timeout_at};

use super::agents::Agents;
use super::dial::Starting;
use super::link::Link;
use super::listed::{self, Offered, REQUEST_IDENTITIES};
use super::loop_check::Path;
use super::passage::Passage;
use super::slot::Slot;
use super::trouble::Trouble;
use crate::peer::Peer;

/// Message number of `SSH_AGENT_SUCCESS`.
const SUCCESS: u8 = 6;

/// How long an agent may take for a short answer, its connection included. Agents are on the same
/// machine and answer within a millisecond; a person who waits for a login bears a second, once.
pub(crate) const MAX_QUICK: Duration = Duration::from_secs(1);

/// How long an agent may take to do what it is told: to remove its keys, to lock or to unlock. A
/// person waits for the command, and an agent that was left out would go on with its keys. On a
/// machine with more to do than it can, agents were seen to take more than [`MAX_QUICK`].
pub(crate) const MAX_TOLD: Duration = Duration::from_secs(10);

/// How long OpenSSH's agent may take to start and answer. The dialler gives systemd 30 s for it,
/// and the socket a second.
const MAX_START: Duration = Duration::from_secs(35);

/// How long an agent may take if it may ask a person, to touch a token or to confirm: as long as
/// clients of the broker wait for that.
const MAX_PATIENT: Duration = Duration::from_secs(MAX_INTERACTIVE_SECONDS);

/// How long an answer may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// The agent needs nobody, and others answer without it.
    Quick,
    /// The agent needs nobody, and has to do it.
    Told,
    /// It may ask a person.
    Person,
}

/// What became of something that agents were told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Told {
    /// No agent is there.
    Absent,
    /// All that are there agreed.
    Agreed,
    /// One refused, failed, or could not be told.
    Refused,
}

/// A message for agents behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) message: &'a [u8],
    pub(super) passage: &'a Passage,
    pub(super) path: &'a Path,
    pub(super) patience: Patience,
    pub(super) starting: Starting,
    /// Whether it is sent even to an agent that rests.
    pub(super) is_urgent: bool,
}

impl Agents {
    /// Asks the agent with this index over `link`, or over a new one, which is kept there.
    ///
    /// # Errors
    ///
    /// The agent rests, cannot be reached, or does not answer as it should. The error is logged.
    pub(super) async fn ask(
        &self,
        index: usize,
        link: &mut Option<Link>,
        request: Request<'_>,
    ) -> Result<Vec<u8>, Trouble> {
        self.ask_and_read(index, link, request, Ok).await
    }

    /// Asks the agent with this index for its keys, and notes that it has them. Those that clients
    /// would refuse are left out.
    ///
    /// # Errors
    ///
    /// As for [`ask`](Self::ask).
    pub(super) async fn list(
        &self,
        index: usize,
        link: &mut Option<Link>,
        passage: &Passage,
        path: &Path,
    ) -> Result<Vec<Offered>, Trouble> {
        let request = Request {
            message: &[REQUEST_IDENTITIES],
            passage,
            path,
            patience: Patience::Quick,
            starting: Starting::Never,
            is_urgent: false,
        };
        let read = |answer: Vec<u8>| listed::parse(&answer).map_err(|_| Trouble::Malformed);
        let keys = self.ask_and_read(index, link, request, read).await?;
        let slot = self.slots.get(index).ok_or(Trouble::Resting)?;
        let keys = slot.sift(keys).await;
        self.known.note(index, &keys);
        Ok(keys)
    }

    /// Tells the agent with this index something. What failed is logged.
    pub(super) async fn tell(
        &self,
        index: usize,
        link: &mut Option<Link>,
        request: Request<'_>,
    ) -> Told {
        let read = |answer: Vec<u8>| match *answer {
            [SUCCESS] => Ok(()),
            _ => Err(Trouble::Refused),
        };
        match self.ask_and_read(index, link, request, read).await {
            Ok(()) => Told::Agreed,
            Err(Trouble::Absent(_) | Trouble::NotStarted) => Told::Absent,
            Err(_) => Told::Refused,
        }
    }

    async fn ask_and_read<T>(
        &self,
        index: usize,
        link: &mut Option<Link>,
        request: Request<'_>,
        read: impl FnOnce(Vec<u8>) -> Result<T, Trouble>,
    ) -> Result<T, Trouble> {
        let Some(slot) = self.slots.get(index) else {
            return Err(Trouble::Resting);
        };
        let origin = request.passage.origin;
        let asked = async {
            if slot.rests(origin) && !request.is_urgent {
                return Err(Trouble::Resting);
            }
            let (used, answer) = self.exchange(index, slot, link.take(), request).await?;
            let read = read(answer)?;
            *link = Some(used);
            Ok(read)
        };
        let ended = asked.await;
        slot.note(origin, &ended);
        ended
    }

    /// A link on which something goes wrong is dropped, and so is one whose client hangs up.
    async fn exchange(
        &self,
        index: usize,
        slot: &Slot,
        link: Option<Link>,
        request: Request<'_>,
    ) -> Result<(Link, Vec<u8>), Trouble> {
        let quick = match (request.patience, request.starting) {
            (Patience::Told, _) => MAX_TOLD,
            (_, Starting::Never) => MAX_QUICK,
            (_, Starting::IfNeeded) => MAX_START,
        };
        let begun = Instant::now();
        let prepared = self.link(index, slot, link, request);
        let prepared = timeout_at(begun + quick, prepared);
        let mut link = prepared.await.map_err(|_| Trouble::Late(quick))??;
        let answered = link.exchange(request.message, request.passage.origin, slot.room());
        let answer = match request.patience {
            Patience::Quick | Patience::Told => timeout_at(begun + quick, answered)
                .await
                .map_err(|_| Trouble::Late(quick)),
            Patience::Person => timeout_at(begun + MAX_PATIENT, answered)
                .await
                .map_err(|_| Trouble::Unanswered),
        };
        let answer = answer??;
        Ok((link, answer))
    }

    /// `link` or a new one, over which the agent was told of all sessions.
    async fn link(
        &self,
        index: usize,
        slot: &Slot,
        link: Option<Link>,
        request: Request<'_>,
    ) -> Result<Link, Trouble> {
        let mut link = match link.filter(Link::is_usable) {
            Some(link) => link,
            None => self.open(index, slot, request).await?,
        };
        link.bind(request.passage, slot.room()).await?;
        Ok(link)
    }

    async fn open(&self, index: usize, slot: &Slot, request: Request<'_>) -> Result<Link, Trouble> {
        let stream = self.dial(index, request.starting).await?;
        Peer::of(&stream).ok_or(Trouble::OtherUser)?;
        slot.note_process(process_of(&stream));
        let mut link = Link::new(stream);
        let number = self.number.ok_or(Trouble::Loop)?;
        let message = request.path.message(number).ok_or(Trouble::Loop)?;
        let origin = request.passage.origin;
        let answer = link.exchange(&message, origin, slot.room()).await?;
        if request.path.is_recognized(number, &answer) {
            return Err(Trouble::Loop);
        }
        Ok(link)
    }

    async fn dial(&self, index: usize, starting: Starting) -> Result<UnixStream, Trouble> {
        if self.open_ssh != Some(index) {
            return self.dialler.dial(index).await.map_err(Trouble::Absent);
        }
        let dialled = self.dialler.dial_ordinary(starting).await;
        dialled.map_err(|error| match starting {
            Starting::IfNeeded => Trouble::NoOpenSsh(error),
            Starting::Never => Trouble::NotStarted,
        })
    }
}

/// The process that listens at the other end, if it can be told and is not this one.
pub(super) fn process_of(stream: &UnixStream) -> Option<i32> {
    let own = i32::try_from(std::process::id()).ok();
    let process = stream.peer_cred().ok()?.pid();
    // 0 stands for a process in a PID namespace that the agent cannot see.
    process.filter(|&process| process > 0 && Some(process) != own)
}
