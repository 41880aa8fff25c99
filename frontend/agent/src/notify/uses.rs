//! Uses of keys that one notification tells: a single one, or all since the last notification.
//!
//! Of many, a person is told what they share: the key, the purpose, and who asked.

use sshtpm_ssh::words::Words;

use super::used_for;
use crate::asker::Asker;
use crate::origin::Origin;
use crate::telling::requester::{key_in_words, requester, requesters};
use crate::telling::sentence::Sentence;

/// A request for a signature, as a person is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Signing<'a> {
    pub(crate) fingerprint: &'a str,
    pub(crate) data: &'a [u8],
    pub(crate) asker: &'a Asker,
}

/// One use or more, all for programs of this machine or all for other hosts. `None` stands for what
/// they do not share.
#[derive(Clone, Debug)]
pub(super) struct Uses {
    count: u64,
    origin: Origin,
    key: Option<Words>,
    purpose: Option<Words>,
    requester: Option<Sentence>,
}

impl Uses {
    /// One use.
    pub(super) fn one(signing: Signing<'_>) -> Self {
        Self {
            count: 1,
            origin: signing.asker.origin,
            key: Some(key_in_words(signing.fingerprint)),
            purpose: Some(used_for::in_words(signing.data)),
            requester: Some(requester(signing.asker)),
        }
    }

    /// These uses and `further` ones.
    #[must_use = "the uses themselves stay as they are"]
    pub(super) fn and(self, further: Self) -> Self {
        Self {
            count: self.count.saturating_add(further.count),
            origin: self.origin,
            key: shared(self.key, further.key),
            purpose: shared(self.purpose, further.purpose),
            requester: shared(self.requester, further.requester),
        }
    }

    /// What a person is told of them.
    pub(super) fn in_words(self) -> Sentence {
        let key = match self.key {
            Some(key) => Words::from("SSH key ").and(key).and(" was used"),
            None => "SSH keys were used".into(),
        };
        let counted = match self.count {
            1 => key,
            count => {
                let times = Words::from(" ").and(count).and(" times");
                Words::from("Since the last notification, ")
                    .and(key)
                    .and(times)
            }
        };
        let purpose = match self.purpose {
            Some(purpose) => Words::from(" to ").and(purpose),
            None => " for several purposes".into(),
        };
        let requester = self.requester.unwrap_or_else(|| requesters(self.origin));
        Sentence::from(counted)
            .and(purpose)
            .and(", asked for by ")
            .then(requester)
    }
}

/// What both sides are, if they are the same.
fn shared<T: PartialEq>(one: Option<T>, other: Option<T>) -> Option<T> {
    one.filter(|one| Some(one) == other.as_ref())
}

#[cfg(test)]
mod tests {
    use super::{Asker, Signing, Uses};
    use crate::origin::Origin;
    use crate::protocol::fake_keys::string;

    const KEYS: [&str; 2] = [
        "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "SHA256:uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek",
    ];

    fn login(user: &str) -> Vec<u8> {
        [string(b"session"), vec![50], string(user.as_bytes())].concat()
    }

    fn uses(origin: Origin, all: &[(&str, &str)]) -> String {
        let asker = Asker {
            origin,
            ..Asker::default()
        };
        let one = |(key, user): &(&str, &str)| {
            Uses::one(Signing {
                fingerprint: key,
                data: &login(user),
                asker: &asker,
            })
        };
        let together = all.iter().map(one).reduce(Uses::and).unwrap();
        together
            .in_words()
            .in_words(&Default::default())
            .to_string()
    }

    #[test]
    fn one_use_is_told_as_it_is() {
        let told = uses(Origin::Local, &[(KEYS[0], "git")]);
        let [key, _] = KEYS;
        assert_eq!(
            told,
            format!(
                "SSH key {key} was used to log in as the user \"git\", asked for by a program on \
                 this machine"
            )
        );
    }

    #[test]
    fn many_alike_are_told_with_their_number() {
        let told = uses(Origin::Forwarded, &[(KEYS[0], "git"); 3]);
        let [key, _] = KEYS;
        assert_eq!(
            told,
            format!(
                "Since the last notification, SSH key {key} was used 3 times to log in as the \
                 user \"git\", asked for by ANOTHER HOST to which the agent is forwarded"
            )
        );
    }

    #[test]
    fn what_differs_between_uses_is_told_as_several() {
        let told = uses(Origin::Local, &[(KEYS[0], "git"), (KEYS[1], "git")]);
        let keys = "SSH keys were used 2 times to log in as the user \"git\", asked";
        assert!(told.contains(keys), "{told}");
        let told = uses(Origin::Local, &[(KEYS[0], "git"), (KEYS[0], "ann")]);
        assert!(
            told.contains("was used 2 times for several purposes, asked"),
            "{told}"
        );
        // A third use does not bring back what two of them do not share.
        let told = uses(
            Origin::Local,
            &[(KEYS[0], "a"), (KEYS[0], "b"), (KEYS[0], "b")],
        );
        assert!(told.contains("3 times for several purposes"), "{told}");
    }

    #[test]
    fn several_requesters_are_told_by_where_they_are() {
        for (origin, told) in [
            (Origin::Local, "asked for by programs on this machine"),
            (
                Origin::Forwarded,
                "asked for by OTHER HOSTS to which the agent is forwarded",
            ),
        ] {
            let asker = Asker {
                origin,
                ..Asker::default()
            };
            let one = Uses::one(Signing {
                fingerprint: KEYS[0],
                data: &login("git"),
                asker: &asker,
            });
            let others = Uses {
                requester: None,
                ..one.clone()
            };
            let words = one.and(others).in_words().in_words(&Default::default());
            assert!(words.as_str().ends_with(told), "{words}");
        }
    }
}
