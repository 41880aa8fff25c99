//! A request for a signature.

use std::sync::Arc;

use crate::client::ClientName;
use crate::identity::Caller;
use crate::key::KeyRecord;
use crate::policy::{Action, Details, Request};
use crate::restrictions::{Cleared, Confirmation};
use crate::session::Sessions;
use crate::signature::DigestToSign;
use crate::signed_data::SignedData;

/// The arguments of a request for a signature.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The data to be signed, not its digest: 1 to
    /// [`MAX_SIGN_DATA_BYTES`](sshtpm_ssh::limits::MAX_SIGN_DATA_BYTES) bytes.
    pub data: &'a [u8],
    /// The flags of an SSH agent's sign request (RFC 9987).
    pub flags: u32,
    /// The SSH sessions that it is for.
    pub sessions: Sessions,
    /// The program that it is for.
    pub client: Option<ClientName>,
}

/// A request for a signature. It has the digest of the data, and no longer the data.
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
    /// Whether another machine asks, to which the agent is forwarded.
    pub(crate) is_forwarded: bool,
    /// What the TPM signs.
    pub digest: DigestToSign,
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
        ];
        entries.extend(self.usage.details());
        Details {
            entries,
            message: "Authentication is required to use the SSH key $(comment) ($(key))",
        }
    }

    fn further(&self) -> Option<(Action, Details)> {
        match self.record.restrictions.confirmation {
            Confirmation::NotNeeded => None,
            Confirmation::EachUse => Some((Action::ConfirmUse, self.to_confirm())),
        }
    }
}

impl Sign {
    /// What a person has to know to confirm or refuse.
    fn to_confirm(&self) -> Details {
        let client = self.client.as_ref().map(ClientName::as_str);
        let asker = match client {
            _ if self.is_forwarded => FORWARDED.to_owned(),
            Some(name) => format!("a program that calls itself {name} (unverified)"),
            None => "a program that does not say its name".to_owned(),
        };
        let mut entries = self.details().entries;
        entries.push(("use", self.usage_in_words()));
        entries.push(("client", client.unwrap_or_default().to_owned()));
        entries.push(("forwarded", self.is_forwarded.to_string()));
        entries.push(("asker", asker));
        Details {
            entries,
            message: "Authentication is required to $(use) with the SSH key $(comment) ($(key)), \
                      asked for by $(asker)",
        }
    }

    /// What is done by it, and where: "log in as git at the host with the key SHA256:…".
    fn usage_in_words(&self) -> String {
        let words = self.usage.in_words();
        match (self.usage.user_auth(), self.cleared.host()) {
            (None, _) => words,
            (Some(_), Some(host)) => format!("{words} at the host with the key {host}"),
            (Some(_), None) => format!("{words} at a host that has not proved its identity"),
        }
    }
}

/// The asker, where the request comes from another machine.
const FORWARDED: &str = "another machine, to which your agent is forwarded";
