//! A use as one line of JSON, and its conversion from and to [`Noted`].
//!
//! A field that does not apply is left out. A line with any part that is not understood is
//! skipped.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use sshtpm_core::client::ClientName;
use sshtpm_core::identity::{Owner, Uid, UserName};
use sshtpm_core::uses::{AskedFor, Noted, Outcome, Plain, Subject, Use};
use sshtpm_ssh::purpose::Purpose;

/// `noted` with a line break at its end.
pub(super) fn encode(noted: &Noted) -> serde_json::Result<String> {
    let Noted { used, more } = noted;
    let asked = &used.asked;
    let line = Line {
        time: used.time,
        owner: used.owner.name().as_str().into(),
        key: used.key.to_string().into(),
        purpose: asked.subject.word().map(Into::into),
        user: asked.subject.user().map(|user| user.as_str().into()),
        namespace: asked.subject.namespace().map(|name| name.as_str().into()),
        service: asked.subject.service().map(|name| name.as_str().into()),
        destination: asked.destination.map(|key| key.to_string().into()),
        forwarded: asked.forwarded,
        client: asked.client.as_ref().map(|client| client.as_str().into()),
        outcome: used.outcome.name().into(),
        milliseconds: u64::try_from(used.took.as_millis()).unwrap_or(u64::MAX),
        more: *more,
    };
    let mut text = serde_json::to_string(&line)?;
    text.push('\n');
    Ok(text)
}

/// What `line` says of a user's keys; `None` if it is no use.
pub(super) fn decode(uid: Uid, line: &[u8]) -> Option<Noted> {
    let line: Line<'_> = serde_json::from_slice(line).ok()?;
    let subject = line.subject()?;
    let parse = |key: &Cow<'_, str>| key.parse().ok();
    let destination = match &line.destination {
        None => None,
        Some(key) => Some(parse(key)?),
    };
    let client = match line.client {
        None => None,
        Some(client) => Some(ClientName::new(client.into_owned())?),
    };
    let used = Use {
        time: line.time,
        owner: Owner::new(uid, UserName::new(line.owner)?),
        key: parse(&line.key)?,
        asked: AskedFor {
            subject,
            destination,
            forwarded: line.forwarded,
            client,
        },
        outcome: Outcome::parse(&line.outcome)?,
        took: Duration::from_millis(line.milliseconds),
    };
    Some(Noted {
        used,
        more: line.more,
    })
}

#[derive(Serialize, Deserialize)]
struct Line<'a> {
    /// Seconds since 1970-01-01 UTC.
    time: u64,
    /// Name of the user; the uid is the file's.
    owner: Cow<'a, str>,
    /// Fingerprint.
    key: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    namespace: Option<Cow<'a, str>>,
    /// PAM service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<Cow<'a, str>>,
    /// Fingerprint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    destination: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    forwarded: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client: Option<Cow<'a, str>>,
    outcome: Cow<'a, str>,
    milliseconds: u64,
    #[serde(default, skip_serializing_if = "is_none")]
    more: u64,
}

impl Line<'_> {
    fn subject(&self) -> Option<Subject> {
        let purpose = match &self.purpose {
            None => return Some(Subject::Unknown),
            Some(word) if Subject::is_attestation(word) => return Some(Subject::Attestation),
            Some(purpose) => Purpose::parse(purpose)?,
        };
        let plain = |text: &Option<Cow<'_, str>>| text.as_deref().map(Plain::new);
        Some(match purpose {
            Purpose::Auth => Subject::Login(plain(&self.user)?),
            Purpose::Sign => Subject::Sshsig(plain(&self.namespace)?),
            Purpose::Ca => Subject::Certificate,
            Purpose::Host => Subject::Host,
            Purpose::Sudo => Subject::Sudo {
                user: plain(&self.user)?,
                service: plain(&self.service)?,
            },
            Purpose::Raw => Subject::Raw,
        })
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_none(more: &u64) -> bool {
    *more == 0
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use sshtpm_core::client::ClientName;
    use sshtpm_core::identity::Uid;
    use sshtpm_core::uses::examples::{ALICE, key, used};
    use sshtpm_core::uses::{AskedFor, Noted, Outcome, Plain, Subject, Use};
    use sshtpm_ssh::error_kind::ErrorKind;

    fn noted(subject: Subject) -> Noted {
        let asked = AskedFor {
            subject,
            ..AskedFor::default()
        };
        let used = Use {
            asked,
            ..used(ALICE, Outcome::NotSigned(ErrorKind::PinRequired))
        };
        Noted { used, more: 0 }
    }

    fn decoded(text: &str) -> Option<Noted> {
        decode(Uid(ALICE.0), text.as_bytes())
    }

    #[test]
    fn a_use_reads_as_it_is_written() {
        let everything = Noted {
            used: used(ALICE, Outcome::Signed),
            more: 7,
        };
        let mut all = vec![everything];
        for subject in [
            Subject::Unknown,
            Subject::Login(Plain::new("git")),
            Subject::Login(Plain::new("")),
            Subject::Sshsig(Plain::new("file \u{1b}\" \\")),
            Subject::Certificate,
            Subject::Host,
            Subject::Sudo {
                user: Plain::new("alice"),
                service: Plain::new("sudo"),
            },
            Subject::Raw,
            Subject::Attestation,
        ] {
            all.push(noted(subject));
        }
        for noted in all {
            let line = encode(&noted).expect("a line");
            assert_eq!(line.matches('\n').count(), 1, "{line}");
            assert!(line.ends_with('\n') && line.is_ascii(), "{line}");
            assert_eq!(decoded(&line), Some(noted), "{line}");
        }
    }

    #[test]
    fn what_does_not_apply_is_left_out() {
        let line = encode(&noted(Subject::Unknown)).expect("a line");
        let key = key(1);
        let expected = format!(
            concat!(
                r#"{{"time":1700000000,"owner":"alice","key":"{key}","#,
                r#""outcome":"PinRequired","milliseconds":17}}"#
            ),
            key = key
        );
        assert_eq!(line.trim_end(), expected);
    }

    #[test]
    fn the_longest_line_is_short() {
        let mut longest = noted(Subject::Sshsig(Plain::new(&"\\\"".repeat(1000))));
        longest.used.asked.client = ClientName::new("\\".repeat(256));
        longest.used.asked.destination = Some(key(2));
        let length = encode(&longest).expect("a line").len();
        assert!(length < 2048, "{length}");
    }

    #[test]
    fn a_line_that_was_damaged_or_altered_is_none() {
        let line = encode(&Noted {
            used: used(ALICE, Outcome::Signed),
            more: 0,
        });
        let line = line.expect("a line");
        assert!(decoded(&line).is_some());
        for altered in [
            line.replace("signed", "Signed"),
            line.replace("auth", "everything"),
            line.replace("\"user\"", "\"users\""),
            line.replace("\"ssh\"", "\"s h\""),
            line.replace("\"alice\"", "\"\""),
            line.replacen("SHA256:", "", 1),
            line[..line.len() / 2].to_owned(),
            "\0".repeat(100),
            String::new(),
        ] {
            assert_eq!(decoded(&altered), None, "{altered}");
        }
        assert!(decode(Uid(1), b"\xff{}").is_none());
    }
}
