//! Logs the use of a key: a sentence for people, and its parts as fields.
//!
//! Fields that do not apply are left out. In the journal their names are upper-case, with
//! `SSHTPM_` before them.

use std::fmt;

use sshtpm_core::uses::{Noted, Outcome, Plain, Subject};

/// By which `SSHTPM_LOG` tells the record of use from everything else.
pub(super) const TARGET: &str = "sshtpm_broker::uses";

/// Logs `noted`.
pub(super) fn log_use(noted: &Noted) {
    let used = &noted.used;
    let asked = &used.asked;
    // A directory service may have names that a terminal obeys.
    let user = Plain::new(used.owner.name().as_str());
    let key = used.key.to_string();
    let destination = asked.destination.map(|key| key.to_string());
    tracing::info!(
        target: TARGET,
        user = user.as_str(),
        uid = used.owner.uid().0,
        key = key.as_str(),
        purpose = asked.subject.word(),
        login = asked.subject.user().map(Plain::as_str),
        namespace = asked.subject.namespace().map(Plain::as_str),
        service = asked.subject.service().map(Plain::as_str),
        destination = destination.as_deref(),
        forwarded = asked.forwarded,
        client = asked.client.as_ref().map(|client| client.as_str()),
        outcome = used.outcome.name(),
        duration_ms = u64::try_from(used.took.as_millis()).unwrap_or(u64::MAX),
        more = (noted.more > 0).then_some(noted.more),
        "{}", Sentence(noted)
    );
}

/// What happened, in words. What a client chose is in quotation marks.
struct Sentence<'a>(&'a Noted);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Noted { used, more } = self.0;
        let user = Plain::new(used.owner.name().as_str());
        let did = match (&used.asked.subject, used.outcome) {
            (Subject::Attestation, Outcome::Signed) => "was attested",
            (Subject::Attestation, _) => "was not attested",
            (_, Outcome::Signed) => "signed ",
            _ => "did not sign ",
        };
        write!(f, "key {} of {user} {did}", used.key)?;
        match &used.asked.subject {
            Subject::Unknown => f.write_str("data that was not examined")?,
            Subject::Login(user) => write!(f, "a login as {:?}", user.as_str())?,
            Subject::Sshsig(name) => write!(f, "in the namespace {:?}", name.as_str())?,
            Subject::Certificate => f.write_str("a certificate")?,
            Subject::Host => f.write_str("as a host")?,
            Subject::Sudo { user, service } => {
                let (user, service) = (user.as_str(), service.as_str());
                write!(f, "for the user {user:?} of the service {service:?}")?;
            }
            Subject::Raw => f.write_str("what the broker cannot read")?,
            Subject::Attestation => {}
        }
        if let Some(client) = &used.asked.client {
            write!(f, " for {:?}", client.as_str())?;
        }
        if used.asked.forwarded {
            f.write_str(" over a forwarded connection")?;
        }
        if used.outcome != Outcome::Signed {
            write!(f, ": {}", used.outcome.name())?;
        }
        if *more > 0 {
            write!(f, " ({more} more like it are not listed)")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Noted, Sentence};
    use sshtpm_core::uses::examples::{ALICE, key, used};
    use sshtpm_core::uses::{AskedFor, Outcome, Plain, Subject, Use};
    use sshtpm_ssh::error_kind::ErrorKind;

    fn sentence(subject: Subject, outcome: Outcome, more: u64) -> String {
        let asked = AskedFor {
            subject,
            ..AskedFor::default()
        };
        let used = Use {
            asked,
            ..used(ALICE, outcome)
        };
        let text = Sentence(&Noted { used, more }).to_string();
        text.replace(&key(1).to_string(), "K")
    }

    #[test]
    fn what_happened_is_a_sentence() {
        let login = Subject::Login(Plain::new("git"));
        assert_eq!(
            sentence(login.clone(), Outcome::Signed, 0),
            r#"key K of alice signed a login as "git""#
        );
        assert_eq!(
            sentence(login, Outcome::NotSigned(ErrorKind::PinRequired), 3),
            concat!(
                r#"key K of alice did not sign a login as "git": PinRequired "#,
                "(3 more like it are not listed)"
            )
        );
        let vouching = Subject::Sudo {
            user: Plain::new("alice"),
            service: Plain::new("sudo"),
        };
        assert_eq!(
            sentence(vouching, Outcome::Signed, 0),
            r#"key K of alice signed for the user "alice" of the service "sudo""#
        );
        assert_eq!(
            sentence(Subject::Raw, Outcome::Signed, 0),
            "key K of alice signed what the broker cannot read"
        );
        assert_eq!(
            sentence(Subject::Attestation, Outcome::Signed, 0),
            "key K of alice was attested"
        );
        let locked = Outcome::NotSigned(ErrorKind::PinRequired);
        assert_eq!(
            sentence(Subject::Attestation, locked, 0),
            "key K of alice was not attested: PinRequired"
        );
        let hostile = Subject::Sshsig(Plain::new("x\"\u{1b}[2J\nkey"));
        assert_eq!(
            sentence(hostile, Outcome::Signed, 0),
            r#"key K of alice signed in the namespace "x\"\\u{1b}[2J\\u{a}key""#
        );
        assert_eq!(
            sentence(Subject::Unknown, Outcome::NotSigned(ErrorKind::KeyLost), 0),
            "key K of alice did not sign data that was not examined: KeyLost"
        );
    }
}
