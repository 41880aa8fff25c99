//! Which questions are asked again ahead of the end of their answers.
//!
//! polkitd asks the bus daemon ten times about one question. A user who keeps the bus busy makes
//! that last seconds, and a login needs three answers. So while polkit is slow, what was used
//! lately is asked about before a request needs it, and an answer counts for longer, because the
//! next one may take longer than the usual time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use zbus_polkit::policykit1::AuthorizationResult;

use super::{Allowed, Answers, Asked, Matter, is_plain_yes};
use sshtpm_core::identity::Caller;
use sshtpm_core::policy::{Action, Details};

/// An answer that took so long makes the next questions come ahead. polkitd needs a few
/// milliseconds for one.
pub(in crate::authority) const SLOW: Duration = Duration::from_millis(100);

/// How long polkit counts as slow after an answer or a look that was. On a busy bus a quick one now
/// and then says little.
pub(super) const STAYS_SLOW: Duration = Duration::from_secs(10);

/// How long after its last use an answer is still kept fresh: as long as a person commonly pauses
/// between two logins.
pub(super) const IN_USE: Duration = Duration::from_secs(300);

/// Questions ahead at a time. polkitd answers one after the other, and a place is a task.
pub(super) const MOST_AHEAD: usize = 8;

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::authority) enum Next {
    /// Nothing, until polkit answers something.
    Nothing,
    /// polkit was quick; whether it still would be is to be found out.
    Look,
    /// Something is due then, by the time since boot.
    Ask(Duration),
}

impl Answers {
    /// Notes that polkit answered at `now` what it was asked at `asked`.
    pub(in crate::authority) fn took(&mut self, asked: Asked, now: Duration) {
        if now.saturating_sub(asked.at) >= SLOW {
            self.slow = Some(now);
        }
    }

    /// Notes that polkit is slow at `now`, or would be.
    pub(in crate::authority) fn polkit_is_slow(&mut self, now: Duration) {
        self.slow = Some(now);
    }

    pub(super) fn is_slow(&self, now: Duration) -> bool {
        self.slow
            .is_some_and(|slow| now.saturating_sub(slow) < STAYS_SLOW)
    }

    /// Notes that a request needed an answer that was known.
    pub(in crate::authority) fn used(
        &mut self,
        caller: &Caller,
        action: Action,
        details: &Details,
        now: Duration,
    ) {
        if let Some(one) = self.find(caller, action, details) {
            one.used = now;
        }
    }

    /// The matter of an answer that a request goes on with, while polkit is still being asked about
    /// it. [`Answers::asked_again`] has to follow.
    pub(in crate::authority) fn goes_on(
        &mut self,
        caller: &Caller,
        action: Action,
        details: &Details,
    ) -> Option<Arc<Matter>> {
        let one = self.find(caller, action, details)?;
        one.is_asked_again = true;
        Some(Arc::clone(&one.matter))
    }

    /// A question to ask ahead: of those that are due, the one that was used last, of a user about
    /// whom none is under way. [`Answers::asked_again`] has to follow.
    pub(in crate::authority) fn take_due(&mut self, now: Duration) -> Option<Arc<Matter>> {
        if !self.is_slow(now) || self.ahead() >= MOST_AHEAD {
            return None;
        }
        let reuse = self.reuse;
        let users = self.of_users.values_mut().filter(|user| is_free(user));
        let due = users
            .flatten()
            .filter(|one| one.is_in_use(now) && one.due(reuse) <= now);
        let one = due.max_by_key(|one| one.used)?;
        one.is_asked_again = true;
        Some(Arc::clone(&one.matter))
    }

    /// What is to be done next if nothing else happens.
    pub(in crate::authority) fn next(&self, now: Duration) -> Next {
        if self.ahead() >= MOST_AHEAD {
            return Next::Nothing;
        }
        let users = self.of_users.values().filter(|user| is_free(user));
        let mut in_use = users.flatten().filter(|one| one.is_in_use(now));
        if !self.is_slow(now) {
            return in_use.next().map_or(Next::Nothing, |_| Next::Look);
        }
        let due = in_use.map(|one| one.due(self.reuse)).min();
        due.map_or(Next::Nothing, Next::Ask)
    }

    /// Whether `matter` is still to be asked again: no request has asked in the meantime, and
    /// nothing was forgotten.
    pub(in crate::authority) fn is_to_be_asked_again(&mut self, matter: &Matter) -> bool {
        let one = self.find(&matter.caller, matter.action, &matter.details);
        one.is_some_and(|one| one.is_asked_again)
    }

    /// Takes what came of a question ahead. What is not a plain yes ends the earlier one.
    pub(in crate::authority) fn asked_again(
        &mut self,
        asked: Asked,
        matter: &Matter,
        answer: Option<&AuthorizationResult>,
    ) {
        let is_yes = answer.is_some_and(|answer| is_plain_yes(answer, &matter.details));
        let is_current = asked.forgotten == self.forgotten;
        match self.find(&matter.caller, matter.action, &matter.details) {
            Some(one) if is_yes && is_current => {
                one.asked = one.asked.max(asked.at);
                one.is_asked_again = false;
            }
            // What is known now was asked after everything was forgotten.
            Some(_) if !is_current => {}
            Some(_) => self.drop_one(&matter.caller, matter.action, &matter.details),
            None => {}
        }
    }

    fn ahead(&self) -> usize {
        let all = self.of_users.values().flatten();
        all.filter(|one| one.is_asked_again).count()
    }
}

/// Whether none of a user's questions is asked ahead.
fn is_free(user: &VecDeque<Allowed>) -> bool {
    !user.iter().any(|one| one.is_asked_again)
}

impl Allowed {
    fn is_in_use(&self, now: Duration) -> bool {
        now.saturating_sub(self.used) < IN_USE
    }

    /// In the middle of its time, so that the other half is left for the question.
    fn due(&self, reuse: Duration) -> Duration {
        self.asked + reuse / 2
    }
}
