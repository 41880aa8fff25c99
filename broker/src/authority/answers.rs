//! Answers of polkit that the broker may reuse for a while.
//!
//! Must never keep a no, nor a yes that depends on a person or on anything temporary.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use zbus_polkit::policykit1::AuthorizationResult;

use super::question::ANSWER_LIMIT;
use sshtpm_core::identity::{Caller, Uid};
use sshtpm_core::policy::{Action, Details};

/// What polkit allowed not long ago, by user.
#[derive(Debug)]
pub(super) struct Answers {
    reuse: Duration,
    /// Counts how often everything was forgotten, so that what was asked before is not kept after.
    forgotten: u64,
    of_users: HashMap<Uid, VecDeque<Allowed>>,
    in_all: usize,
    /// When polkit was last seen to be slow.
    slow: Option<Duration>,
}

/// A question that was answered with yes.
#[derive(Debug)]
struct Allowed {
    matter: Arc<Matter>,
    /// When it was asked, by the time since boot.
    asked: Duration,
    /// When a request last needed the answer.
    used: Duration,
    /// It is being asked once more, ahead of its end.
    is_asked_again: bool,
}

/// What a question is about. One of the same user, for the same action, connection and entries is
/// the same question to polkit.
#[derive(Debug)]
pub(super) struct Matter {
    pub(super) caller: Caller,
    pub(super) action: Action,
    /// Without words for a person.
    pub(super) details: Details,
}

/// A question that was begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    at: Duration,
    forgotten: u64,
}

/// Answers of one user: as many as the requests that a user has under way by default, so that 64
/// programs with a connection each have one.
const MOST_OF_USER: usize = 64;

/// The same once half of all places are taken: as many as an agent has requests under way. So it
/// takes 80 users to have polkit asked each time for others.
const MOST_WHEN_CROWDED: usize = 16;

/// Answers of all users, of some 1300 bytes at most: names and comments have 256.
const MOST_IN_ALL: usize = 2048;

impl Answers {
    pub(super) fn new(reuse: Duration) -> Self {
        Self {
            reuse,
            forgotten: 0,
            of_users: HashMap::new(),
            in_all: 0,
            slow: None,
        }
    }

    /// Whether polkit allowed just this, not too long before `now`.
    pub(super) fn allow(
        &self,
        caller: &Caller,
        action: Action,
        details: &Details,
        now: Duration,
    ) -> bool {
        let of_user = self.of_users.get(&caller.owner.uid());
        let mut of_user = of_user.into_iter().flatten();
        of_user.any(|one| one.is_for(caller, action, details) && self.is_fresh(one, now))
    }

    /// Has to be called before a question is asked whose answer is to be kept.
    pub(super) fn asking(&self, now: Duration) -> Asked {
        Asked {
            at: now,
            forgotten: self.forgotten,
        }
    }

    /// Keeps `answer`, if it may be given again, in the place of an earlier one to the same
    /// question.
    pub(super) fn keep(
        &mut self,
        asked: Asked,
        caller: &Caller,
        action: Action,
        details: &Details,
        answer: &AuthorizationResult,
    ) {
        let is_current = asked.forgotten == self.forgotten && !self.reuse.is_zero();
        if !is_current || !may_be_reused(action) {
            return;
        }
        self.drop_one(caller, action, details);
        if !is_plain_yes(answer, details) {
            return;
        }
        self.make_room(caller.owner.uid(), asked.at);
        if self.in_all >= MOST_IN_ALL {
            return;
        }
        let allowed = Allowed {
            matter: Matter::new(caller, action, details),
            asked: asked.at,
            used: asked.at,
            is_asked_again: false,
        };
        let of_user = self.of_users.entry(caller.owner.uid()).or_default();
        of_user.push_back(allowed);
        self.in_all += 1;
    }

    /// Forgets everything, and what is being asked now is not kept either.
    pub(super) fn forget(&mut self) {
        self.forgotten += 1;
        self.of_users.clear();
        self.in_all = 0;
    }

    /// From now on answers are kept for `reuse`; zero is not at all.
    pub(super) fn set_reuse(&mut self, reuse: Duration) {
        self.forget();
        self.reuse = reuse;
    }

