//! Certificates: those that a key is asked to issue, and those that stand for a key.
//!
//! Specs: OpenSSH `PROTOCOL.certkeys`.

mod options;

use std::ops::Range;

use sshtpm_ssh::certificate::{self, Fields, Kind};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::utc::Utc;
use sshtpm_ssh::wire::Malformed;
use sshtpm_ssh::words::Words;

use self::options::Options;
use super::key::Signer;

/// A certificate that is to be issued by the key that is asked to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Certificate {
    kind: Kind,
    /// The key that is certified.
    key: Fingerprint,
    /// What the issuer calls it, for people.
    key_id: Quoted,
    /// The users or hosts for whom it is. None means all.
    principals: Named,
    valid: Range<u64>,
    options: Options,
}

/// Some of the names in a certificate, and how many more there are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Named {
    shown: Vec<Quoted>,
    more: usize,
}

/// How many users or hosts are named to a person. A key that needs confirmation issues no
/// certificate for more: the person could not know what is confirmed.
const MOST_NAMED: usize = 8;

impl Certificate {
    /// What is done by issuing it, in words that go on a sentence: what the broker knows first, and
    /// names that others chose after it.
    pub(super) fn in_words(&self) -> Words {
        let kind = match self.kind {
            Kind::User => "issue a user certificate for the key ",
            Kind::Host => "issue a host certificate for the key ",
        };
        Words::from(kind)
            .and(self.key)
            .and(", valid ")
            .and(when(&self.valid))
            .and(", for ")
            .and(self.whom())
            .and(self.options.in_words())
            .and(", with the key ID ")
            .and(self.key_id.clone())
    }

    fn whom(&self) -> Words {
        let (every, named) = match self.kind {
            Kind::User => ("EVERY user", "the users "),
            Kind::Host => ("EVERY host", "the hosts "),
        };
        if self.principals.shown.is_empty() {
            return every.into();
        }
        let names = self.principals.shown.iter().cloned().map(Words::from);
        let names = Words::from(named).and(Words::listed(names));
        match u64::try_from(self.principals.more) {
            Ok(0) => names,
            more => names
                .and(" and ")
                .and(more.unwrap_or(u64::MAX))
                .and(Words::in_part(" more")),
        }
    }

    pub(super) fn parse(data: &[u8], issuer: Signer<'_>) -> Result<Self, Malformed> {
        let fields = Fields::parse(data)?;
        if !issuer.is(fields.issuer) {
            return Err(Malformed);
        }
        Ok(Self {
            kind: fields.kind,
            key: Fingerprint::of(&fields.key),
            key_id: Quoted::new(fields.key_id),
            principals: Named::of(&fields.principals),
            options: Options::of(&fields),
            valid: fields.valid,
        })
    }
}

impl Named {
    fn of(names: &[String]) -> Self {
        let shown = names.iter().take(MOST_NAMED);
        Self {
            shown: shown.map(|name| Quoted::new(name)).collect(),
            more: names.len().saturating_sub(MOST_NAMED),
        }
    }
}

/// When it is valid. Source of the two that stand for no limit: `PROTOCOL.certkeys`, "valid after"
/// and "valid before".
fn when(valid: &Range<u64>) -> Words {
    let (from, until) = (Utc(valid.start), Utc(valid.end));
    match (valid.start, valid.end) {
        _ if valid.is_empty() => "at NO time".into(),
        (0, u64::MAX) => "FOR EVER".into(),
        (0, _) => Words::from("until ").and(until),
        (_, u64::MAX) => Words::from("FOR EVER from ").and(from).and(" on"),
        (_, _) => Words::from("from ").and(from).and(" until ").and(until),
    }
}

/// Checks that `blob` is a certificate of `kind` that certifies the key of `signer`. Whether it
/// holds is for those to decide who accept it.
pub(super) fn is_of(blob: &[u8], kind: Kind, signer: Signer<'_>) -> Result<(), Malformed> {
    let fields = certificate::Certificate::parse(blob)?.fields;
    let fits = fields.kind == kind && fields.key == *signer.key();
    fits.then_some(()).ok_or(Malformed)
}
