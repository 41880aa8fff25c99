//! An authority that decides what a test wrote down.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use super::{Answer, Call, Fakes, locked, unfit};
use crate::identity::{Caller, UserName};
use crate::policy::{Action, Authority, Decision, Details, Refused};

impl Authority for Fakes {
    async fn check(&self, caller: &Caller, action: Action, details: &Details) -> Decision {
        let owner = details.entries.iter().find(|(name, _)| *name == "owner");
        let about = owner.map(|(_, name)| UserName::new(name.clone()).expect("a user name"));
        let call = Call::Ask {
            action,
            caller: caller.owner.clone(),
            about,
        };
        match self.answer(&call) {
            Answer::Decided(decision) => decision,
            Answer::DecidedLater(decision) => {
                let mut is_later = false;
                poll_fn(|_| match std::mem::replace(&mut is_later, true) {
                    false => Poll::Pending,
                    true => Poll::Ready(decision),
                })
                .await
            }
            Answer::DecidedSlowly(decision, time) => {
                self.pass(time);
                decision
            }
            Answer::DecidedTooLate(decision) => {
                locked(&self.records).clear();
                decision
            }
            Answer::DecidedAndReplaced(decision, record) => {
                *locked(&self.records) = vec![Arc::new(*record)];
                decision
            }
            answer => unfit(&call, answer).await,
        }
    }

    /// Where no test expects a person to be asked, there is none.
    async fn ask_person(&self, caller: &Caller, action: Action, _details: &Details) -> Decision {
        let is_expected = matches!(
            locked(&self.script).front(),
            Some((Call::AskPerson { .. }, _))
        );
        if !is_expected {
            return Decision::Refused(Refused::InteractionRequired);
        }
        let call = Call::AskPerson {
            action,
            caller: caller.owner.clone(),
        };
        match self.answer(&call) {
            Answer::Decided(decision) => decision,
            answer => unfit(&call, answer).await,
        }
    }
}
