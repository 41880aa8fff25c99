//! Names of the entries of the trailing `a{sv}` of every method; an unknown one is an error.

/// `u`, in `Generate`: length of an RSA key in bits.
pub const BITS: &str = "bits";
/// `s`, in `Generate`, `Import`, `Adopt`, `List`, `SetComment`, `Restrict`, `AddCertificate`,
/// `RemoveCertificate`, `SetPersistent`, `Delete`, `ArchiveLost` and `ActivateCredential`: name of
/// the user whose keys are meant, instead of the caller. Needs `manage-host-keys` or
/// `manage-others`, and in `SetPersistent` and `ActivateCredential` no more than those need anyway.
pub const OWNER: &str = "owner";
/// `as`, in `Generate`, `Import`, `Adopt` and `Restrict`: what the key may sign; in
/// `ListIdentities`: only the keys that may sign for one of these, raw keys if `raw` is among them.
/// See [`Purpose`](sshtpm_ssh::purpose::Purpose).
pub const PURPOSES: &str = "purposes";
/// `as`, in `Generate`, `Import`, `Adopt` and `Restrict`: SSHSIG namespaces in which the key may
/// sign; none means all.
pub const NAMESPACES: &str = "namespaces";
/// `a(sa(ayb)ssa(ayb))`, in `Generate`, `Import`, `Adopt` and `Restrict`: where the key may log in,
/// as [`crate::Destination`]; none means everywhere.
pub const DESTINATIONS: &str = "destinations";
/// `b`, in `Generate`, `Import`, `Adopt` and `Restrict`: whether the key may be used over forwarded
/// connections.
pub const FORWARDING: &str = "forwarding";
/// `b`, in `Generate`, `Import`, `Adopt` and `Restrict`: whether a person has to confirm each use.
pub const CONFIRM: &str = "confirm";
/// `b`, in `Generate`, `Import`, `Adopt` and `Restrict`: whether the key signs only while its owner
/// has an unlocked session in the foreground of this machine.
pub const WHILE_UNLOCKED: &str = "while-unlocked";
/// `a(ayayayb)`, in `Sign`, `List` and `ListIdentities`: the SSH sessions for which it is asked,
/// from this machine outwards, as [`crate::WireBinding`].
pub const SESSIONS: &str = "sessions";
/// `s`, in `Sign`, `SignDigest` and `ListIdentities`: name of the program that asks, which is not
/// verified. It is for people, and, except in `SignDigest`, a key that is kept from forwarded
/// connections is refused to programs that may forward one without saying so.
pub const CLIENT: &str = "client";
/// `b`, in `Sign`: whether a raw key signs the data, too, whatever that is.
pub const RAW: &str = "raw";
/// `u`, in `Generate`, `Sign`, `SetPin` and `Adopt`: the PIN, as `OpenSecret` numbered it.
pub const PIN: &str = "pin";
/// `u`, in `SetPin` and `Adopt`: the new PIN, as `OpenSecret` numbered it; without it the key has
/// none afterwards.
pub const NEW_PIN: &str = "new-pin";
/// `s`, in `Generate` and `Import`: the PCRs to whose present values the key is bound, as
/// [`PcrSelection`](sshtpm_ssh::pcr::PcrSelection) reads them.
pub const PCRS: &str = "pcrs";
/// `b`, in `Import`: whether the caller keeps a copy of the key elsewhere.
pub const BACKED_UP: &str = "backed-up";
/// `b`, in `Import`: whether the key is to take the place of the same key, which is bound to PCRs.
pub const REBIND: &str = "rebind";
/// `ay`, in `Import`: public key blob of a key whose public area does not tell it.
pub const PUBLIC_KEY: &str = "public-key";
/// `s`, in `Generate`: the hierarchy in which the TPM derives the key, `owner`, `endorsement` or
/// `null`, instead of generating one.
pub const DERIVED: &str = "derived";
/// `s`, in `Generate`, with `derived`: what tells the derived keys of one owner apart.
pub const LABEL: &str = "label";
/// `s`, in `Generate`, with `derived`: whose template the key is derived from, as
/// [`Template`](sshtpm_ssh::derived::Template).
pub const TEMPLATE: &str = "template";
/// `u`, in `Unlock`: for how many seconds the PIN is remembered at most.
pub const SECONDS: &str = "seconds";
/// `s`, in `ActivateCredential`: the endorsement key that is meant, as
/// [`EndorsementHash`](sshtpm_ssh::endorsement::EndorsementHash) names it.
pub const ENDORSEMENT_KEY: &str = "endorsement-key";
/// `b`, in `Measure`: whether the TPM makes an RSA key of 2048 bits, too, which can take it half a
/// minute.
pub const RSA: &str = "rsa";
/// `u`, in `ListOrphans`: only keys of users who had this uid.
pub const UID: &str = "uid";
/// `s`, in `ListOrphans`: what an earlier call returned as `next`.
pub const AFTER: &str = "after";
/// `s`, in `Lock`, `GetUses`, `ArchiveLost` and `DeleteOrphans`: fingerprint of the one key that is
/// meant.
pub const KEY: &str = "key";
