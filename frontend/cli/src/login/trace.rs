//! What ssh says of a login, as far as it tells why a login fails.
//!
//! The text is ssh's, with names in it that a host or a user chose. It is read into a type, and
//! only fingerprints of the user's keys and the names of methods are kept of it.
//!
//! ssh repeats what the host says, line breaks included, even before it has verified the host. Only
//! lines with a tag of ssh's own process count ([`tag`]), and reading ends at the first other one.
//!
//! Source: `sshconnect.c`, `sshconnect2.c`, `packet.c` and `kex.c` of OpenSSH 8.9 to 10.

mod tag;

use self::tag::Tagged;

/// Most keys that are kept. sshd lets ssh try six, unless it is told otherwise.
const MAX_KEYS: usize = 64;

/// Longest list of methods that is kept, in bytes; OpenSSH has five, with 70 bytes.
const MAX_METHODS_BYTES: usize = 128;

/// Letters of a SHA-256 fingerprint behind `SHA256:`.
const DIGITS: usize = 43;

/// What ssh says between two signs, if the host has another key.
const CHANGED: &str = "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!";

/// What ssh says if the host has no version to tell.
const NO_VERSION: [&str; 4] = [
    "read: ",
    "No SSH version received ",
    "banner line too long",
    "client sent invalid protocol identifier ",
];

/// What ssh says if the host ends the connection later.
const CLOSED: [&str; 3] = [
    "Connection closed by ",
    "Connection reset by ",
    "Connection timed out during banner exchange",
];

/// Lines behind the first of ssh's only message of several lines, which names another key of the
/// host that ssh knows (`show_other_keys`).
const OTHER_KEY_LINES: usize = 2;

/// How ssh says that the host wants something else as well.
const PARTIAL: &str = "\" with partial success.";

/// How the only message of a host ends that is told from others, behind the reason's number.
const TOO_MANY: &str = "2: Too many authentication failures";

/// How a login ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum End {
    /// ssh does not say.
    #[default]
    Unclear,
    /// The host lets the user in.
    LoggedIn,
    /// The name of the host has no address.
    Unresolved,
    /// There is no connection to the host.
    Unreachable,
    /// Host and ssh have no algorithm in common for this.
    NothingInCommon(Step),
    /// ssh does not know the host.
    HostUnknown,
    /// The host has another key than ssh knows.
    HostChanged,
    /// The host ends the session, because ssh tried too many keys.
    TooManyKeys,
    /// The host lets the user in with other methods only; these.
    Denied(String),
    /// The connection ends before ssh has tried all keys.
    Closed,
}

/// What host and ssh have to agree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The type of the host's key.
    HostKey,
    /// The key exchange.
    KeyExchange,
    /// Encryption, or anything else of the connection.
    Connection,
}

/// What ssh says of a login.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Trace {
    /// How it ends.
    pub(super) end: End,
    /// Fingerprints of the keys that ssh offers, in order.
    pub(super) offered: Vec<String>,
    /// Those that the host accepts, if they sign.
    pub(super) accepted: Vec<String>,
    /// Whether the agent refused to sign.
    pub(super) unsigned: bool,
    /// Whether the host was content with a key and wants something else as well.
    pub(super) partial: bool,
}

