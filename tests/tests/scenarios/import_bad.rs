//! What `Import` refuses: nothing of it is stored, and no failed try is counted at the TPM.

use aes::Aes128;
use aes::cipher::{AsyncStreamCipher as _, KeyIvInit as _};
use cfb_mode::Encryptor;
use hmac::{Hmac, Mac as _};
use p256::ecdh::diffie_hellman;
use p256::elliptic_curve::sec1::ToEncodedPoint as _;
use p256::{PublicKey, SecretKey};
use rand_core::OsRng;
use sha2::{Digest as _, Sha256};
use sshtpm_duplicate::Duplicate;
use sshtpm_key_file::{PrivateKey, PrivatePart};
use sshtpm_tests::call::{none, owner, refused, text};
use sshtpm_tests::{Refusal, User, World};

use crate::import::{import, made, wrapped};

/// Where the attributes are in a TPMT_PUBLIC: behind type and nameAlg.
const ATTRIBUTES: usize = 4;

const NO_DA: u32 = 1 << 10;

/// The import is refused, the broker serves on, and all is as it was before.
#[track_caller]
pub(crate) fn is_refused(world: &World, key: &Duplicate, what: &str) -> Refusal {
    let alice = world.alice();
    let refusal = import(alice, key, none()).expect_err(what);
    assert_eq!(alice.fingerprints(), Vec::<String>::new(), "{what}");
    let files = world
        .root()
        .command("sh -c")
        .arg("find /var/lib/sshtpm/keys -type f 2>/dev/null || true");
    assert_eq!(files.run().ok().stdout, "", "{what}");
    let lockout = alice.lockout(none()).expect("an answer");
    assert_eq!(lockout["Counter"], 0, "{what}");
    assert_eq!(alice.tpm("State").expect("a state"), "ready", "{what}");
    refusal
}

/// Refused by what its public area says; the TPM sees nothing of it.
#[track_caller]
fn says(world: &World, public: Vec<u8>, word: &str) {
    let key = Duplicate {
        public,
        duplicate: vec![1; 120],
        secret: vec![2; 68],
        public_key: None,
    };
    let refusal = is_refused(world, &key, word);
    assert!(refusal.text.contains(word), "{word}: {refusal:?}");
    assert!(!world.broker_log().contains("TPM2_"), "the TPM was asked");
}

fn with_attributes(public: &[u8], change: impl FnOnce(u32) -> u32) -> Vec<u8> {
    let mut public = public.to_vec();
    let place = &mut public[ATTRIBUTES..ATTRIBUTES + 4];
    let old = u32::from_be_bytes(place.try_into().expect("four bytes"));
    place.copy_from_slice(&change(old).to_be_bytes());
    public
}

#[test]
fn a_public_area_of_another_kind_is_refused_with_the_reason() {
    let world = World::new();
    let public = wrapped(world.alice(), &made(world.alice(), "-t ecdsa"), None).public;
    for (bit, word) in [
        (1, "fixedTPM"),
        (2, "stClear"),
        (4, "fixedParent"),
        (5, "sensitiveDataOrigin"),
        (6, "userWithAuth"),
        (7, "adminWithPolicy"),
        (11, "encryptedDuplication"),
        (16, "restricted"),
        (17, "decrypt"),
        (18, "sign"),
        (31, "reserved"),
    ] {
        says(&world, with_attributes(&public, |old| old ^ 1 << bit), word);
    }
    let changed = |at: usize, byte: u8| {
        let mut public = public.clone();
        public[at] = byte;
        public
    };
    says(&world, changed(1, 0x25), "neither ECC nor RSA");
    says(&world, changed(3, 0x0c), "nameAlg");
    says(&world, changed(13, 0x10), "scheme");
    says(&world, changed(17, 0x10), "curve");
    says(&world, changed(19, 0x20), "key derivation");
    says(&world, public[..public.len() - 1].to_vec(), "malformed");
    says(&world, [&public[..], &[0]].concat(), "malformed");
    says(&world, Vec::new(), "empty");
    says(&world, vec![0; 601], "at most 600");
    let mut with_policy = public[..8].to_vec();
    with_policy.extend([0, 32]);
    with_policy.extend([7; 32]);
    with_policy.extend(&public[10..]);
    says(&world, with_policy, "authPolicy");
}

