//! Wrapped private keys, as a TPM takes them: imported, loaded and used by tpm2-tools, without the
//! broker.

use std::collections::BTreeMap;

use rand_core::OsRng;
use ssh_key::PublicKey;
use sshtpm_duplicate::{Duplicate, Parent, wrap};
use sshtpm_key_file::{KeyFile, PrivateKey, PrivatePart};
use sshtpm_tests::swtpm::tool;
use sshtpm_tests::{Output, World};

/// Parents as tpm2-tools make them: their kind, and the hash of their names.
const ECC: &str = "-G ecc256:aes128cfb";
const PARENTS: [&str; 4] = [
    ECC,
    "-G ecc256:aes256cfb",
    "-G ecc384:aes256cfb -g sha384",
    "-G rsa2048:aes128cfb",
];

/// A TPM without a broker, with a parent key in `/tmp/parent`.
struct Chip {
    world: World,
    parent: Parent,
}

impl Chip {
    fn new(parent: &str) -> Self {
        let world = World::empty();
        world.start_tpm();
        let make = format!("tpm2_createprimary -Q -C o {parent} -c /tmp/parent");
        tool(world.machine(), &make).ok();
        Self::flush(&world);
        tool(
            world.machine(),
            "tpm2_readpublic -Q -c /tmp/parent -o /tmp/parent.pub",
        )
        .ok();
        Self::flush(&world);
        let area = world.machine().enter(|| std::fs::read("/tmp/parent.pub"));
        let area = area.expect("a public area");
        // TPM2B_PUBLIC: the size comes first.
        let parent = Parent::read(&area[2..]).expect("a parent");
        Self { world, parent }
    }

    /// There is no resource manager, and a loaded object stays.
    fn flush(world: &World) {
        tool(world.machine(), "tpm2_flushcontext -t").ok();
    }

    fn tool(&self, words: &str) -> Output {
        let output = tool(self.world.machine(), words);
        Self::flush(&self.world);
        output
    }

    fn put(&self, name: &str, contents: &[u8]) {
        let size = u16::try_from(contents.len()).expect("a short buffer");
        let bytes = [&size.to_be_bytes()[..], contents].concat();
        self.world.root().write(name, bytes);
    }

    /// Has the TPM import a duplicate, and returns what the tool says.
    fn import(&self, wrapped: &Duplicate) -> Output {
        self.put("/tmp/key.pub", &wrapped.public);
        self.put("/tmp/key.dup", &wrapped.duplicate);
        self.put("/tmp/key.seed", &wrapped.secret);
        self.tool(
            "tpm2_import -Q -C /tmp/parent -u /tmp/key.pub -i /tmp/key.dup -s /tmp/key.seed \
             -r /tmp/key.priv",
        )
    }

    /// Imports and loads `key`, as `/tmp/key`.
    fn take(&self, key: &PrivateKey, pin: Option<&[u8]>) {
        let wrapped = wrap(&key.private, pin, &self.parent, &mut OsRng).expect("it is wrapped");
        self.import(&wrapped).ok();
        let load = "tpm2_load -Q -C /tmp/parent -u /tmp/key.pub -r /tmp/key.priv -c /tmp/key";
        self.tool(load).ok();
    }

    /// Makes a key by `ssh-keygen`.
    fn generate(&self, options: &str) -> PrivateKey {
        let root = self.world.root();
        let make = format!("ssh-keygen -q {options} -f /tmp/made");
        root.run("rm -f /tmp/made /tmp/made.pub").ok();
        root.command(&make).args(&["-N", ""]).run().ok();
        let key = KeyFile::read(root.read("/tmp/made").as_bytes()).expect("a key file");
        key.open(b"").expect("a key")
    }

    /// Whether the TPM signs with `/tmp/key`, and OpenSSL verifies that with the public key that
    /// ssh-keygen wrote.
    fn signs(&self, hash: &str, options: &str) {
        let root = self.world.root();
        root.write("/tmp/data", "data");
        let sign = format!("tpm2_sign -Q -c /tmp/key -g {hash} -f plain -o /tmp/sig{options}");
        self.tool(&format!("{sign} /tmp/data")).ok();
        let public = root.run("ssh-keygen -e -m PKCS8 -f /tmp/made.pub").ok();
        root.write("/tmp/made.pem", public.stdout);
        let verify = format!("openssl dgst -{hash} -verify /tmp/made.pem -signature /tmp/sig");
        root.run(&format!("{verify} /tmp/data")).ok();
    }
}

