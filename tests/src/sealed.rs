//! The seed of a sealed key, as root can get it from the record and the TPM of a test.

use serde_json::Value;

use crate::call::text;
use crate::machine::Machine;
use crate::swtpm::tool;
use crate::user::User;

/// The TPM's parent key, under which keys are.
const PARENT: &str = "0x81000001";

/// The record of the only key of `user`.
///
/// # Panics
///
/// There is none, or more than one.
pub fn record(machine: &Machine, user: User<'_>) -> Value {
    let files = format!("cat /var/lib/sshtpm/keys/{}/*.json", user.uid());
    let record = machine.root().command("sh -c").arg(files).run().ok().stdout;
    serde_json::from_str(&record).expect("one record")
}

/// What tpm2-tools unseal of a record, with a PIN if it has one.
///
/// # Panics
///
/// They cannot.
pub fn unseal(machine: &Machine, record: &Value, pin: Option<&str>) -> Vec<u8> {
    let (public, private) = blob(record);
    let root = machine.root();
    root.write("/run/sealed.pub", public);
    root.write("/run/sealed.priv", private);
    let load = format!("tpm2_load -Q -C {PARENT} -u /run/sealed.pub -r /run/sealed.priv -c");
    tool(machine, &format!("{load} /run/sealed.ctx")).ok();
    let pin = pin.map(|pin| format!(" -p {pin}")).unwrap_or_default();
    let unseal = format!("tpm2_unseal -Q -c /run/sealed.ctx -o /run/sealed.seed{pin}");
    tool(machine, &unseal).ok();
    tool(machine, "tpm2_flushcontext -t").ok();
    let seed = machine.enter(|| std::fs::read("/run/sealed.seed"));
    root.run("sh -c 'rm -f /run/sealed.*'");
    seed.expect("tpm2_unseal wrote it")
}

/// TPM2B_PUBLIC and TPM2B_PRIVATE of a TSS2 PRIVATE KEY: its last two octet strings.
fn blob(record: &Value) -> (Vec<u8>, Vec<u8>) {
    let key = text(record, "key");
    let (_, bytes) = der::pem::decode_vec(key.as_bytes()).expect("PEM");
    // An octet string of 48 bytes: the public area of a sealed data object, with its length.
    let begins = [0x04, 0x30, 0x00, 0x2e, 0x00, 0x08];
    let at = bytes.windows(begins.len()).position(|part| part == begins);
    let rest = bytes.get(at.expect("a sealed object") + 2..).expect("it");
    let (public, rest) = rest.split_at_checked(48).expect("48 bytes");
    // The tag, and the length in two bytes if it is 128 or more.
    let header = if rest.get(1) == Some(&0x81) { 3 } else { 2 };
    let private = rest.get(header..).expect("a private part");
    (public.to_vec(), private.to_vec())
}
