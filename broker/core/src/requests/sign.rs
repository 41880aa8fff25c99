//! A request for a signature.

use std::sync::Arc;

use super::RequestError;
use super::key_details::{bound_to, origin_and_holding, while_unlocked};
use crate::client::ClientName;
use crate::identity::Caller;
use crate::key::KeyRecord;
use crate::policy::{Action, Details, Origin, Request};
use crate::restrictions::{Cleared, Confirmation};
use crate::session::Sessions;
use crate::signature::ToSign;
use crate::signed_data::SignedData;
use sshtpm_ssh::digest_scheme::DigestScheme;
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::words::Words;

/// The arguments of a request for a signature.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// What is to be signed.
    pub what: What<'a>,
    /// The SSH sessions that it is for.
    pub sessions: Sessions,
    /// The program that it is for.
    pub client: Option<ClientName>,
}

/// What is to be signed.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    /// Data.
    Data(Data<'a>),
    /// A digest, by a raw key.
    Digest(DigestScheme, &'a [u8]),
}

/// Data to be signed.
#[derive(Clone, Copy, Debug)]
pub struct Data<'a> {
    /// The data, not its digest: 1 to
    /// [`MAX_SIGN_DATA_BYTES`](sshtpm_ssh::limits::MAX_SIGN_DATA_BYTES) bytes.
    pub bytes: &'a [u8],
    /// The flags of an SSH agent's sign request (RFC 9987).
    pub flags: u32,
    /// Whether a raw key may sign it.
    pub raw_keys: RawKeys,
}

/// Whether the caller means a raw key if it names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawKeys {
    /// It does: its socket was made for raw keys.
    Meant,
    /// It does not know what they sign.
    NotMeant,
}

/// A request for a signature.
#[derive(Clone, Debug)]
pub struct Sign {
    /// The caller.
    pub caller: Caller,
    /// The key.
    pub record: Arc<KeyRecord>,
    /// What the data says.
    pub(crate) usage: SignedData,
    /// The program that it is for, as the agent says.
    pub(crate) client: Option<ClientName>,
    /// Whether another machine asks, to which the agent is forwarded, and which one.
    pub(crate) origin: Origin,
    /// What is signed.
    pub to_sign: ToSign,
    pub(crate) cleared: Cleared,
}

impl Request for Sign {
    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn action(&self) -> Action {
        Action::UseOwnKey
    }

    fn details(&self) -> Details {
        let mut entries = vec![
            ("owner", self.record.owner.name().as_str().to_owned()),
            ("key", self.record.fingerprint().to_string()),
            ("comment", self.record.comment.as_str().to_owned()),
            while_unlocked(&self.record.restrictions),
        ];
        entries.extend(origin_and_holding(
            self.record.origin,
            self.record.key.holding,
        ));
        entries.push(bound_to(self.record.key.pcr_selection()));
        entries.extend(self.usage.details());
        Details {
            entries,
            message: Words::from("Authentication is required to use the SSH key ")
                .and(self.record.fingerprint())
                .and(self.comment()),
        }
    }

    fn key(&self) -> Option<Fingerprint> {
        Some(self.record.fingerprint())
    }

    fn origin(&self) -> Origin {
        self.origin
    }

    fn further(&self) -> Option<(Action, Details)> {
        match self.record.restrictions.confirmation {
            Confirmation::NotNeeded => None,
            Confirmation::EachUse => Some((Action::ConfirmUse, self.to_confirm())),
        }
    }
}

impl Sign {
    /// Refuses what a person has to confirm and cannot read.
    ///
    /// # Errors
    ///
    /// The key needs confirmation, and what is signed does not fit into a question.
    pub(crate) fn can_be_confirmed(&self) -> Result<(), RequestError> {
        let words = self.usage_in_words();
        let is_shown = words.is_whole() && words.as_str().chars().count() <= MAX_USE_CHARS;
        match self.record.restrictions.confirmation {
            Confirmation::EachUse if !is_shown => Err(RequestError::TooMuchToConfirm),
            _ => Ok(()),
        }
    }

    /// What a person has to know to confirm or refuse. What the broker knows comes first. Names
    /// that others chose come last, so that they push nothing else out of a dialogue.
    fn to_confirm(&self) -> Details {
        let client = self.client.as_ref().map(ClientName::as_str);
        let usage = self.usage_in_words();
        let mut entries = self.details().entries;
        entries.push(("use", usage.to_string()));
        entries.push(("client", client.unwrap_or_default().to_owned()));
        entries.push(("forwarded", self.is_forwarded().to_string()));
        let (asker, program) = match client {
            _ if self.is_forwarded() => (self.other_machine(), "".into()),
            Some(name) => {
                let name = Words::from(". The program calls itself ").and(Quoted::new(name));
                ("a program".into(), name.and(" (unverified)"))
            }
            None => ("a program that does not say its name".into(), "".into()),
        };
        let message = Words::from("Authentication is required to let ")
            .and(asker)
            .and(" use the SSH key ")
            .and(self.record.fingerprint())
            .and(" to ")
            .and(usage)
            .and(program)
            .and(self.comment());
        Details { entries, message }
    }

    fn usage_in_words(&self) -> Words {
        self.usage.in_words(self.cleared.told().login.as_ref())
    }

    /// The asker, where the request comes from another machine.
    fn other_machine(&self) -> Words {
        let forwarded = Words::from("ANOTHER MACHINE, to which your agent is forwarded");
        match &self.cleared.told().nearest {
            Some(host) => forwarded.and(" through ").and(host.in_words()).and(","),
            None => forwarded.and(","),
        }
    }

    /// A sentence that names the comment of the key; none if there is no comment.
    fn comment(&self) -> Words {
        match self.record.comment.as_str() {
            "" => Words::default(),
            comment => Words::from(". The comment of the key is ").and(Quoted::new(comment)),
        }
    }

    fn is_forwarded(&self) -> bool {
        self.origin != Origin::Local
    }
}

/// Longest description of what is signed, in characters, for a key whose every use is confirmed:
/// more than a screen shows beside a password is not read.
const MAX_USE_CHARS: usize = 1000;
