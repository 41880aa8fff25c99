//! Sessions and destinations as hostile clients combine them.
//!
//! Bytes alone would never hold a signature that is right. So the input is a choice among hosts,
//! certificates and identifiers that exist, and whole bindings of anybody beside them.

use ssh_key::certificate::CertType;
use ssh_key::public::KeyData;
use sshtpm_fuzz::{Budget, Line, Target};

use super::super::{Destination, Hop, HostKey, Origin, UserPattern, View};
use super::*;
use crate::session::fixtures::{NOW, TestHost, host};
use crate::session::tests::run;
use crate::signed_data::SignedData;
use crate::signed_data::fixtures::{Login, ecdsa};
use sshtpm_ssh::limits::{MAX_DESTINATIONS, MAX_SESSIONS};
use sshtpm_ssh::purpose::Purposes;
use sshtpm_ssh::session::Binding;
use sshtpm_ssh::wire::Reader;

/// Hosts, the last of which certifies.
const HOSTS: u8 = 5;

/// Ways in which a host shows itself: by its key, by certificates with few, many and costly names,
/// by a key with another's signature, and by nothing that can be read.
const FACES: u8 = 6;

const IDS: u8 = 4;

/// A binding that OpenSSH made.
const FOREIGN: &[u8] = include_bytes!("../../../../../fuzz/corpus/session-bindings/rsa-sha2-256");

/// Names that take a matcher longest.
const COSTLY: &str = "*a*a*a*a*a*a*a*a*a*a*b";

/// Sixteen sessions with certificates, each read for itself, against 32 destinations.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 20_000,
        per_byte: 4,
    },
    memory: Line {
        fixed: 1024 * 1024,
        per_byte: 16,
    },
    time: std::time::Duration::from_secs(2),
};

/// All bindings and host keys that there are to choose from. They are made once, because to make a
/// key takes longer than what is tried with it.
struct Menu {
    bindings: Vec<Binding>,
    keys: Vec<KeyData>,
}

impl Menu {
    fn new() -> Self {
        let numbers = 0..HOSTS;
        let faces = numbers.flat_map(|number| (0..FACES).map(move |face| (number, face)));
        let all = faces.flat_map(|(number, face)| {
            let ids = (0..IDS).map(move |id| [id; 32]);
            ids.map(move |id| binding(&host(number), face, &id))
        });
        Self {
            bindings: all.collect(),
            keys: (0..HOSTS).map(|number| host(number).key()).collect(),
        }
    }

    fn key(&self, host: u8) -> KeyData {
        self.keys[usize::from(host % HOSTS)].clone()
    }

    fn pick(&self, host: u8, face: u8, id: u8) -> Binding {
        let at = (host % HOSTS * FACES + face % FACES) * IDS + id % IDS;
        self.bindings[usize::from(at)].clone()
    }
}

