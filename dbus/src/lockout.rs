//! The TPM's protection against guessing, as `GetLockout` returns it.

use zbus::{DeserializeDict, SerializeDict, Type};

/// How near the TPM is to its dictionary-attack lockout (TPM 2.0 Part 1, "Dictionary Attack
/// Protection"), `a{sv}` on the wire.
///
/// sshtpm's keys without a PIN are not concerned by it; those with one are, and cannot cause it, and so
/// are others' objects in the TPM, such as a disk-encryption key with a PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeserializeDict, SerializeDict, Type)]
#[zbus(signature = "a{sv}", rename_all = "PascalCase")]
pub struct Lockout {
    /// Failed tries that the TPM remembers (TPM_PT_LOCKOUT_COUNTER).
    pub counter: u32,
    /// How many of them lock it (TPM_PT_MAX_AUTH_FAIL).
    pub max_tries: u32,
    /// Seconds until one failed try is forgotten (TPM_PT_LOCKOUT_INTERVAL).
    pub recovery_seconds: u32,
    /// Seconds after a failed try with the password of the lockout hierarchy until that can be
    /// tried again; 0 is until the next start of the TPM (TPM_PT_LOCKOUT_RECOVERY).
    pub lockout_recovery_seconds: u32,
    /// Whether it is locked now (TPMA_PERMANENT, inLockout).
    pub in_lockout: bool,
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use zbus::OwnedVariant;
    use zbus::message::Message;

    use super::Lockout;

    const LOCKOUT: Lockout = Lockout {
        counter: 3,
        max_tries: 32,
        recovery_seconds: 7200,
        lockout_recovery_seconds: 86400,
        in_lockout: false,
    };

    fn on_the_wire() -> Message {
        let message = Message::method_call("/", "M").build(&LOCKOUT);
        message.expect("a message")
    }

    #[test]
    fn it_goes_over_the_wire_by_its_documented_names_and_types() {
        let message = on_the_wire();
        let entries: HashMap<String, OwnedVariant> =
            message.body().deserialize().expect("a dictionary");
        let types: BTreeMap<_, _> = entries
            .iter()
            .map(|(name, value)| (name.as_str(), value.value_signature().to_string()))
            .collect();
        let documented = [
            ("Counter", "u"),
            ("InLockout", "b"),
            ("LockoutRecoverySeconds", "u"),
            ("MaxTries", "u"),
            ("RecoverySeconds", "u"),
        ];
        assert_eq!(
            types,
            documented
                .map(|(name, kind)| (name, kind.to_owned()))
                .into()
        );
    }

    #[test]
    fn it_is_read_as_it_was_sent() {
        let read: Lockout = on_the_wire().body().deserialize().expect("a lockout");
        assert_eq!(read, LOCKOUT);
    }
}
