//! Keys of every type that ssh-keygen, openssl and puttygen make, in every form that they write:
//! each is read, and imported with the fingerprint that the program gives it.
//!
//! `make key-files` has 200 keys of each type made, which takes an hour; `TYPES=RSA-3072` has keys
//! of that type made alone. `make test` has one made of each type that is made quickly.

use std::fmt;
use std::time::Duration;

use rand_core::OsRng;
use sshtpm_duplicate::wrap;
use sshtpm_key_file::{KeyFile, PrivateKey, PrivatePart};
use sshtpm_ssh::fingerprint::Fingerprint;
use sshtpm_tests::call::owner;
use sshtpm_tests::{User, World};

use crate::import::parent;
use crate::import_files::{PASSPHRASE, import};

/// Names how many keys of each type each program makes; without it, one of each that is made
/// quickly.
const EACH: &str = "SSHTPM_KEY_FILES";

/// Names what is in the names of the types that are made, such as `RSA`; without it, all are.
const TYPES: &str = "SSHTPM_KEY_TYPES";

/// How many times fewer RSA keys of 4096 bits are made: each takes seconds, and swtpm has none.
const FEWER: usize = 10;

const ED25519: &str = "Ed25519";

/// How long a program may make a key: on a busy machine, puttygen was seen to take more than 90 s
/// for RSA-4096.
const TO_MAKE: Duration = Duration::from_secs(600);

/// A type of key, as each program calls it.
struct Kind {
    name: &'static str,
    keygen: &'static str,
    openssl: &'static str,
    puttygen: &'static str,
    /// The name of the curve, of which openssl writes a block of its own.
    curve: Option<&'static str>,
    is_quick: bool,
    is_in_tpm: bool,
}

const P256: Kind = Kind {
    name: "ECDSA P-256",
    keygen: "ecdsa -b 256",
    openssl: "EC -pkeyopt ec_paramgen_curve:P-256",
    puttygen: "ecdsa -b 256",
    curve: Some("prime256v1"),
    is_quick: true,
    is_in_tpm: true,
};

const RSA: Kind = Kind {
    name: "RSA-2048",
    keygen: "rsa -b 2048",
    openssl: "RSA -pkeyopt rsa_keygen_bits:2048",
    puttygen: "rsa -b 2048",
    curve: None,
    is_quick: true,
    is_in_tpm: true,
};

const KINDS: [Kind; 7] = [
    Kind {
        name: ED25519,
        keygen: "ed25519",
        openssl: "ED25519",
        puttygen: "eddsa -b 255",
        curve: None,
        ..P256
    },
    P256,
    Kind {
        name: "ECDSA P-384",
        keygen: "ecdsa -b 384",
        openssl: "EC -pkeyopt ec_paramgen_curve:P-384",
        puttygen: "ecdsa -b 384",
        curve: Some("secp384r1"),
        ..P256
    },
    Kind {
        name: "ECDSA P-521",
        keygen: "ecdsa -b 521",
        openssl: "EC -pkeyopt ec_paramgen_curve:P-521",
        puttygen: "ecdsa -b 521",
        curve: Some("secp521r1"),
        ..P256
    },
    RSA,
    Kind {
        name: "RSA-3072",
        keygen: "rsa -b 3072",
        openssl: "RSA -pkeyopt rsa_keygen_bits:3072",
        puttygen: "rsa -b 3072",
        is_quick: false,
        ..RSA
    },
    Kind {
        name: "RSA-4096",
        keygen: "rsa -b 4096",
        openssl: "RSA -pkeyopt rsa_keygen_bits:4096",
        puttygen: "rsa -b 4096",
        is_quick: false,
        is_in_tpm: false,
        ..RSA
    },
];

#[derive(Clone, Copy, Debug)]
enum Program {
    SshKeygen,
    OpenSsl,
    PuttyGen,
}

