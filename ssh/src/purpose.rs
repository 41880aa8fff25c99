//! What kinds of data a key signs.

/// One kind of data that a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// User authentication (RFC 4252 §7).
    Auth,
    /// SSHSIG (OpenSSH `PROTOCOL.sshsig`).
    Sign,
    /// SSH certificates to be issued (OpenSSH `PROTOCOL.certkeys`).
    Ca,
    /// Key exchange (RFC 4253 §8), and `hostkeys-prove-00@openssh.com`.
    Host,
    /// Requests of `pam_ssh_agent_auth`, the PAM module by which `sudo` asks an agent.
    Sudo,
    /// Digests, whose meaning the broker cannot see. No other purpose is beside it in a set.
    Raw,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 6] = [
        Self::Auth,
        Self::Sign,
        Self::Ca,
        Self::Host,
        Self::Sudo,
        Self::Raw,
    ];

    /// Those for which the broker reads what is signed.
    pub const OF_SSH: [Self; 5] = [Self::Auth, Self::Sign, Self::Ca, Self::Host, Self::Sudo];

    /// The word on the wire, in records and for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Sign => "sign",
            Self::Ca => "ca",
            Self::Host => "host",
            Self::Sudo => "sudo",
            Self::Raw => "raw",
        }
    }

    /// The purpose that has this name. `None`: there is no such purpose.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// What a key is for: at least one purpose, and [`Purpose::Raw`] alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purposes(u8);

impl Purposes {
    /// `None` without any: such a key could not be used at all. `None`, too, if another is beside
    /// [`Purpose::Raw`]: a key that signs unread digests signs for every purpose anyway.
    pub fn of(purposes: impl IntoIterator<Item = Purpose>) -> Option<Self> {
        let bits = bits(purposes);
        let is_raw = bits & Purpose::Raw.bit() != 0;
        (bits != 0 && (!is_raw || bits == Purpose::Raw.bit())).then_some(Self(bits))
    }

    /// What a user's key is for unless its owner says otherwise.
    pub fn of_users() -> Self {
        Self(Purpose::Auth.bit() | Purpose::Sign.bit())
    }

    /// What a host key of sshd is for.
    pub fn of_hosts() -> Self {
        Self(Purpose::Host.bit())
    }

    /// Whether `purpose` is among these.
    pub fn contains(self, purpose: Purpose) -> bool {
        self.0 & purpose.bit() != 0
    }

    /// Whether these are [`Purpose::Raw`].
    pub fn are_raw(self) -> bool {
        self.contains(Purpose::Raw)
    }

    /// Whether one of these is among `wanted`.
    pub fn meet(self, wanted: AnyPurpose) -> bool {
        self.0 & wanted.0 != 0
    }

    /// Whether all of these are among `others`.
    pub fn are_within(self, others: Self) -> bool {
        self.0 & !others.0 == 0
    }

    /// In the order in which they are declared.
    pub fn iter(self) -> impl Iterator<Item = Purpose> {
        let all = Purpose::ALL.into_iter();
        all.filter(move |&purpose| self.contains(purpose))
    }
}

/// Purposes by which keys are chosen: those that are for any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnyPurpose(u8);

impl AnyPurpose {
    /// `None` without any.
    pub fn of(purposes: impl IntoIterator<Item = Purpose>) -> Option<Self> {
        let bits = bits(purposes);
        (bits != 0).then_some(Self(bits))
    }

    /// Whether `purpose` is among these.
    pub fn contains(self, purpose: Purpose) -> bool {
        self.0 & purpose.bit() != 0
    }

    /// In the order in which they are declared.
    pub fn iter(self) -> impl Iterator<Item = Purpose> {
        let all = Purpose::ALL.into_iter();
        all.filter(move |&purpose| self.contains(purpose))
    }
}

fn bits(purposes: impl IntoIterator<Item = Purpose>) -> u8 {
    purposes.into_iter().fold(0, |bits, one| bits | one.bit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purpose_is_found_again_by_its_name() {
        for purpose in Purpose::ALL {
            assert_eq!(Purpose::parse(purpose.name()), Some(purpose));
        }
        assert_eq!(Purpose::parse("Auth"), None);
    }

    #[test]
    fn a_key_without_a_purpose_does_not_exist() {
        assert_eq!(Purposes::of([]), None);
    }

    #[test]
    fn a_key_for_raw_is_for_nothing_else() {
        let raw = Purposes::of([Purpose::Raw]).expect("one");
        assert!(raw.are_raw());
        for other in Purpose::OF_SSH {
            assert_eq!(Purposes::of([Purpose::Raw, other]), None);
            assert!(!Purposes::of([other]).expect("one").are_raw());
        }
    }

    #[test]
    fn keys_are_chosen_by_any_of_some_purposes() {
        let wanted = AnyPurpose::of([Purpose::Raw, Purpose::Ca]).expect("two");
        for (purpose, is_chosen) in [
            (Purpose::Raw, true),
            (Purpose::Ca, true),
            (Purpose::Auth, false),
        ] {
            let key = Purposes::of([purpose]).expect("one");
            assert_eq!(key.meet(wanted), is_chosen);
        }
        assert_eq!(AnyPurpose::of([]), None);
    }

    #[test]
    fn a_set_has_each_purpose_once() {
        let twice = Purposes::of([Purpose::Ca, Purpose::Auth, Purpose::Ca]).expect("two");
        assert_eq!(
            twice.iter().collect::<Vec<_>>(),
            [Purpose::Auth, Purpose::Ca]
        );
    }
}
