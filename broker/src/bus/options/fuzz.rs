//! Options that any program on the bus sends, before anybody knows who it is.
//!
//! They are in the order of bytes that has the greatest first, as the rest of what is fed to
//! readers, so that the lengths of fields can be kept right.

use std::collections::HashMap;

use sshtpm_dbus::{Destination, HostKey, WireBinding, option};
use sshtpm_fuzz::{Budget, Line, Target};
use sshtpm_ssh::session::Binding;
use zbus::Variant;
use zbus::wire::serialized::{Context, Data};
use zbus::wire::{BE, to_bytes};

use super::Options;

const WORDS: [&str; 16] = [
    option::OWNER,
    option::SESSIONS,
    option::DESTINATIONS,
    option::PURPOSES,
    option::NAMESPACES,
    option::CLIENT,
    option::KEY,
    option::RAW,
    option::PUBLIC_KEY,
    option::BITS,
    "a(sa(ayb)ssa(ayb))",
    "a(ayayayb)",
    "as",
    "av",
    "v",
    "ay",
];

/// Each element of a list is decoded and kept for itself; a signature is parsed for each variant.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 512,
        per_byte: 2,
    },
    memory: Line {
        fixed: 64 * 1024,
        per_byte: 32,
    },
    ..Budget::PLAIN
}
.trusting_announced_lengths();

fn context() -> Context {
    Context::new(BE, 0)
}

fn seed(options: &[(&str, Variant<'_>)]) -> Vec<u8> {
    let options: HashMap<_, _> = options.iter().map(|(name, value)| (*name, value)).collect();
    to_bytes(context(), &options).expect("options").to_vec()
}

fn destination() -> Destination {
    let key = HostKey {
        blob: include_bytes!("../../../../fuzz/corpus/certificates/key-ed25519").to_vec(),
        is_authority: true,
    };
    Destination {
        from_host: "bastion".to_owned(),
        from_keys: vec![key.clone()],
        to_user: "git*".to_owned(),
        to_host: "alpha".to_owned(),
        to_keys: vec![key.clone(), key],
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let binding = WireBinding(Binding {
        host_key: vec![1; 51],
        session_id: vec![2; 32],
        signature: vec![3; 83],
        is_forwarding: true,
    });
    let words = |words: [&'static str; 2]| Variant::from(words.to_vec());
    vec![
        seed(&[]),
        seed(&[(option::BITS, 2048_u32.into()), (option::PIN, 7_u32.into())]),
        seed(&[(option::OWNER, "sshtpm-host".into())]),
        seed(&[(option::PURPOSES, words(["auth", "sign"]))]),
        seed(&[(option::NAMESPACES, words(["git", "file"]))]),
        seed(&[
            (option::FORWARDING, true.into()),
            (option::CONFIRM, false.into()),
        ]),
        seed(&[
            (option::PUBLIC_KEY, vec![1_u8; 51].into()),
            (option::BACKED_UP, true.into()),
        ]),
        seed(&[(
            option::DESTINATIONS,
            vec![destination(), destination()].into(),
        )]),
        seed(&[
            (option::SESSIONS, vec![binding].into()),
            (option::CLIENT, "ssh".into()),
            (option::RAW, true.into()),
        ]),
    ]
}

#[test]
fn options_of_anybody_cost_little_to_decode_and_to_parse() {
    let target = Target::new("dbus-options").seeds(seeds()).words(WORDS);
    target.budget(BUDGET).run(|bytes| {
        let data = Data::new(bytes, context());
        let Ok((mut options, _)) = data.deserialize::<Options>() else {
            return Err("not decoded");
        };
        let restrictions = options.restrictions().map_err(|_| "restrictions")?;
        let sessions = options.sessions().map_err(|_| "sessions")?;
        options.client().map_err(|_| "client")?;
        options.key().map_err(|_| "key")?;
        options.raw_keys().map_err(|_| "raw")?;
        options.public_key().map_err(|_| "public key")?;
        options.backed_up().map_err(|_| "backed up")?;
        options.bits().map_err(|_| "bits")?;
        options.seconds().map_err(|_| "seconds")?;
        let destinations = restrictions.destinations.map(|some| some.named().len());
        let sessions = sessions != sshtpm_core::session::Sessions::default();
        Ok((destinations, sessions, options.finish().is_ok()))
    });
}
