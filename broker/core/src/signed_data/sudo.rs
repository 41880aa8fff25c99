//! Requests of `pam_ssh_agent_auth`: what `sudo` has an agent sign in the place of a password.
//!
//! The machine that asks chooses every field, and signs none. A person is told what it says, and
//! that the machine says it. Nothing is decided by these fields.
//!
//! Specs: pam_ssh_agent_auth 0.10, `userauth_pubkey_from_id.c` (the request) and
//! `iterate_ssh_agent_keys.c` (what it has in the place of a session identifier).

use sshtpm_ssh::limits::MAX_NAME_BYTES;
use sshtpm_ssh::quoted::Quoted;
use sshtpm_ssh::wire::{Malformed, Reader};
use sshtpm_ssh::words::Words;

use super::key::Signer;

/// A request to vouch for a user to a PAM service, by the key that is asked to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sudo {
    user: String,
    /// `PAM_USER`, which is another one for `su`.
    account: String,
    service: String,
    machine: String,
    /// Empty if the module could not find it out.
    directory: String,
    command: Vec<String>,
}

impl Sudo {
    /// Who asks: 1 to [`MAX_NAME_BYTES`], no control characters.
    pub(crate) fn user(&self) -> &str {
        &self.user
    }

    /// The name of the PAM service, such as `sudo`: 1 to [`MAX_NAME_BYTES`], no control characters.
    pub(crate) fn service(&self) -> &str {
        &self.service
    }

    /// What is done by signing it.
    pub(super) fn in_words(&self) -> Words {
        let user = Words::from("vouch for the user ").and(Quoted::new(&self.user));
        let user = match self.account == self.user {
            true => user,
            false => user.and(" as ").and(Quoted::new(&self.account)),
        };
        user.and(" to the service ")
            .and(Quoted::new(&self.service))
            .and(" of a machine that calls itself ")
            .and(Quoted::new(&self.machine))
            .and(self.command_in_words())
            .and(self.directory_in_words())
    }

    fn command_in_words(&self) -> Words {
        let argument = |words: Words, one: &String| words.and(" ").and(Quoted::new(one));
        match self.command.as_slice() {
            [] => ", with a command that it does not name".into(),
            command => command.iter().fold(", with the command".into(), argument),
        }
    }

    fn directory_in_words(&self) -> Words {
        match self.directory.as_str() {
            "" => Words::default(),
            directory => Words::from(" in the directory ").and(Quoted::new(directory)),
        }
    }

    pub(super) fn parse(data: &[u8], signer: Signer<'_>) -> Result<Self, Malformed> {
        let mut wire = Reader::new(data);
        let place = wire.string()?;
        if wire.byte()? != SSH2_MSG_USERAUTH_TRUST_REQUEST {
            return Err(Malformed);
        }
        let user = name(wire.text()?)?;
        wire.exactly(SERVICE)?;
        wire.exactly(METHOD)?;
        if wire.byte()? != TRUE {
            return Err(Malformed);
        }
        // Of an RSA key it is `ssh-rsa`, whatever signs: the flags say that, and never SHA-1.
        wire.exactly(signer.key().algorithm().as_str().as_bytes())?;
        if !signer.is(wire.string()?) {
            return Err(Malformed);
        }
        wire.end()?;
        Self::parse_place(place, user)
    }

    /// Reads where `user` asks, for what.
    fn parse_place(place: &[u8], user: String) -> Result<Self, Malformed> {
        let mut wire = Reader::new(place);
        if wire.uint32()? != PAM_SSH_AGENT_AUTH_REQUEST_V1 {
            return Err(Malformed);
        }
        let cookie = wire.string()?;
        let account = name(wire.text()?)?;
        wire.exactly(user.as_bytes())?;
        let service = name(wire.text()?)?;
        let directory = lossy(wire.string()?, MAX_DIRECTORY_BYTES)?;
        let command = arguments(wire.string()?)?;
        let machine = name(wire.text()?)?;
        let _seconds_since_1970 = wire.uint64()?;
        wire.end()?;
        COOKIE_BYTES
            .contains(&cookie.len())
            .then_some(Self {
                user,
                account,
                service,
                machine,
                directory,
                command,
            })
            .ok_or(Malformed)
    }
}

/// In the place of `SSH_MSG_USERAUTH_REQUEST`, so that it is no login.
const SSH2_MSG_USERAUTH_TRUST_REQUEST: u8 = 54;

const PAM_SSH_AGENT_AUTH_REQUEST_V1: u32 = 101;

/// In the place of the service that follows a login.
const SERVICE: &[u8] = b"pam_ssh_agent_auth";

const METHOD: &[u8] = b"publickey";

/// Says that there is a signature, as in a login.
const TRUE: u8 = 1;

/// Random bytes of the module, which make each request another one.
const COOKIE_BYTES: std::ops::RangeInclusive<usize> = 16..=255;

/// Longest directory, in bytes: the buffer of the module, which has room for a final NUL.
const MAX_DIRECTORY_BYTES: usize = 1023;

/// Most arguments of a command: `MAX_CMDLINE_ARGS` of the module.
const MAX_ARGUMENTS: u32 = 255;

/// Longest argument, in bytes: one more than `MAX_LEN_PER_CMDLINE_ARG` of the module, which stops
/// only behind that.
const MAX_ARGUMENT_BYTES: usize = 256;

fn name(text: &str) -> Result<String, Malformed> {
    let fits = (1..=MAX_NAME_BYTES).contains(&text.len());
    let is_name = fits && !text.chars().any(char::is_control);
    is_name.then(|| text.to_owned()).ok_or(Malformed)
}

/// Paths and arguments are bytes; those that are not UTF-8 are shown as `U+FFFD`.
fn lossy(bytes: &[u8], at_most: usize) -> Result<String, Malformed> {
    let text = || String::from_utf8_lossy(bytes).into_owned();
    (bytes.len() <= at_most).then(text).ok_or(Malformed)
}

/// The arguments in `bytes`, of which there are none where the module does not see them.
fn arguments(bytes: &[u8]) -> Result<Vec<String>, Malformed> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let mut wire = Reader::new(bytes);
    let count = wire.uint32()?;
    if !(1..=MAX_ARGUMENTS).contains(&count) {
        return Err(Malformed);
    }
    let mut arguments = Vec::new();
    for _ in 0..count {
        arguments.push(lossy(wire.string()?, MAX_ARGUMENT_BYTES)?);
    }
    wire.end()?;
    Ok(arguments)
}