#[test]
fn a_private_part_in_clear_or_too_long_is_refused() {
    let world = World::new();
    let whole = wrapped(world.alice(), &made(world.alice(), "-t ecdsa"), None);
    // TPM2_Import would take a duplicate without a secret, which nothing encrypts.
    let unwrapped = Duplicate {
        secret: Vec::new(),
        ..whole.clone()
    };
    let long = Duplicate {
        duplicate: vec![1; 2047],
        ..whole.clone()
    };
    let long_secret = Duplicate {
        secret: vec![1; 513],
        ..whole
    };
    for (key, word) in [
        (unwrapped, "its secret is empty"),
        (long, "at most 2046"),
        (long_secret, "at most 512"),
    ] {
        let refusal = is_refused(&world, &key, word);
        assert!(refusal.text.contains(word), "{refusal:?}");
    }
}

#[test]
fn a_key_for_another_tpm_or_a_changed_one_is_refused_in_words() {
    let (world, other) = (World::new(), World::new());
    let key = made(world.alice(), "-t ecdsa");
    let foreign = wrapped(other.alice(), &key, None);
    let whole = wrapped(world.alice(), &key, None);
    let changed = |change: fn(&mut Duplicate)| {
        let mut key = whole.clone();
        change(&mut key);
        key
    };
    let last = |bytes: &mut Vec<u8>| {
        if let Some(byte) = bytes.last_mut() {
            *byte ^= 1;
        }
    };
    for (what, key) in [
        ("another TPM's", foreign),
        ("another point", changed(|key| key.public[30] ^= 1)),
        ("no PIN suddenly", changed(|key| key.public[6] ^= 4)),
        ("another code", changed(|key| key.duplicate[2] ^= 1)),
        ("no code", changed(|key| drop(key.duplicate.drain(..34)))),
        ("a short end", changed(|key| key.duplicate.truncate(70))),
        ("one byte", changed(|key| key.duplicate.truncate(1))),
        (
            "another point in the secret",
            changed(|key| key.secret[3] ^= 1),
        ),
        ("half a secret", changed(|key| key.secret.truncate(34))),
        ("another end", {
            let mut key = whole.clone();
            last(&mut key.duplicate);
            key
        }),
    ] {
        let refusal = is_refused(&world, &key, what);
        assert_eq!(refusal.kind(), "InvalidArgs", "{what}: {refusal:?}");
        let told = refusal
            .text
            .contains("made for another TPM, or has been changed");
        assert!(told, "{what}: {refusal:?}");
    }
    import(world.alice(), &whole, none()).expect("the whole one");
}

#[test]
fn a_private_part_of_another_key_is_refused() {
    let world = World::new();
    let alice = world.alice();
    let (one, other) = (made(alice, "-t ecdsa"), made(alice, "-t ecdsa"));
    let public = wrapped(alice, &one, None).public;
    let with_pin = wrapped(alice, &one, Some("4321")).public;
    for (public, pin) in [(public, ""), (with_pin, "4321")] {
        let mixed = wrapped_as(alice, &public, pin, &[], scalar(&other));
        let refusal = is_refused(&world, &mixed, "mixed");
        assert!(refusal.text.contains("has been changed"), "{refusal:?}");
    }
}

#[test]
fn a_pin_that_the_public_area_denies_is_refused_and_counts_no_try() {
    let world = World::new();
    let alice = world.alice();
    let key = made(alice, "-t ecdsa");
    let public = wrapped(alice, &key, None).public;
    let hidden = wrapped_as(alice, &public, "4321", &[], scalar(&key));
    let refusal = is_refused(&world, &hidden, "a hidden PIN");
    assert!(refusal.text.contains("noDA"), "{refusal:?}");
    // The wrapping is right otherwise.
    let said = with_attributes(&public, |old| old & !NO_DA);
    let said = wrapped_as(alice, &said, "4321", &[], scalar(&key));
    let key = text(&import(alice, &said, none()).expect("a key"), "Fingerprint");
    alice.unlock(&key, "4321").expect("its PIN");
}

