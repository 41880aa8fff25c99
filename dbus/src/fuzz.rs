//! What a program on the bus sends to clients that take it for the broker.

use sshtpm_fuzz::{Budget, Line, Target};
use zbus::Type;
use zbus::wire::serialized::{Context, Data};
use zbus::wire::{BE, to_bytes};

use crate::{Destination, HostKey, Identity, KeyInfo, KeyUse, OrphanInfo, WireBinding, WireWord};
use sshtpm_ssh::origin::{Holding, Origin};
use sshtpm_ssh::session::Binding;
use sshtpm_ssh::tpm::KeyState;

/// A dictionary is decoded value by value, each with its type.
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
};

const WORDS: [&str; 9] = [
    "Fingerprint",
    "Destinations",
    "Certificates",
    "ay",
    "as",
    "v",
    "t",
    "ready",
    "lost",
];

fn context() -> Context {
    Context::new(BE, 0)
}

fn bytes<T: serde::Serialize + Type>(value: &T) -> Vec<u8> {
    to_bytes(context(), value).expect("bytes").to_vec()
}

fn decode<'d, T: serde::Deserialize<'d> + Type>(data: &'d Data<'_, '_>) -> Option<T> {
    data.deserialize::<T>().ok().map(|(value, _)| value)
}

fn key() -> KeyInfo {
    let blob = include_bytes!("../../fuzz/corpus/certificates/key-ed25519").to_vec();
    let host = HostKey {
        blob,
        is_authority: false,
    };
    KeyInfo {
        fingerprint: "SHA256:x".to_owned(),
        algorithm: "ecdsa-sha2-nistp256".to_owned(),
        bits: 256,
        comment: "laptop".to_owned(),
        public_key: "ecdsa-sha2-nistp256 AAAA".to_owned(),
        owner: "alice".to_owned(),
        created: 1,
        origin: WireWord(Origin::Generated),
        holding: WireWord(Holding::Tpm),
        backed_up: false,
        hierarchy: String::new(),
        label: String::new(),
        template: String::new(),
        state: WireWord(KeyState::Usable),
        purposes: vec!["auth".to_owned()],
        namespaces: vec!["git".to_owned()],
        destinations: vec![Destination {
            from_host: String::new(),
            from_keys: Vec::new(),
            to_user: "git".to_owned(),
            to_host: "alpha".to_owned(),
            to_keys: vec![host],
        }],
        forwarding: true,
        confirm: false,
        while_unlocked: false,
        pin: false,
        unlocked: false,
        stops_in_lockout: false,
        uses: 1,
        last_used: 1,
        persistent: false,
        persistent_by: String::new(),
        certificates: vec![
            include_bytes!("../../fuzz/corpus/certificates/user-ecdsa").to_vec(),
            include_bytes!("../../fuzz/corpus/certificates/user-rsa").to_vec(),
        ],
        pcrs: "0+7:sha256".to_owned(),
        changed_pcrs: vec![7],
    }
}

#[test]
fn a_list_of_keys_of_anybody_costs_little_to_decode() {
    let seeds = [bytes(&vec![key(), key()]), bytes(&Vec::<KeyInfo>::new())];
    let target = Target::new("key-infos").seeds(seeds).words(WORDS);
    target.budget(BUDGET).run(|input| {
        let data = Data::new(input, context());
        decode::<Vec<KeyInfo>>(&data).map(|keys| keys.len())
    });
}

#[test]
fn a_list_of_uses_and_of_identities_costs_little_to_decode() {
    let identity = Identity {
        blob: vec![1; 104],
        comment: "laptop".to_owned(),
    };
    let seeds = [
        bytes(&vec![identity.clone(), identity]),
        bytes(&vec![key()]),
    ];
    let target = Target::new("identities").seeds(seeds).words(WORDS);
    target.budget(BUDGET).run(|input| {
        let data = Data::new(input, context());
        let identities = decode::<Vec<Identity>>(&data).map(|some| some.len());
        let orphans = decode::<(Vec<OrphanInfo>, String)>(&data);
        (
            identities,
            orphans.map(|(some, next)| (some.len(), next)),
            decode::<Vec<KeyUse>>(&data).map(|some| some.len()),
        )
    });
}

#[test]
fn bindings_and_destinations_of_anybody_cost_little_to_decode() {
    let binding = WireBinding(Binding {
        host_key: vec![1; 51],
        session_id: vec![2; 32],
        signature: vec![3; 83],
        is_forwarding: true,
    });
    let seeds = [
        bytes(&vec![binding.clone(), binding]),
        bytes(&key().destinations),
    ];
    let target = Target::new("wire-types").seeds(seeds).words(WORDS);
    target.budget(BUDGET).run(|input| {
        let data = Data::new(input, context());
        let bindings = decode::<Vec<WireBinding>>(&data).map(|some| some.len());
        (
            bindings,
            decode::<Vec<Destination>>(&data).map(|some| some.len()),
        )
    });
}
