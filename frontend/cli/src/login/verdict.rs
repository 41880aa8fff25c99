//! What came of a login, in whole sentences, and what to do about it.
//!
//! Names that the host chose are not repeated: of what ssh says, only fingerprints of the user's
//! keys and the names of methods are shown. The fingerprint of the host is for ssh to show, when it
//! asks.

use sshtpm_dbus::{KeyInfo, KeyUse};

use super::attempt::Attempt;
use super::refused_signature;
use super::trace::{End, Step};
use crate::checks::finding::Finding;
use crate::checks::first_lines;
use crate::checks::host::at;
use crate::key_listing::authorized_keys_line;
use crate::key_selector::describe;
use crate::person;
use crate::restrictions::place::Place;
use crate::shell_word::shell_word;

/// A login, and what is known besides.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    /// Where it was tried.
    pub(super) place: &'a Place,
    /// What ssh says, and how it ended.
    pub(super) attempt: &'a Attempt,
    /// The keys of the user that can be used.
    pub(super) keys: &'a [&'a KeyInfo],
    /// Whether their rules let them log in, if that can be told.
    pub(super) rules: Option<&'a Finding>,
    /// What they were asked for since the login began.
    pub(super) uses: &'a [KeyUse],
    /// The name of the host in known_hosts, if ssh knows it.
    pub(super) known_as: Option<String>,
}

/// What came of it.
pub(super) fn judge(seen: &Seen<'_>) -> Finding {
    let place = seen.place;
    match &seen.attempt.trace.end {
        _ if seen.attempt.had_session => logged_in(seen),
        End::Unresolved => Finding::fail(
            format!("the name {place} has no address"),
            "Is it spelled right? Is this machine connected to the network?",
        ),
        End::Unreachable => Finding::fail(
            format!("nothing accepts connections at {place}"),
            "Does sshd run there (`sudo systemctl start ssh`), and is the port right? A firewall \
             may be in the way.",
        ),
        End::NothingInCommon(step) => nothing_in_common(place, *step),
        End::HostUnknown => host_unknown(seen),
        End::HostChanged => host_changed(seen),
        End::TooManyKeys => too_many(seen),
        End::Denied(methods) => denied(seen, methods),
        // ssh says so, but there was no session: the host has ended it.
        End::LoggedIn | End::Closed => Finding::fail(
            format!("{place} ended the connection before a login was complete"),
            "It may not like this address, or this user. Its administrator finds the reason in \
             `journalctl -u ssh` there.",
        ),
        End::Unclear => Finding::fail(
            format!("ssh did not log in to {place}, and did not say why"),
            format!("Try it yourself: `{}`.", at(place, "-v")),
        ),
    }
}

fn of_user<'a>(seen: &Seen<'a>, fingerprints: &[String]) -> Option<&'a KeyInfo> {
    let mut keys = seen.keys.iter().copied();
    keys.find(|key| fingerprints.contains(&key.fingerprint))
}

fn logged_in(seen: &Seen<'_>) -> Finding {
    let (place, trace) = (seen.place, &seen.attempt.trace);
    if trace.end != End::LoggedIn {
        return Finding::ok(format!(
            "ssh logs in to {place}; it does not say with which key"
        ));
    }
    let last = trace.accepted.last().map(std::slice::from_ref);
    match (last.and_then(|last| of_user(seen, last)), seen.keys.first()) {
        (Some(key), _) => Finding::ok(format!("ssh logs in to {place} with key {}", describe(key))),
        (None, Some(key)) => Finding::warn(
            format!("ssh logs in to {place}, but not with a key in the TPM"),
            install(place, key),
        ),
        (None, None) => Finding::ok(format!(
            "ssh logs in to {place}, with a key of another agent"
        )),
    }
}

fn nothing_in_common(place: &Place, step: Step) -> Finding {
    let (what, setting) = match step {
        Step::HostKey => ("type of host key", "HostKeyAlgorithms"),
        Step::KeyExchange => ("key exchange", "KexAlgorithms"),
        Step::Connection => ("cipher or other algorithm", "Ciphers and MACs"),
    };
    Finding::fail(
        format!("ssh and {place} have no {what} in common"),
        format!("See {setting} in ssh_config(5). The software of one of the two is old."),
    )
}