    fn is_fresh(&self, one: &Allowed, now: Duration) -> bool {
        now.saturating_sub(one.asked) < self.lasts(now)
    }

    /// How long an answer counts. While polkit is slow that is as much longer as it may take for
    /// the next one.
    fn lasts(&self, now: Duration) -> Duration {
        if self.is_slow(now) && !self.reuse.is_zero() {
            self.reuse + ANSWER_LIMIT
        } else {
            self.reuse
        }
    }

    /// Drops what is too old and, where a user has the most, that user's oldest. Of others' that is
    /// fresh nothing is dropped.
    fn make_room(&mut self, uid: Uid, now: Duration) {
        if self.in_all >= MOST_IN_ALL / 2 {
            self.drop_old(now);
        }
        let most = match self.in_all < MOST_IN_ALL / 2 {
            true => MOST_OF_USER,
            false => MOST_WHEN_CROWDED,
        };
        if let Some(of_user) = self.of_users.get_mut(&uid) {
            let too_many = (of_user.len() + 1).saturating_sub(most);
            drop(of_user.drain(..too_many));
            self.in_all -= too_many;
        }
    }

    fn find(&mut self, caller: &Caller, action: Action, details: &Details) -> Option<&mut Allowed> {
        let of_user = self.of_users.get_mut(&caller.owner.uid())?;
        let mut of_user = of_user.iter_mut();
        of_user.find(|one| one.is_for(caller, action, details))
    }

    /// Drops what is known of one question.
    fn drop_one(&mut self, caller: &Caller, action: Action, details: &Details) {
        let Some(of_user) = self.of_users.get_mut(&caller.owner.uid()) else {
            return;
        };
        let before = of_user.len();
        of_user.retain(|one| !one.is_for(caller, action, details));
        self.in_all -= before - of_user.len();
    }

    fn drop_old(&mut self, now: Duration) {
        let mut of_users = std::mem::take(&mut self.of_users);
        of_users.retain(|_, of_user| {
            of_user.retain(|one| self.is_fresh(one, now));
            !of_user.is_empty()
        });
        self.in_all = of_users.values().map(VecDeque::len).sum();
        self.of_users = of_users;
    }
}

impl Allowed {
    fn is_for(&self, caller: &Caller, action: Action, details: &Details) -> bool {
        let own = &*self.matter;
        own.caller.bus_name == caller.bus_name
            && own.action == action
            && own.details.entries == details.entries
    }
}

impl Matter {
    fn new(caller: &Caller, action: Action, details: &Details) -> Arc<Self> {
        let details = Details {
            entries: details.entries.clone(),
            ..Details::default()
        };
        Arc::new(Self {
            caller: caller.clone(),
            action,
            details,
        })
    }
}

/// What programs do many times in a row and undo nothing by. All else is rare, and asked each time.
fn may_be_reused(action: Action) -> bool {
    match action {
        Action::UseOwnKey | Action::ListOwnKeys => true,
        // What is asked there is whether a person agrees, this time.
        Action::ConfirmUse => false,
        Action::CommentOwnKey
        | Action::CertifyOwnKey
        | Action::AttestOwnKey
        | Action::CreateOwnKey
        | Action::ImportOwnKey
        | Action::AdoptOwnKey
        | Action::DeleteOwnKey
        | Action::RestrictOwnKey
        | Action::ChangeOwnKey
        | Action::ManageHostKeys
        | Action::ManageOthers
        | Action::InspectTpm
        | Action::IdentifyTpm
        | Action::ManageTpm => false,
    }
}

/// A yes with no details but those of the question. If a person gave a password some time ago,
/// polkit adds `polkit.temporary_authorization_id`, and only polkit knows how long that lasts.
fn is_plain_yes(answer: &AuthorizationResult, details: &Details) -> bool {
    let mut said = answer.details.iter();
    let was_told = |(name, value): (&String, &String)| {
        let mut told = details.entries.iter();
        told.any(|entry| entry.0 == name && entry.1 == *value)
    };
    answer.is_authorized && !answer.is_challenge && said.all(was_told)
}

pub(super) mod ahead;

#[cfg(test)]
mod tests;