impl Trace {
    /// Reads what ssh wrote as process `pid`. What follows the login, or words of the host, is not
    /// read.
    pub(super) fn read(written: &[u8], pid: u32) -> Self {
        let mut trace = Self::default();
        let (mut is_tagged, mut others) = (false, 0);
        for line in written.split(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line);
            let Some(message) = Tagged::read(line.trim_end(), pid) else {
                if others > 0 {
                    others -= 1;
                } else if is_tagged || tag::is_missing(&line) {
                    break;
                }
                continue;
            };
            is_tagged = true;
            others = if message.names_another_key() {
                OTHER_KEY_LINES
            } else {
                0
            };
            trace.message(&message);
            if trace.end == End::LoggedIn || message.is_of_host() {
                break;
            }
        }
        trace
    }

    fn message(&mut self, message: &Tagged<'_>) {
        let text = message.text;
        if let Some(rest) = text.strip_prefix("Offering public key: ") {
            keep(&mut self.offered, rest);
        } else if let Some(rest) = text.strip_prefix("Server accepts key: ") {
            keep(&mut self.accepted, rest);
        } else if message.is_in("sign_and_send_pubkey") && text.starts_with("signing failed for ") {
            self.unsigned = true;
        } else if text.starts_with("Authenticated using ") && text.ends_with(PARTIAL) {
            self.partial = true;
        } else if let Some(said) = text.strip_prefix("Received disconnect from ") {
            // A host that was offered no key cannot have had too many.
            let is_count = !self.offered.is_empty() && said.ends_with(TOO_MANY);
            self.ends(if is_count {
                End::TooManyKeys
            } else {
                End::Closed
            });
        } else if let Some(end) = end(message) {
            self.ends(end);
        }
    }

    /// The first reason is the one that counts. That the connection ended is the least.
    fn ends(&mut self, end: End) {
        match (&self.end, &end) {
            (End::Unclear | End::Closed, _) | (_, End::LoggedIn) => self.end = end,
            _ => {}
        }
    }
}

/// How the login ends, if this message says so.
fn end(message: &Tagged<'_>) -> Option<End> {
    let text = message.text;
    let begins = |words: &[&str]| words.iter().any(|words| text.starts_with(words));
    let end = match text {
        _ if begins(&["Authenticated to "]) => End::LoggedIn,
        _ if begins(&["ssh: Could not resolve hostname "]) => End::Unresolved,
        _ if begins(&["ssh: connect to host "]) => End::Unreachable,
        _ if text.trim_matches(['@', ' ']) == CHANGED => End::HostChanged,
        _ if begins(&["Host key verification failed"]) => End::HostUnknown,
        _ if begins(&["Unable to negotiate with "]) => End::NothingInCommon(step(text)),
        _ if message.is_in("kex_exchange_identification") && begins(&NO_VERSION) => End::Closed,
        _ if begins(&CLOSED) => End::Closed,
        _ => return denied(message),
    };
    Some(end)
}

/// `ann@alpha: Permission denied (publickey,password).`
fn denied(message: &Tagged<'_>) -> Option<End> {
    let (_, methods) = message.text.split_once(": Permission denied (")?;
    if !message.is_in("userauth") {
        return None;
    }
    // A list of methods with a line break in it.
    let methods = methods.strip_suffix(").").unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_lowercase() || c == '-' || c == ',';
    let is_kept = methods.len() <= MAX_METHODS_BYTES && methods.chars().all(is_plain);
    Some(End::Denied(if is_kept {
        methods.to_owned()
    } else {
        String::new()
    }))
}

fn step(line: &str) -> Step {
    match line {
        _ if line.contains(": no matching host key type found") => Step::HostKey,
        _ if line.contains(": no matching key exchange method found") => Step::KeyExchange,
        _ => Step::Connection,
    }
}

/// Keeps the fingerprint in `rest`, which begins with a comment of any content.
fn keep(keys: &mut Vec<String>, rest: &str) {
    if let Some(fingerprint) = fingerprint(rest).filter(|_| keys.len() < MAX_KEYS) {
        keys.push(fingerprint);
    }
}

/// The last fingerprint in `text`: only words of ssh's own follow it.
fn fingerprint(text: &str) -> Option<String> {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/".contains(&byte);
    let is_one = |word: &&str| {
        let digits = word.strip_prefix("SHA256:");
        digits.is_some_and(|digits| digits.len() == DIGITS && digits.bytes().all(is_digit))
    };
    text.rsplit(' ').find(is_one).map(str::to_owned)
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
#[path = "trace_tests.rs"]
mod tests;
