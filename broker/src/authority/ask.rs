//! Asks without a person, which is quick. If it is not, a request goes on with an earlier answer
//! that counts while polkit is slow.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::time::timeout;
use zbus_polkit::policykit1::{AuthorizationResult, CheckAuthorizationFlags};

use super::answers::ahead::SLOW;
use super::answers::{Asked, Matter};
use super::question::{ANSWER_LIMIT, NoAnswer};
use super::{Polkit, decision};
use sshtpm_core::identity::Caller;
use sshtpm_core::places::Place;
use sshtpm_core::policy::{Action, Decision, Details};

/// What polkit says of a question, or why it says nothing.
type Answer = Result<AuthorizationResult, NoAnswer>;

impl Polkit {
    /// Asks in the turn of the caller's user.
    ///
    /// # Errors
    ///
    /// polkit does not answer.
    pub(super) async fn ask(
        &self,
        caller: &Caller,
        action: Action,
        details: &Details,
    ) -> Result<Decision, NoAnswer> {
        let turn = timeout(ANSWER_LIMIT, self.questions.take(caller.owner.uid()));
        let mut turn = Box::pin(turn);
        let place = loop {
            match timeout(SLOW, &mut turn).await {
                Ok(place) => break place?,
                // The question before it may have shown that polkit is slow.
                Err(_slow) if self.memory.allows(caller, action, details).await => {
                    return Ok(Decision::Allowed);
                }
                Err(_slow) => {}
            }
        };
        // While this one waited, the same may have been answered.
        if self.memory.allows(caller, action, details).await {
            return Ok(Decision::Allowed);
        }
        self.ask_now(caller, action, details, Arc::new(place)).await
    }

    async fn ask_now(
        &self,
        caller: &Caller,
        action: Action,
        details: &Details,
        place: Arc<Place>,
    ) -> Result<Decision, NoAnswer> {
        let asked = self.memory.asking();
        let flags = CheckAuthorizationFlags::empty();
        let question = self.question(caller, action, details, flags, Arc::clone(&place))?;
        let mut answer: BoxFuture<'static, Answer> = Box::pin(question.answer(ANSWER_LIMIT));
        let answer = match timeout(SLOW, &mut answer).await {
            Ok(answer) => answer?,
            Err(_slow) => match self.memory.earlier(caller, action, details).await {
                // A no may have come while signals were heard.
                Some(matter) => match (&mut answer).now_or_never() {
                    Some(answer) => answer?,
                    None => {
                        tokio::spawn(self.clone().finish(asked, matter, answer, place));
                        return Ok(Decision::Allowed);
                    }
                },
                None => answer.await?,
            },
        };
        self.memory.keep(asked, caller, action, details, &answer);
        // A request that waits for the place finds the answer.
        drop(place);
        Ok(decision(&answer))
    }

    /// Takes the answer to a question that no request waits for any longer.
    async fn finish(
        self,
        asked: Asked,
        matter: Arc<Matter>,
        answer: BoxFuture<'static, Answer>,
        place: Arc<Place>,
    ) {
        let answer = answer.await;
        if let Err(cause) = &answer {
            tracing::debug!(%cause, "polkit did not answer in the end");
        }
        self.memory
            .asked_again(asked, &matter, answer.as_ref().ok());
        // The next request finds what was answered.
        drop(place);
    }
}
