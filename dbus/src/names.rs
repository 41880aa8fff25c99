//! The names by which the broker is found on the system bus.

/// Well-known bus name, owned by root alone (see `data/org.sshtpm.Broker1.conf`).
pub const BUS_NAME: &str = "org.sshtpm.Broker1";

/// The one object; keys are not objects, so that object trees do not show who has how many.
pub const OBJECT_PATH: &str = "/org/sshtpm/Broker1";

/// Generating, listing and using keys.
pub const KEYS_INTERFACE: &str = "org.sshtpm.Broker1.Keys";

/// Opening a channel of one's own to the broker.
pub const CHANNELS_INTERFACE: &str = "org.sshtpm.Broker1.Channels";

/// What the TPM is and whether it answers.
pub const TPM_INTERFACE: &str = "org.sshtpm.Broker1.Tpm";

/// Stating that keys are in this TPM.
pub const ATTESTATION_INTERFACE: &str = "org.sshtpm.Broker1.Attestation";

/// Prefix of the errors that are the broker's own.
pub const ERROR_PREFIX: &str = "org.sshtpm.Broker1.Error";

/// The system user to whom sshd's host keys belong. To the broker they are the keys of a user
/// like any other.
pub const HOST_USER: &str = "sshtpm-host";