#[test]
fn a_wrapped_ecdsa_key_signs_in_the_tpm_that_it_is_for() {
    let chip = Chip::new(ECC);
    for (bits, hash) in [(256, "sha256"), (384, "sha384"), (521, "sha512")] {
        for _ in 0..3 {
            let key = chip.generate(&format!("-t ecdsa -b {bits}"));
            chip.take(&key, None);
            chip.signs(hash, "");
        }
    }
}

#[test]
fn a_wrapped_rsa_key_signs_in_the_tpm_that_it_is_for() {
    let chip = Chip::new(ECC);
    for bits in [2048, 3072] {
        let key = chip.generate(&format!("-t rsa -b {bits}"));
        chip.take(&key, None);
        chip.signs("sha256", " -s rsassa");
    }
}

#[test]
fn a_wrapped_ed25519_seed_is_sealed_by_the_tpm() {
    let chip = Chip::new(ECC);
    let key = chip.generate("-t ed25519");
    chip.take(&key, None);
    chip.tool("tpm2_unseal -Q -c /tmp/key -o /tmp/seed").ok();
    let seed = chip.world.machine().enter(|| std::fs::read("/tmp/seed"));
    let PrivatePart::Ed25519(private) = &key.private else {
        panic!("{key:?}");
    };
    assert_eq!(seed.expect("a seed"), private.seed());
    let public = chip.world.root().read("/tmp/made.pub");
    let public = PublicKey::from_openssh(&public).expect("a public key");
    assert_eq!(public.key_data(), &key.private.public());
}

#[test]
fn keys_are_wrapped_for_every_kind_of_parent() {
    for parent in PARENTS {
        let chip = Chip::new(parent);
        let key = chip.generate("-t ecdsa");
        chip.take(&key, None);
        chip.signs("sha256", "");
    }
}

#[test]
fn the_tpm_wants_the_pin_that_was_wrapped_with_a_key() {
    let chip = Chip::new(ECC);
    let key = chip.generate("-t ecdsa");
    chip.take(&key, Some(b"4321"));
    chip.signs("sha256", " -p 4321");
    let sign = "tpm2_sign -Q -c /tmp/key -g sha256 -o /tmp/sig -p 1234 /tmp/data";
    chip.tool(sign).fails_with(3).complains("authorization");
    let shown = chip.tool("tpm2_readpublic -c /tmp/key").ok();
    assert!(!shown.stdout.contains("noda"), "{shown}");
}

#[test]
fn another_tpm_and_a_changed_duplicate_get_nothing() {
    let chip = Chip::new(ECC);
    let key = chip.generate("-t ecdsa");
    let wrapped = wrap(&key.private, None, &chip.parent, &mut OsRng).expect("it is wrapped");
    let other = Chip::new(ECC);
    let refused = other.import(&wrapped);
    assert_ne!(refused.code(), 0, "{refused}");
    let last = wrapped.duplicate.len() - 1;
    let changes: BTreeMap<&str, Duplicate> = [
        ("public", changed(&wrapped, |one| one.public[30] ^= 1)),
        (
            "sensitive",
            changed(&wrapped, |one| one.duplicate[last] ^= 1),
        ),
        ("code", changed(&wrapped, |one| one.duplicate[2] ^= 1)),
        ("point", changed(&wrapped, |one| one.secret[3] ^= 1)),
    ]
    .into();
    for (what, changed) in changes {
        let refused = chip.import(&changed);
        assert_ne!(refused.code(), 0, "with another {what}: {refused}");
    }
    chip.import(&wrapped).ok();
}

fn changed(wrapped: &Duplicate, change: impl FnOnce(&mut Duplicate)) -> Duplicate {
    let mut changed = wrapped.clone();
    change(&mut changed);
    changed
}