impl Program {
    /// What it writes: shell, after `$type` and before the file `key` and its public half.
    fn forms(self, user: User<'_>, kind: &Kind) -> Vec<String> {
        match self {
            Self::SshKeygen => ssh_keygen_forms(user),
            Self::OpenSsl => openssl_forms(kind),
            Self::PuttyGen => puttygen_forms(),
        }
    }

    fn script(self, kind: &Kind, form: &str) -> String {
        let begin = "set -eu; rm -f key key.pub key.new";
        match self {
            Self::SshKeygen => format!("{begin}; ssh-keygen -q -t {} -f key {form}", kind.keygen),
            Self::OpenSsl => format!(
                "{begin}; openssl genpkey -quiet -algorithm {} -out key; {}; {form}",
                kind.openssl,
                match kind.name {
                    ED25519 => OPENSSL_ED25519_PUBLIC,
                    _ => OPENSSL_PUBLIC,
                }
            ),
            Self::PuttyGen => format!(
                "{begin}; puttygen -q -t {} -C work --random-device /dev/urandom {form} -o key \
                 && puttygen key -O public-openssh -o key.pub",
                kind.puttygen
            ),
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SshKeygen => "ssh-keygen",
            Self::OpenSsl => "openssl",
            Self::PuttyGen => "puttygen",
        })
    }
}

fn ssh_keygen_forms(user: User<'_>) -> Vec<String> {
    let ciphers = user.run("ssh -Q cipher").ok().stdout;
    let encrypted = ciphers
        .lines()
        .map(|cipher| format!("-a 1 -Z {cipher} -N \"$(cat pass)\""));
    encrypted.chain(["-N ''".to_owned()]).collect()
}

/// How openssl shows the public half, and how ssh-keygen understands it.
const OPENSSL_PUBLIC: &str =
    "openssl pkey -in key -pubout -out public; ssh-keygen -i -m PKCS8 -f public >key.pub";

/// ssh-keygen 9.2 understands no Ed25519 key of openssl's, so this is the blob of RFC 8709 §4.
const OPENSSL_ED25519_PUBLIC: &str = r"openssl pkey -in key -pubout -outform DER -out public
    { printf '\0\0\0\013ssh-ed25519\0\0\0\040'; tail -c 32 public; } | base64 -w 0 >blob
    echo ssh-ed25519 $(cat blob) >key.pub";

fn openssl_forms(kind: &Kind) -> Vec<String> {
    let encrypt = |options: &str| {
        format!(
            "openssl pkcs8 -topk8 {options} -in key -passout file:pass -out key.new; mv key.new key"
        )
    };
    // OpenSSL has no form of its own for Ed25519.
    let traditional = "openssl pkey -in key -traditional -out key.new; mv key.new key";
    let mut forms = vec![
        ":".to_owned(),
        encrypt(""),
        encrypt("-v2 aes-128-cbc -v2prf hmacWithSHA1 -iter 1000"),
        encrypt("-v2 des3 -v2prf hmacWithSHA512"),
        encrypt("-scrypt"),
    ];
    if kind.name != ED25519 {
        forms.push(traditional.to_owned());
    }
    forms.extend(kind.curve.map(|curve| {
        format!(
            "{traditional}; openssl ecparam -name {curve} -out curve; \
             cat curve key >key.new; mv key.new key"
        )
    }));
    forms
}

fn puttygen_forms() -> Vec<String> {
    let encrypted = |parameters: &str| format!("--new-passphrase pass --ppk-param {parameters}");
    vec![
        "--new-passphrase none".to_owned(),
        "--new-passphrase none --ppk-param version=2".to_owned(),
        encrypted("version=2"),
        encrypted("kdf=argon2id,memory=1024,passes=1"),
        encrypted("kdf=argon2i,memory=1024,passes=2"),
        encrypted("kdf=argon2d,memory=1024,passes=1"),
    ]
}

