//! What ssh says of a login, as far as it tells why a login fails.
//!
//! The text is ssh's, with names in it that a host or a user chose. It is read into a type, and
//! only fingerprints and the names of methods are kept of it.
//!
//! Source: `sshconnect.c` and `sshconnect2.c` of OpenSSH 8.9 to 10.

/// Most keys that are kept. sshd lets ssh try six, unless it is told otherwise.
const MAX_KEYS: usize = 64;

/// Longest list of methods that is kept, in bytes; OpenSSH has five, with 70 bytes.
const MAX_METHODS_BYTES: usize = 128;

/// Letters of a SHA-256 fingerprint behind `SHA256:`.
const DIGITS: usize = 43;

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
    /// Fingerprint of the key that the host shows.
    pub(super) host_key: Option<String>,
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
    /// Reads what ssh wrote. What follows the login is the host's, and is not read.
    pub(super) fn read(written: &[u8]) -> Self {
        let mut trace = Self::default();
        for line in written.split(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(line);
            let line = line.trim_end();
            trace.line(line.strip_prefix("debug1: ").unwrap_or(line));
            if trace.end == End::LoggedIn {
                break;
            }
        }
        trace
    }

    fn line(&mut self, line: &str) {
        if let Some(rest) = line.strip_prefix("Offering public key: ") {
            keep(&mut self.offered, rest);
        } else if let Some(rest) = line.strip_prefix("Server accepts key: ") {
            keep(&mut self.accepted, rest);
        } else if let Some(rest) = line.strip_prefix("Server host key: ") {
            self.host_key = fingerprint(rest);
        } else if line.starts_with("sign_and_send_pubkey: signing failed for ") {
            self.unsigned = true;
        } else if line.contains("\" with partial success.") && line.starts_with("Authenticated ") {
            self.partial = true;
        } else if let Some(end) = end(line) {
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

/// How the login ends, if this line says so.
fn end(line: &str) -> Option<End> {
    let end = match line {
        _ if line.starts_with("Authenticated to ") => End::LoggedIn,
        _ if line.starts_with("ssh: Could not resolve hostname ") => End::Unresolved,
        _ if line.starts_with("ssh: connect to host ") => End::Unreachable,
        _ if line.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") => End::HostChanged,
        _ if line.starts_with("Host key verification failed") => End::HostUnknown,
        _ if line.ends_with("Too many authentication failures") => End::TooManyKeys,
        _ if line.starts_with("Unable to negotiate with ") => End::NothingInCommon(step(line)),
        _ if line.starts_with("kex_exchange_identification: ")
            || line.starts_with("Connection closed by ")
            || line.starts_with("Connection reset by ")
            || line.starts_with("Connection timed out during banner exchange") =>
        {
            End::Closed
        }
        _ => return denied(line),
    };
    Some(end)
}

/// `ann@alpha: Permission denied (publickey,password).`
fn denied(line: &str) -> Option<End> {
    let (_, methods) = line.split_once(": Permission denied (")?;
    let methods = methods.strip_suffix(").")?;
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
