//! TPMs with certificates of their endorsement keys, as manufacturers make them: by `swtpm_setup`,
//! with an authority that `swtpm_localca` makes.
//!
//! The keys are RSA-2048 of the low range and P-384 of the high range, both kept in the TPM. One
//! authority is made for all worlds of a test program, which takes a second or more; a TPM takes
//! one second.

use std::path::Path;
use std::sync::OnceLock;

use sshtpm_dbus::{ATTESTATION_INTERFACE, BUS_NAME, OBJECT_PATH};

use crate::call::Request;
use crate::machine::Machine;
use crate::swtpm::{STATE, tool};
use crate::world::World;

/// Where the authority is kept in a machine.
pub const AUTHORITY: &str = "/var/lib/swtpm-localca";

/// The certificates of the authority: the root, and the one that issues.
pub const ISSUERS: [&str; 2] = [
    "/var/lib/swtpm-localca/swtpm-localca-rootca-cert.pem",
    "/var/lib/swtpm-localca/issuercert.pem",
];

/// Names and contents of the files of the authority.
static FILES: OnceLock<Vec<(String, Vec<u8>)>> = OnceLock::new();

const SETUP: &str = "\
create_certs_tool = /usr/bin/swtpm_localca
create_certs_tool_config = /etc/swtpm-localca.test.conf
create_certs_tool_options = /etc/swtpm-localca.test.options
active_pcr_banks = sha256
";

const LOCALCA: &str = "\
statedir = /var/lib/swtpm-localca
signingkey = /var/lib/swtpm-localca/signkey.pem
issuercert = /var/lib/swtpm-localca/issuercert.pem
certserial = /var/lib/swtpm-localca/certserial
";

const OPTIONS: &str = "\
--platform-manufacturer Tests
--platform-version 1
--platform-model Machine
";

impl World {
    /// Everything is up, with a TPM that has certificates.
    pub fn certified() -> Self {
        let world = Self::empty();
        certify(world.machine());
        world.start_all();
        world
    }

    /// The same, with certificates of an authority that no other world has.
    pub fn certified_by_another() -> Self {
        let world = Self::empty();
        make(world.machine());
        world.start_all();
        world
    }
}

/// Makes the TPM of a machine, which must not have been on before.
fn certify(machine: &Machine) {
    let mut is_new = false;
    let files = FILES.get_or_init(|| {
        is_new = true;
        make(machine);
        machine.enter(read_authority)
    });
    if !is_new {
        machine.enter(|| write_authority(files));
        make(machine);
    }
}

fn make(machine: &Machine) {
    let root = machine.root();
    root.write("/etc/swtpm_setup.test.conf", SETUP);
    root.write("/etc/swtpm-localca.test.conf", LOCALCA);
    root.write("/etc/swtpm-localca.test.options", OPTIONS);
    root.run(&format!("mkdir -p {STATE} {AUTHORITY}")).ok();
    let setup = format!("swtpm_setup --tpm2 --tpmstate {STATE} --create-ek-cert");
    root.run(&format!("{setup} --config /etc/swtpm_setup.test.conf"))
        .ok();
}

fn read_authority() -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(AUTHORITY).expect("a directory");
    let files = entries.map(|entry| {
        let entry = entry.expect("an entry");
        let name = entry.file_name().into_string().expect("a name");
        let content = std::fs::read(entry.path()).expect("a file");
        (name, content)
    });
    files.collect()
}

fn write_authority(files: &[(String, Vec<u8>)]) {
    std::fs::create_dir_all(AUTHORITY).expect("a directory");
    for (name, content) in files {
        std::fs::write(Path::new(AUTHORITY).join(name), content).expect("a file");
    }
}

impl Request {
    /// A call to the interface `Attestation` of the broker.
    pub fn attestation(member: &str) -> Self {
        Self {
            destination: BUS_NAME.to_owned(),
            path: OBJECT_PATH.to_owned(),
            interface: ATTESTATION_INTERFACE.to_owned(),
            ..Self::keys(member)
        }
    }
}

/// A credential that tpm2-tools made for an endorsement key and the Name of another key.
pub struct Credential {
    /// `TPM2B_ID_OBJECT`.
    pub id_object: Vec<u8>,
    /// `TPM2B_ENCRYPTED_SECRET`.
    pub encrypted_secret: Vec<u8>,
}

/// Makes one by `tpm2_makecredential`, without a TPM. `endorsement` is a file with a
/// `TPM2B_PUBLIC`, and `name` is in hexadecimal.
///
/// # Panics
///
/// The program makes none.
pub fn credential(machine: &Machine, endorsement: &str, name: &str, secret: &str) -> Credential {
    const SECRET: &str = "/tmp/secret-of-a-credential";
    const MADE: &str = "/tmp/credential";
    machine.root().write(SECRET, secret);
    let make = format!("tpm2_makecredential -T none -u {endorsement} -s {SECRET} -n {name}");
    tool(machine, &format!("{make} -o {MADE}")).ok();
    let made = machine.enter(|| std::fs::read(MADE)).expect("a file");
    // Magic and version, 4 bytes each; then both parts with their lengths.
    let (id_object, encrypted_secret) = sized(made.get(8..).expect("a header"));
    Credential {
        id_object: id_object.to_vec(),
        encrypted_secret: encrypted_secret.to_vec(),
    }
}

/// The first part with its length, and the rest.
fn sized(bytes: &[u8]) -> (&[u8], &[u8]) {
    let length = bytes.first_chunk().expect("a length");
    bytes.split_at(2 + usize::from(u16::from_be_bytes(*length)))
}
