//! Where a key may log in, hop by hop.
//!
//! Specs: OpenSSH `PROTOCOL.agent` §2 (`restrict-destination-v00@openssh.com`).

use ssh_encoding::Encode as _;
use ssh_key::public::KeyData;
use thiserror::Error;

use super::name::{is_name, is_user};
use sshtpm_ssh::limits::MAX_NAME_BYTES;
use sshtpm_ssh::limits::{MAX_DESTINATIONS, MAX_KEYS_OF_HOST};

/// Most bytes of host keys in all destinations of a key. In base64, this fills a record of
/// 64 KiB. More is refused before the request waits for a person, with all of it in memory.
const MAX_KEY_BYTES: usize = 48 * 1024;

/// Where a key may log in: everywhere, or to the named destinations alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destinations {
    /// Each once. None means everywhere.
    named: Vec<Destination>,
}

/// One hop that a key may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// From where; `None` is this machine.
    pub from: Option<Hop>,
    /// The user name to log in with; `None` allows any.
    pub user: Option<UserPattern>,
    /// To where.
    pub to: Hop,
}

/// A host. Every host that has one of these keys counts as it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// For people; hosts are told apart by their keys.
    host: String,
    /// 1 to [`MAX_KEYS_OF_HOST`].
    keys: Vec<HostKey>,
}

/// A key by which a host is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostKey {
    /// The public key.
    pub key: KeyData,
    /// It does not belong to the host, but signs the host's certificates.
    pub is_authority: bool,
}

/// A user name, in which `*` and `?` stand for others as in `ssh_config(5)`, PATTERNS. It has no
/// `:` and no `/`: sshd cuts a name there, and logs in as what is before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPattern(String);

/// Why something is no destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InvalidDestination {
    #[error("the name of a host has 1 to {MAX_NAME_BYTES} bytes and no control characters")]
    Host,
    #[error(
        "the name of a user has 1 to {MAX_NAME_BYTES} bytes, and none of them is `:`, `/` or a \
         control character; sshd takes what is before `:` for the user"
    )]
    User,
    #[error("a host has 1 to {MAX_KEYS_OF_HOST} keys")]
    Keys,
    #[error("at most {MAX_DESTINATIONS} destinations can be named")]
    TooMany,
    #[error(
        "the host keys of all destinations have more than {MAX_KEY_BYTES} bytes together; name \
         fewer destinations"
    )]
    TooLong,
}

impl Destinations {
    pub(crate) fn everywhere() -> Self {
        Self { named: Vec::new() }
    }

    /// These alone; none means everywhere.
    ///
    /// # Errors
    ///
    /// There are too many, or their host keys are too long.
    pub fn new(
        destinations: impl IntoIterator<Item = Destination>,
    ) -> Result<Self, InvalidDestination> {
        let mut named: Vec<Destination> = Vec::new();
        let mut key_bytes = 0_usize;
        for destination in destinations {
            key_bytes = key_bytes.saturating_add(destination.key_bytes());
            if key_bytes > MAX_KEY_BYTES {
                return Err(InvalidDestination::TooLong);
            }
            if !named.contains(&destination) {
                named.push(destination);
            }
            if named.len() > MAX_DESTINATIONS {
                return Err(InvalidDestination::TooMany);
            }
        }
        Ok(Self { named })
    }

    /// Those that are named; none means everywhere.
    pub fn named(&self) -> &[Destination] {
        &self.named
    }

    pub(crate) fn are_everywhere(&self) -> bool {
        self.named.is_empty()
    }

    /// Whether all that these allow is allowed by `others`, as far as that can be seen: those that
    /// are named here have to be named there, to the letter.
    pub(crate) fn are_within(&self, others: &Self) -> bool {
        others.are_everywhere()
            || (!self.are_everywhere() && self.named.iter().all(|one| others.named.contains(one)))
    }
}

impl Destination {
    /// Of all its host keys.
    fn key_bytes(&self) -> usize {
        let hops = self.from.iter().chain([&self.to]);
        let keys = hops.flat_map(Hop::keys);
        // A key whose length cannot be told is longer than any.
        keys.map(|host_key| host_key.key.encoded_len().unwrap_or(usize::MAX))
            .fold(0, usize::saturating_add)
    }
}

impl Hop {
    /// # Errors
    ///
    /// The name is none, or there is no key, or there are too many.
    pub fn new(host: String, keys: Vec<HostKey>) -> Result<Self, InvalidDestination> {
        if !is_name(&host) {
            return Err(InvalidDestination::Host);
        }
        if !(1..=MAX_KEYS_OF_HOST).contains(&keys.len()) {
            return Err(InvalidDestination::Keys);
        }
        Ok(Self { host, keys })
    }

    /// The name of the host, of 1 to [`MAX_NAME_BYTES`] bytes.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its keys, 1 to [`MAX_KEYS_OF_HOST`].
    pub fn keys(&self) -> &[HostKey] {
        &self.keys
    }
}

impl UserPattern {
    /// # Errors
    ///
    /// It can be no user name.
    pub fn new(pattern: String) -> Result<Self, InvalidDestination> {
        match is_user(&pattern) {
            true => Ok(Self(pattern)),
            false => Err(InvalidDestination::User),
        }
    }

    /// One that is stored with a key. An earlier version took more for a user name; such a pattern
    /// stands for no user.
    ///
    /// # Errors
    ///
    /// It was never one.
    pub fn of_record(pattern: String) -> Result<Self, InvalidDestination> {
        match is_name(&pattern) {
            true => Ok(Self(pattern)),
            false => Err(InvalidDestination::User),
        }
    }

    /// The pattern, of 1 to [`MAX_NAME_BYTES`] bytes.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
