//! Asks again, while polkit is slow, before a request needs the answer.
//!
//! Must put no more questions to polkit at a time than requests do: a question ahead takes the
//! place that a request of the same user would take.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};
use zbus_polkit::policykit1::CheckAuthorizationFlags;

use super::Polkit;
use super::answers::Matter;
use super::answers::ahead::Next;
use super::question::{ANSWER_LIMIT, NoAnswer};

/// How often the broker looks whether the bus is busy, while answers are in use. A user who keeps
/// it busy from one moment to the next delays logins of others for little longer.
const LOOK: Duration = Duration::from_secs(1);

/// A bus daemon that takes longer to answer is busy. It does so within a millisecond, and polkitd
/// asks it five times in a row before it answers a question.
const BUSY: Duration = Duration::from_millis(20);

impl Polkit {
    /// Asks whatever becomes due, for as long as the bus is there.
    pub(super) async fn ask_ahead(self) {
        while !self.proxy.inner().connection().is_closed() {
            while let Some(matter) = self.memory.take_due() {
                tokio::spawn(self.clone().ask_once_more(matter));
            }
            let next = async {
                match self.memory.next() {
                    Next::Nothing => pending().await,
                    Next::Ask(wait) => sleep(wait).await,
                    Next::Look => {
                        sleep(LOOK).await;
                        self.look_at_the_bus().await;
                    }
                }
            };
            tokio::select! {
                () = self.memory.answer() => {}
                () = next => {}
            }
        }
    }

    async fn look_at_the_bus(&self) {
        let bus = self.proxy.inner().connection();
        let (name, path) = ("org.freedesktop.DBus", "/org/freedesktop/DBus");
        let asked = bus.call_method(Some(name), path, Some(name), "GetId", &());
        if timeout(BUSY, asked).await.is_err() {
            self.memory.polkit_is_slow();
        }
    }

    async fn ask_once_more(self, matter: Arc<Matter>) {
        if let Err(cause) = self.renew(&matter).await {
            // The request that needs it asks for itself, and says so if that fails, too.
            tracing::debug!(%cause, "polkit did not answer ahead of a request");
        }
    }

    async fn renew(&self, matter: &Matter) -> Result<(), NoAnswer> {
        let place = self.questions.take(matter.caller.owner.uid()).await;
        // While this one waited, a request may have asked.
        if !self.memory.is_to_be_asked_again(matter) {
            return Ok(());
        }
        let place = Arc::new(place);
        let asked = self.memory.asking();
        let Matter {
            caller,
            action,
            details,
        } = matter;
        let flags = CheckAuthorizationFlags::empty();
        let answer = match self.question(caller, *action, details, flags, Arc::clone(&place)) {
            Ok(question) => question.answer(ANSWER_LIMIT).await,
            Err(cause) => Err(cause),
        };
        let said = answer.as_ref().ok();
        self.memory.asked_again(asked, matter, said);
        // The next request finds what was answered.
        drop(place);
        answer.map(drop)
    }
}
