//! The TPM's protection against guessing, as `GetLockout` returns it.

use std::collections::HashMap;

use serde::de::{self, Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};
use sshtpm_ssh::tpm::Lockout;
use zbus::{OwnedVariant, Signature, Type, Variant};

/// [`Lockout`] as `a{sv}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireLockout(pub Lockout);

const COUNTER: &str = "Counter";
const MAX_TRIES: &str = "MaxTries";
const RECOVERY_SECONDS: &str = "RecoverySeconds";
const LOCKOUT_RECOVERY_SECONDS: &str = "LockoutRecoverySeconds";
const IN_LOCKOUT: &str = "InLockout";

impl Type for WireLockout {
    const SIGNATURE: &'static Signature = HashMap::<String, OwnedVariant>::SIGNATURE;
}

impl Serialize for WireLockout {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lockout = self.0;
        let entries = [
            (COUNTER, Variant::from(lockout.counter)),
            (MAX_TRIES, Variant::from(lockout.max_tries)),
            (RECOVERY_SECONDS, Variant::from(lockout.recovery_seconds)),
            (
                LOCKOUT_RECOVERY_SECONDS,
                Variant::from(lockout.lockout_recovery_seconds),
            ),
            (IN_LOCKOUT, Variant::from(lockout.in_lockout)),
        ];
        serializer.collect_map(entries)
    }
}

impl<'de> Deserialize<'de> for WireLockout {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut entries = HashMap::<String, OwnedVariant>::deserialize(deserializer)?;
        let mut take = |name| {
            entries
                .remove(name)
                .ok_or_else(|| de::Error::missing_field(name))
        };
        let number = |value: OwnedVariant| u32::try_from(value).map_err(de::Error::custom);
        Ok(Self(Lockout {
            counter: number(take(COUNTER)?)?,
            max_tries: number(take(MAX_TRIES)?)?,
            recovery_seconds: number(take(RECOVERY_SECONDS)?)?,
            lockout_recovery_seconds: number(take(LOCKOUT_RECOVERY_SECONDS)?)?,
            in_lockout: bool::try_from(take(IN_LOCKOUT)?).map_err(de::Error::custom)?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use zbus::OwnedVariant;
    use zbus::message::Message;

    use super::{Lockout, WireLockout};

    const LOCKOUT: Lockout = Lockout {
        counter: 3,
        max_tries: 32,
        recovery_seconds: 7200,
        lockout_recovery_seconds: 86400,
        in_lockout: false,
    };

    fn on_the_wire() -> Message {
        let message = Message::method_call("/", "M").build(&WireLockout(LOCKOUT));
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
        let read: WireLockout = on_the_wire().body().deserialize().expect("a lockout");
        assert_eq!(read, WireLockout(LOCKOUT));
    }
}
