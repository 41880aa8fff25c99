//! Who asks for a signature, and with which key, as a person is told.

use sshtpm_ssh::fingerprint::{Fingerprint, NotAFingerprint};
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

use super::sentence::Sentence;
use crate::asker::Asker;
use crate::origin::Origin;
use crate::protocol::host_fingerprint;

/// The key that has `fingerprint`.
pub(crate) fn key_in_words(fingerprint: &str) -> Words {
    match fingerprint.parse::<Fingerprint>() {
        Ok(fingerprint) => fingerprint.into(),
        Err(NotAFingerprint) => Quoted::new(fingerprint).into(),
    }
}

/// The program or the machine that asks, and the host that is known to be at its other end.
pub(crate) fn requester(asker: &Asker) -> Sentence {
    // ssh on this machine bound the first session. The hosts at the other end bound the others, and
    // could name any server that they can log in to.
    let nearest = asker.sessions.first();
    let nearest = nearest.and_then(|session| host_fingerprint(&session.host_key));
    let (asker, connected) = match (asker.origin, &asker.client) {
        (Origin::Local, Some(client)) => {
            let program = Words::from("a program that calls itself ");
            (program.and(Quoted::new(client.as_str())), CONNECTED)
        }
        (Origin::Local, None) => ("a program on this machine".into(), CONNECTED),
        (Origin::Forwarded, _) => ("ANOTHER HOST to which the agent is forwarded".into(), " ("),
    };
    match nearest.and_then(|host| host.parse().ok()) {
        Some(host) => Sentence::from(asker).and(connected).and_host(host).and(")"),
        None => asker.into(),
    }
}

/// The programs or machines that ask, if they differ.
pub(crate) fn requesters(origin: Origin) -> Sentence {
    match origin {
        Origin::Local => "programs on this machine".into(),
        Origin::Forwarded => "OTHER HOSTS to which the agent is forwarded".into(),
    }
}

/// What is between a program and the host to which its SSH session is.
const CONNECTED: &str = ", connected to a host (";
