//! All that there is to do.

use jiff::tz::TimeZone;
use sshtpm_dbus::KeyInfo;

use super::host_keys::LostHostKeys;
use super::lost_key::LostKey;
use crate::error::Failure;
use crate::host_names::HostNames;
use crate::key_state::is_lost;
use crate::person;
use crate::session::Session;
use sshtpm_ssh::tpm::KeyState;

/// What is lost, and what of the rest is known.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) lost: Vec<LostKey>,
    /// Keys that are not lost.
    pub(super) usable: usize,
    /// Keys of which the TPM cannot be asked now.
    pub(super) unknown: usize,
    /// For root alone.
    pub(super) host_keys: Option<LostHostKeys>,
}

impl Plan {
    /// Asks the broker. Without the record of use no places are known.
    ///
    /// # Errors
    ///
    /// The broker refuses, or cannot be reached.
    pub(super) async fn of(session: &Session) -> Result<Self, Failure> {
        let keys = session.list(None).await?;
        let host_keys = match person::is_root() {
            true => Some(LostHostKeys::of(session).await?),
            false => None,
        };
        let (lost, others): (Vec<_>, Vec<_>) = keys.into_iter().partition(is_lost);
        let is_unknown = |key: &&KeyInfo| key.state == KeyState::Unknown;
        let unknown = others.iter().filter(is_unknown).count();
        Ok(Self {
            lost: with_places(session, lost).await,
            usable: others.len() - unknown,
            unknown,
            host_keys,
        })
    }

    /// What is printed.
    pub(super) fn text(&self, zone: &TimeZone) -> String {
        let mut parts = vec![self.counted()];
        parts.extend(self.lost.iter().map(|lost| lost.text(zone).join("\n")));
        if !self.lost.is_empty() {
            parts.push(AFTERWARDS.to_owned());
        }
        let host_keys = self.host_keys.as_ref().map(LostHostKeys::text);
        let host_keys = host_keys.filter(|lines| !lines.is_empty());
        parts.extend(host_keys.map(|lines| lines.join("\n")));
        parts.join("\n\n")
    }

    fn counted(&self) -> String {
        let all = self.lost.len() + self.usable + self.unknown;
        match (self.lost.len(), self.unknown) {
            (0, 0) => "No key of yours is lost.".to_owned(),
            (0, unknown) => format!(
                "The TPM cannot be asked now about {unknown} of {all} keys. `sshtpm status` says \
                 why."
            ),
            (lost, _) => format!(
                "{lost} of {all} keys lost: the TPM was cleared or replaced after they were made."
            ),
        }
    }
}

/// What is the same for all lost keys.
const AFTERWARDS: &str = "\
Log in to the servers with another key that they accept. The places above are those in the record
of use, which has the last 1000 uses, and the destinations of the key; there may be others.
When a key is replaced everywhere, move its record out of the way: sshtpm rm --lost";

async fn with_places(session: &Session, lost: Vec<KeyInfo>) -> Vec<LostKey> {
    if lost.is_empty() {
        return Vec::new();
    }
    let uses = session.uses(None).await.unwrap_or_default();
    let names = HostNames::of_user(&lost).await;
    let lost = lost.into_iter();
    lost.map(|key| LostKey::new(key, &uses, &names)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_listing::example_key;

    fn plan(lost: usize, unknown: usize) -> Plan {
        let key = || LostKey::new(example_key(), &[], &HostNames::default());
        Plan {
            lost: std::iter::repeat_with(key).take(lost).collect(),
            usable: 1,
            unknown,
            host_keys: None,
        }
    }

    #[test]
    fn without_a_lost_key_there_is_nothing_to_do() {
        let text = plan(0, 0).text(&TimeZone::UTC);
        assert_eq!(text, "No key of yours is lost.");
    }

    #[test]
    fn a_tpm_that_cannot_be_asked_is_no_good_news() {
        let text = plan(0, 2).text(&TimeZone::UTC);
        assert!(
            text.contains("2 of 3 keys") && text.contains("sshtpm status"),
            "{text}"
        );
    }

    #[test]
    fn each_lost_key_is_told_and_then_what_holds_for_all() {
        let text = plan(2, 0).text(&TimeZone::UTC);
        assert!(text.starts_with("2 of 3 keys lost: "), "{text}");
        assert_eq!(
            text.matches(&example_key().fingerprint).count(),
            2,
            "{text}"
        );
        assert!(text.ends_with("sshtpm rm --lost"), "{text}");
    }
}