fn host_unknown(seen: &Seen<'_>) -> Finding {
    let place = seen.place;
    Finding::fail(
        format!("ssh does not know the host {place}, so it does not log in without a question"),
        format!(
            "Ask its administrator for the fingerprint. If ssh shows the same one, answer yes:\n\
             `{}`",
            at(place, "-o StrictHostKeyChecking=ask")
        ),
    )
}

fn host_changed(seen: &Seen<'_>) -> Finding {
    let place = seen.place;
    let name = seen.known_as.clone().unwrap_or_else(|| place.name());
    Finding::fail(
        format!("{place} has another host key than ssh knows"),
        format!(
            "Somebody may be between you and the host. If its administrator says that the key was \
             changed, and gives you the fingerprint of the new one, forget the old one and compare \
             the two at the first login:\n`ssh-keygen -R {}`\n`{}`",
            shell_word(name),
            at(place, "-o StrictHostKeyChecking=ask")
        ),
    )
}

fn too_many(seen: &Seen<'_>) -> Finding {
    let (place, count) = (seen.place, seen.attempt.trace.offered.len());
    let found = format!("{place} ended the session after {count} keys that it does not accept");
    let late = seen.keys.iter();
    let late = late.filter(|key| !seen.attempt.trace.offered.contains(&key.fingerprint));
    let key = late.copied().next().or(seen.keys.first().copied());
    match key {
        Some(key) => {
            let home = person::home_directory().ok();
            Finding::fail(
                found,
                first_lines::only_this_key(place, home.as_deref(), key),
            )
        }
        None => Finding::fail(
            found,
            "Name the right key with IdentityFile and IdentitiesOnly.",
        ),
    }
}

fn denied(seen: &Seen<'_>, methods: &str) -> Finding {
    let (place, trace) = (seen.place, &seen.attempt.trace);
    // The agent offers no key at a host where the rules of the key forbid it.
    if let (Some(rules @ Finding::Fail(_)), None) = (seen.rules, of_user(seen, &trace.offered)) {
        return rules.clone();
    }
    match of_user(seen, &trace.accepted) {
        Some(key) if trace.unsigned => refused_signature::finding(place, key, seen.uses),
        Some(key) => Finding::fail(
            format!(
                "{place} accepts key {}, and wants something else as well: {methods}",
                describe(key)
            ),
            "Log in with ssh in a terminal, where it can ask you.",
        ),
        None => not_accepted(seen),
    }
}

fn not_accepted(seen: &Seen<'_>) -> Finding {
    let (place, home) = (seen.place, person::home_directory().ok());
    match (
        of_user(seen, &seen.attempt.trace.offered),
        seen.keys.first(),
    ) {
        (Some(key), _) => Finding::fail(
            format!("{place} does not accept your key {}", describe(key)),
            install(place, key),
        ),
        (None, Some(key)) => Finding::fail(
            format!("ssh offers none of your keys in the TPM to {place}"),
            first_lines::this_key_too(Some(place), home.as_deref(), key),
        ),
        (None, None) => Finding::fail(
            format!("{place} accepts none of the keys that ssh offers"),
            "You have no key in the TPM: `sshtpm setup` makes one.",
        ),
    }
}

/// How to have the host accept `key`.
fn install(place: &Place, key: &KeyInfo) -> String {
    let user = place.user.as_deref().unwrap_or("the user");
    format!(
        "Add its line to ~/.ssh/authorized_keys of {user} there, or paste it into the form of the \
         service:\n\
         `echo '{}' >>~/.ssh/authorized_keys`\n\
         From here, if you can log in some other way: `ssh-copy-id -f -i FILE.pub HOST`.\n\
         If the line is there: sshd ignores the file if others may write to it, its directory or \
         the home directory: `chmod go-w ~ ~/.ssh ~/.ssh/authorized_keys`.",
        authorized_keys_line(key).replace('\'', "")
    )
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