fn binding(one: &TestHost, face: u8, id: &[u8]) -> Binding {
    let authority = host(HOSTS - 1);
    let many: Vec<_> = (0..200).map(|number| format!("h{number}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let costly = [COSTLY; 90];
    let certified = |names: &[&str]| one.certified_as(&authority, names, CertType::Host, |_| {});
    let login = one.login(id);
    match face {
        0 => login,
        1 => Binding {
            host_key: certified(&["host", "host0"]),
            ..login
        },
        2 => Binding {
            host_key: certified(&many),
            ..login
        },
        3 => Binding {
            host_key: certified(&costly),
            ..login
        },
        4 => Binding {
            signature: host(0).sign(b"other"),
            ..login
        },
        _ => Binding {
            host_key: vec![1; 40],
            ..login
        },
    }
}

/// Takes bytes of the input as choices; 0 once there are none left.
struct Choices<'a>(Reader<'a>);

impl Choices<'_> {
    fn next(&mut self) -> u8 {
        self.0.byte().unwrap_or_default()
    }

    fn hop(&mut self, menu: &Menu) -> Hop {
        let keys = (0..=self.next() % 4).map(|_| HostKey {
            key: menu.key(self.next()),
            is_authority: self.next() % 2 == 1,
        });
        let keys = keys.collect();
        let names = [
            "host",
            "host0",
            "h199",
            "[host]:2222",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ];
        let name = names[usize::from(self.next()) % names.len()];
        Hop::new(name.to_owned(), keys).expect("a hop")
    }

    fn destinations(&mut self, menu: &Menu) -> Destinations {
        let count = usize::from(self.next()) % (MAX_DESTINATIONS + 1);
        let named: Vec<_> = (0..count)
            .map(|_| Destination {
                from: (self.next() % 2 == 1).then(|| self.hop(menu)),
                user: (self.next() % 2 == 1)
                    .then(|| UserPattern::new(COSTLY.to_owned()).expect("a pattern")),
                to: self.hop(menu),
            })
            .collect();
        Destinations::new(named).unwrap_or_else(|_| Destinations::everywhere())
    }

    fn restrictions(&mut self, menu: &Menu) -> Restrictions {
        let flags = self.next();
        Restrictions {
            destinations: self.destinations(menu),
            forwarding: match flags & 1 {
                0 => Forwarding::Allowed,
                _ => Forwarding::Forbidden,
            },
            confirmation: match flags & 2 {
                0 => Confirmation::NotNeeded,
                _ => Confirmation::EachUse,
            },
            ..Restrictions::only(Purposes::of_users())
        }
    }

    fn sessions(&mut self, menu: &Menu) -> Sessions {
        let count = usize::from(self.next()) % (MAX_SESSIONS + 1);
        let bindings = (0..count).map(|_| {
            let is_forwarding = !self.next().is_multiple_of(4);
            let known = menu.pick(self.next(), self.next(), self.next());
            let binding = match self.next() {
                255 => self
                    .0
                    .string()
                    .ok()
                    .and_then(|content| Binding::parse(content).ok()),
                _ => None,
            };
            Binding {
                is_forwarding,
                ..binding.unwrap_or(known)
            }
        });
        Sessions::new(bindings.collect()).expect("not too many")
    }

    fn login(&mut self, sessions: &Sessions, menu: &Menu) -> Option<UserAuth> {
        let key = ecdsa(ssh_key::EcdsaCurve::NistP256);
        let mut login = Login::with(&key, "ecdsa-sha2-nistp256");
        login.user = vec![b'a'; usize::from(self.next())];
        login.session_id = vec![self.next() % IDS; 32];
        let path = sessions.path().ok().flatten();
        match self.next() % 4 {
            0 => return None,
            1 => {}
            2 => {
                let own = path.map(|path| path.last().1.host_key().to_vec());
                login.method = "publickey-hostbound-v00@openssh.com";
                login.host_key = own;
            }
            _ => {
                login.method = "publickey-hostbound-v00@openssh.com";
                login.host_key = Some(menu.pick(self.next(), 0, 0).host_key);
            }
        }
        match SignedData::parse(&login.data(), &key) {
            Ok(SignedData::UserAuth(login)) => Some(login),
            _ => None,
        }
    }
}

fn clear(menu: &Menu, input: &[u8]) -> (bool, String) {
    let mut choices = Choices(Reader::new(input));
    let key = choices.restrictions(menu);
    let sessions = choices.sessions(menu);
    let login = choices.login(&sessions, menu);
    let origin = Origin {
        sessions: &sessions,
        client: None,
    };
    let path = sessions.path();
    // One that takes too many steps is refused in a list, and for a signature.
    let listed = View::from(origin, &path, NOW).shows(&key).unwrap_or(false);
    let turns = Turns::default();
    let cleared = run(key.clear(origin, login.as_ref(), || NOW, (Uid(1), &turns)));
    if cleared.is_ok() && login.is_some() {
        // A key that may be used was listed, or a client would not find it.
        assert!(listed, "{sessions:?}");
    }
    let said = match cleared {
        Ok(cleared) => {
            let told = cleared.told();
            format!("{} {}", told.login.is_some(), told.nearest.is_some())
        }
        Err(why) => why.to_string().split(' ').take(6).collect(),
    };
    (listed, said)
}

#[test]
fn sessions_of_anybody_cost_little_to_hold_against_destinations() {
    let menu = Menu::new();
    let length = u32::try_from(FOREIGN.len()).expect("short").to_be_bytes();
    let foreign = [&[0, 0, 1, 1, 0, 0, 0, 255][..], &length, FOREIGN].concat();
    let seeds = [
        vec![0; 4],
        // A login at the one host that is named.
        vec![0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 4, 0, 1],
        // The same by a certificate.
        vec![0, 1, 0, 0, 0, 4, 1, 0, 1, 0, 0, 1, 0, 0, 4, 0, 2],
        // Two hops.
        [
            &[0, 2][..],
            &[0, 0, 0, 0, 0, 1],
            &[1, 0, 0, 0, 1, 0, 1, 0, 0],
            &[2, 1, 0, 0, 0, 0],
        ]
        .concat(),
        (0..200).collect(),
        foreign,
    ];
    let target = Target::new("sessions")
        .seeds(seeds)
        .budget(BUDGET)
        .longest(1024);
    target.run(|input| clear(&menu, input));
}