#[test]
fn a_key_that_is_there_is_refused_by_name() {
    let world = World::new();
    let alice = world.alice();
    let key = wrapped(alice, &made(alice, "-t ecdsa"), None);
    let there = import(alice, &key, none()).expect("a key");
    let refusal = import(alice, &key, none()).expect_err("it is there");
    assert_eq!(refusal.kind(), "InvalidArgs");
    assert!(refusal.text.contains(&text(&there, "Fingerprint")));
    assert_eq!(alice.fingerprints().len(), 1);
}

#[test]
fn nobody_imports_for_another_user() {
    let world = World::new();
    let key = wrapped(world.alice(), &made(world.alice(), "-t ecdsa"), None);
    for user in [world.alice(), world.root()] {
        let answer = import(user, &key, owner("bob"));
        assert_eq!(refused(answer), "InvalidArgs");
    }
    assert_eq!(world.bob().fingerprints(), Vec::<String>::new());
}

fn scalar(key: &PrivateKey) -> &[u8] {
    let scalar = match &key.private {
        PrivatePart::Ecdsa(key) => Some(key.scalar()),
        _ => None,
    };
    scalar.expect("an ECDSA key")
}

/// Any data, sealed as an object that says that it has no PIN. Its public key is missing.
pub(crate) fn wrapped_seed(user: User<'_>, pin: &str, data: &[u8]) -> Duplicate {
    let hides = [9; 32];
    let unique = Sha256::new().chain_update(hides).chain_update(data);
    // KEYEDHASH, SHA-256, userWithAuth and noDA, no policy, scheme Null.
    let mut public = vec![0, 0x08, 0, 0x0b, 0, 0, 0x04, 0x40, 0, 0, 0, 0x10];
    public.extend(sized(&unique.finalize()));
    wrapped_as(user, &public, pin, &hides, data)
}

/// Any private part with any public area, wrapped as a TPM wants it (TPM 2.0 Part 1, "Outer
/// Duplication Wrapper"). `hides` is the seed of a sealed object.
fn wrapped_as(user: User<'_>, public: &[u8], pin: &str, hides: &[u8], private: &[u8]) -> Duplicate {
    let area = user.tpm("ParentPublic").expect("the property");
    let area: Vec<u8> = serde_json::from_value(area).expect("bytes");
    // The last fields are the coordinates, each with its length.
    let (y, rest) = (&area[area.len() - 32..], &area[..area.len() - 34]);
    let x = &rest[rest.len() - 32..];
    let parent = PublicKey::from_sec1_bytes(&[&[4], x, y].concat()).expect("a point");
    let own = SecretKey::random(&mut OsRng);
    let point = own.public_key().to_encoded_point(false);
    let (own_x, own_y) = (point.x().expect("x"), point.y().expect("y"));
    let shared = diffie_hellman(own.to_nonzero_scalar(), parent.as_affine());
    let mut seed = Sha256::new();
    seed.update(1_u32.to_be_bytes());
    seed.update(shared.raw_secret_bytes());
    seed.update(b"DUPLICATE\0");
    seed.update(own_x);
    seed.update(x);
    let seed = seed.finalize();
    let name = [&[0, 0x0b], Sha256::digest(public).as_slice()].concat();
    let mut sensitive = sized(
        &[
            &public[..2],
            &sized(pin.as_bytes())[..],
            &sized(hides),
            &sized(private),
        ]
        .concat(),
    );
    let key = derived(&seed, "STORAGE", &name, 128);
    let cipher = Encryptor::<Aes128>::new_from_slices(&key[..16], &[0; 16]).expect("a key");
    cipher.encrypt(&mut sensitive);
    let code = derived(&seed, "INTEGRITY", &[], 256);
    let code = mac(&code, &[&sensitive, &name]);
    Duplicate {
        public: public.to_vec(),
        duplicate: [sized(&code), sensitive].concat(),
        secret: [sized(own_x), sized(own_y)].concat(),
        public_key: None,
    }
}

/// KDFa (TPM 2.0 Part 1), of up to 256 bits.
fn derived(key: &[u8], label: &str, context: &[u8], bits: u32) -> Vec<u8> {
    let label = [label.as_bytes(), &[0]].concat();
    let counter = 1_u32.to_be_bytes();
    mac(key, &[&counter, &label, context, &bits.to_be_bytes()])
}

fn mac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).expect("short");
    [&length.to_be_bytes(), bytes].concat()
}
