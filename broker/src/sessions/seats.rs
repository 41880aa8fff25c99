//! The login sessions of one user at the seats of this machine, asked for anew each time.
//!
//! Specs: org.freedesktop.login1(5).

use std::time::Duration;

use tokio::time::timeout;
use zbus::fdo::DBusProxy;

use super::call::Call;
use super::logind::Logind;
use sshtpm_core::identity::Uid;
use sshtpm_core::places::Places;
use sshtpm_core::ports;
use sshtpm_core::seat::{Login, NotTold, Told};

/// How long a caller waits for logind, the wait for a turn included. It answers from memory, and a
/// person may be waiting for the login that this decides.
pub(super) const LOGIND_LIMIT: Duration = Duration::from_secs(5);

/// Users about whom logind is asked at a time. With polkit's questions they stay below the answers
/// that dbus-daemon lets a connection have outstanding (128). It counts a question until logind has
/// answered, and so do we, even if the caller no longer waits.
const MOST_QUESTIONS: usize = 16;

/// Those about one user: another user's question would wait behind all of them at logind.
const MOST_QUESTIONS_OF_USER: usize = 1;

/// Sessions of one user at seats that are looked at. A seat has a dozen virtual terminals.
const MOST_SESSIONS: usize = 16;

/// logind, as the core sees it.
#[derive(Debug)]
pub(crate) struct Seats {
    bus: DBusProxy<'static>,
    questions: Places,
}

impl Seats {
    /// Prepares to ask; logind itself is looked for at each question, so it may come and go.
    ///
    /// # Errors
    ///
    /// The bus is gone.
    pub(crate) async fn new(connection: &zbus::Connection) -> zbus::Result<Self> {
        Ok(Self {
            bus: DBusProxy::new(connection).await?,
            questions: Places::new(MOST_QUESTIONS, MOST_QUESTIONS_OF_USER),
        })
    }

    async fn ask(&self, user: Uid) -> zbus::Result<Vec<Login>> {
        let place = self.questions.take(user).await;
        let bus = self.bus.clone();
        let call = Call::begin(async move {
            let logins = logins(&bus, user).await;
            drop(place);
            logins
        });
        call.await
    }
}

async fn logins(bus: &DBusProxy<'_>, user: Uid) -> zbus::Result<Vec<Login>> {
    let logind = Logind::find(bus).await?;
    let listed = logind.sessions().await?.into_iter();
    let at_seats = listed.filter(|(_, uid, _, seat, _)| *uid == user.0 && !seat.is_empty());
    let at_seats: Vec<_> = at_seats.map(|(.., path)| path).collect();
    if at_seats.len() > MOST_SESSIONS {
        let text = format!("the user {} has more than {MOST_SESSIONS} sessions", user.0);
        return Err(zbus::Error::Failure(text));
    }
    let mut logins = Vec::new();
    for path in &at_seats {
        let session = logind.session(path).await?;
        let session = session.filter(|session| session.user.0 == user.0);
        logins.extend(session.and_then(|session| {
            Login::at_a_seat(&Told {
                class: &session.class,
                seat: &session.seat.0,
                is_remote: session.remote,
                state: &session.state,
                is_locked: session.locked_hint,
            })
        }));
    }
    Ok(logins)
}

impl ports::Seats for Seats {
    async fn logins(&self, user: Uid) -> Result<Vec<Login>, NotTold> {
        let answer = timeout(LOGIND_LIMIT, self.ask(user)).await;
        let answer = answer
            .map_err(|late| late.to_string())
            .and_then(|answer| answer.map_err(|cause| cause.to_string()));
        answer.map_err(|cause| {
            tracing::warn!(%cause, "logind does not say whether a screen is unlocked");
            NotTold
        })
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_core::ports::Seats as _;

    use super::super::fixtures::{ALICE, FalseLogind};
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_question_has_its_place_until_it_is_answered() {
        let (connection, logind) = FalseLogind::start().await;
        let seats = Seats::new(&connection).await.expect("a bus");
        let alice = Uid(ALICE);
        logind.answers(false);
        let soon = Duration::from_millis(10);
        for caller_stays in [LOGIND_LIMIT * 2, soon, soon, LOGIND_LIMIT * 2] {
            let answer = timeout(caller_stays, seats.logins(alice)).await;
            assert!(answer.is_err() || answer == Ok(Err(NotTold)), "{answer:?}");
            assert_eq!(logind.unanswered().await, 1);
        }
        let other = seats.logins(Uid(ALICE + 1)).await;
        assert_eq!((other, logind.unanswered().await), (Err(NotTold), 2));
        logind.answers(true);
        let logins = seats.logins(alice).await.expect("an answer");
        assert_eq!(logins.len(), 1);
    }
}