/// Has `program` make keys of every type, and imports them. Prints what it did.
fn imports_keys_of(program: Program) {
    let each = std::env::var(EACH).ok();
    let each: Option<usize> = each.map(|each| each.parse().expect("a number"));
    let world = World::with_config("[limits]\nkeys-generated-per-hour = 10000\n");
    let alice = world.alice();
    alice.write("/home/alice/pass", PASSPHRASE);
    alice.write("/home/alice/none", "");
    // Types go on with the forms where the type before them ended.
    let mut made = 0;
    let types = std::env::var(TYPES).unwrap_or_default();
    for kind in KINDS.iter().filter(|kind| kind.name.contains(&types)) {
        let count = match (each, kind) {
            (None, kind) => usize::from(kind.is_quick),
            (Some(each), kind) if kind.is_in_tpm => each,
            (Some(each), _) => each.div_ceil(FEWER),
        };
        let forms = program.forms(alice, kind);
        let mut with_zeros = 0;
        for form in forms.iter().cycle().skip(made).take(count) {
            let script = program.script(kind, form);
            let make = alice.command("sh -c").arg(&script);
            make.within(TO_MAKE).run().ok();
            let key = read(alice);
            with_zeros += usize::from(begins_with_zeros(&key));
            match kind.is_in_tpm {
                true => imports(alice, &script),
                false => wraps_and_refuses(alice, &key),
            }
        }
        made += count;
        eprintln!(
            "{program}, {}: {count} keys in {} forms, {with_zeros} with leading zeros",
            kind.name,
            forms.len().min(count),
        );
    }
}

/// The key in the file, which is the one of which the program wrote the public half.
fn read(alice: User<'_>) -> PrivateKey {
    let file = KeyFile::read(alice.read("/home/alice/key").as_bytes()).expect("a key file");
    let key = file.open(PASSPHRASE.as_bytes()).expect("the passphrase");
    assert_eq!(
        Fingerprint::of(&key.private.public()).to_string(),
        fingerprint(alice)
    );
    key
}

/// As ssh-keygen says.
fn fingerprint(alice: User<'_>) -> String {
    let said = alice.run("ssh-keygen -l -f key.pub").ok().stdout;
    said.split(' ').nth(1).expect("a fingerprint").to_owned()
}

/// Whether a program that writes numbers without leading zeros wrote a shorter one.
fn begins_with_zeros(key: &PrivateKey) -> bool {
    match &key.private {
        // The first byte of P-521 is 0 or 1, so it is often missing.
        PrivatePart::Ecdsa(key) => key.scalar().starts_with(&[0]),
        PrivatePart::Rsa(_) | PrivatePart::Ed25519(_) => false,
    }
}

/// The broker has the key sign before it keeps it.
fn imports(alice: User<'_>, script: &str) {
    let made = fingerprint(alice);
    import(alice, "key -C work", PASSPHRASE).ok();
    assert_eq!(alice.fingerprints(), [made.as_str()], "{script}");
    let root = alice.machine().root();
    root.delete(&made, owner("alice")).expect("deleted");
}

/// swtpm has no such keys.
fn wraps_and_refuses(alice: User<'_>, key: &PrivateKey) {
    let wrapped = wrap(&key.private, None, &parent(alice), &mut OsRng).expect("it is wrapped");
    assert!(wrapped.public.len() > 512, "with the modulus");
    import(alice, "key -C work", PASSPHRASE).fails_with(1);
    assert_eq!(alice.fingerprints(), Vec::<String>::new());
}

#[test]
fn keys_of_ssh_keygen_are_imported_with_their_fingerprints() {
    imports_keys_of(Program::SshKeygen);
}

#[test]
fn keys_of_openssl_are_imported_with_their_fingerprints() {
    imports_keys_of(Program::OpenSsl);
}

#[test]
fn keys_of_puttygen_are_imported_with_their_fingerprints() {
    imports_keys_of(Program::PuttyGen);
}
