//! Tests of the operations: what is done at which port, in which order, and what is not.

mod adopt;
mod archive_lost;
mod attest;
mod certificates;
mod counts;
mod delete;
mod derived;
mod generate;
mod get_lockout;
mod get_queue;
mod identity;
mod import;
mod import_bound;
mod import_lost;
mod keep_by_use;
mod limits;
mod list;
mod list_sessions;
mod lock;
mod measure_tpm;
mod orphans;
mod pcrs;
mod people;
mod pins;
mod reset_lockout;
mod restrict;
mod screen;
mod sealed;
mod set_comment;
mod set_persistent;
mod set_pin;
mod sign;
mod sign_confirm;
mod sign_destinations;
mod sign_digest;
mod sign_purposes;
mod sign_raw;
mod sign_with_pin;
mod unlock;
mod uses;

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_util::FutureExt as _;

use super::fakes::{Answer, Call, Fakes};
use super::{Limits, Service};
use crate::error::Error;
use crate::identity::Owner;
use crate::policy::{Action, Decision, Refused};
use crate::requests::{Asked, Data, RawKeys, What};
use crate::session::Sessions;
use sshtpm_ssh::fingerprint::Fingerprint;

/// Enough not to be in the way.
const LIMITS: Limits = Limits {
    keys_per_user: 10,
    keys_generated_per_hour: 10,
    requests_per_user: 10,
};

const REFUSALS: [Refused; 3] = [
    Refused::NotAuthorized,
    Refused::InteractionRequired,
    Refused::AuthorityUnavailable,
];

fn service() -> Service<Fakes> {
    Fakes::service(LIMITS, &people::host())
}

/// Deletes a key, from the question to the end.
fn delete(
    service: &Service<Fakes>,
    caller: &Owner,
    named: Option<Owner>,
    key: Fingerprint,
) -> Result<(), Error> {
    let deletion = run(service.begin_delete(people::call_of(caller), named, key))?;
    run(service.finish_delete(deletion))
}

/// Runs what needs not wait.
fn run<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("it does not wait")
}

/// Begins what has to wait.
fn start<F: Future>(future: Pin<&mut F>)
where
    F::Output: std::fmt::Debug,
{
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Pending => {}
        Poll::Ready(output) => panic!("it did not wait: {output:?}"),
    }
}

fn asked(action: Action, caller: &Owner, about: &Owner, answer: Answer) -> (Call, Answer) {
    let call = Call::Ask {
        action,
        caller: caller.clone(),
        about: Some(about.name().clone()),
    };
    (call, answer)
}

fn allowed(action: Action, caller: &Owner, about: &Owner) -> (Call, Answer) {
    asked(action, caller, about, Answer::Decided(Decision::Allowed))
}

fn refused(action: Action, caller: &Owner, about: &Owner, why: Refused) -> (Call, Answer) {
    asked(
        action,
        caller,
        about,
        Answer::Decided(Decision::Refused(why)),
    )
}

fn found(owner: &Owner, fingerprint: Fingerprint) -> (Call, Answer) {
    (Call::Find(owner.clone(), fingerprint), Answer::AsStored)
}

fn listed(owner: &Owner) -> (Call, Answer) {
    (Call::List(owner.clone()), Answer::AsStored)
}

/// A wish for a signature, outside of any session.
fn asking(data: &[u8], flags: u32) -> Asked<'_> {
    Asked {
        what: What::Data(Data {
            bytes: data,
            flags,
            raw_keys: RawKeys::NotMeant,
        }),
        sessions: Sessions::default(),
        client: None,
    }
}
