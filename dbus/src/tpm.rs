//! Interface `org.sshtpm.Broker1.Tpm`: what a person wants to know about the chip.

use std::collections::HashMap;

use sshtpm_ssh::tpm::TpmState;
use zbus::Variant;

use crate::{Queue, WireLockout, WireWord};

/// State and identity of the TPM. Properties that only a TPM in use can tell are empty until then.
#[zbus::proxy(
    interface = "org.sshtpm.Broker1.Tpm",
    default_service = "org.sshtpm.Broker1",
    default_path = "/org/sshtpm/Broker1"
)]
pub trait Tpm {
    /// Asks the TPM now how near it is to its dictionary-attack lockout. No option is known yet.
    #[zbus(allow_interactive_auth)]
    fn get_lockout(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<WireLockout>;

    /// Reads the PCRs that `pcrs` names, as [`PcrSelection`](sshtpm_ssh::pcr::PcrSelection) reads
    /// it: their values in the order of their numbers. No option is known yet.
    #[zbus(allow_interactive_auth)]
    fn get_pcrs(
        &self,
        pcrs: &str,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<Vec<Vec<u8>>>;

    /// What waits for the TPM. No option is known yet.
    #[zbus(allow_interactive_auth)]
    fn get_queue(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<Queue>;

    /// Has the broker measure how long commands of the TPM take, in microseconds, each by its
    /// [word](sshtpm_ssh::measured::Measured). With the option `rsa`, RSA too.
    #[zbus(allow_interactive_auth)]
    fn measure(
        &self,
        options: &HashMap<&str, Variant<'_>>,
    ) -> zbus::Result<HashMap<String, Vec<u32>>>;

    /// Has the TPM forget all failed tries, which ends a lockout.
    #[zbus(allow_interactive_auth)]
    fn reset_lockout(&self, options: &HashMap<&str, Variant<'_>>) -> zbus::Result<()>;

    /// Whether the TPM can be used.
    #[zbus(property)]
    fn state(&self) -> zbus::Result<WireWord<TpmState>>;

    /// What stands in the way, and what to do about it; empty when `State` is `ready`.
    #[zbus(property)]
    fn state_reason(&self) -> zbus::Result<String>;

    /// Where the TPM is: `device:/dev/tpmrm0` or `swtpm:host=…,port=…`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn device(&self) -> zbus::Result<String>;

    /// Vendor ID from the TPM (TPM_PT_MANUFACTURER), such as `IFX` or `INTC`.
    #[zbus(property)]
    fn manufacturer(&self) -> zbus::Result<String>;

    /// Firmware version as `major.minor.…` (TPM_PT_FIRMWARE_VERSION_1 and _2).
    #[zbus(property)]
    fn firmware(&self) -> zbus::Result<String>;

    /// What `Generate` can make: SSH name of the key type and length in bits.
    #[zbus(property)]
    fn algorithms(&self) -> zbus::Result<Vec<(String, u32)>>;

    /// Handle of the parent key, such as `0x81000001`.
    #[zbus(property(emits_changed_signal = "const"))]
    fn parent_handle(&self) -> zbus::Result<u32>;

    /// Name of the parent key (TPM 2.0 Part 1, "Names"), in hexadecimal.
    #[zbus(property)]
    fn parent_name(&self) -> zbus::Result<String>;

    /// Public area of the parent key, a TPMT_PUBLIC, for wrapping keys to it; empty until the TPM
    /// has answered.
    #[zbus(property)]
    fn parent_public(&self) -> zbus::Result<Vec<u8>>;

    /// Microseconds that a P-256 signature by a loaded key took: the median of the first 15 since
    /// the broker's start; 0 until then.
    #[zbus(property(emits_changed_signal = "false"))]
    fn signature_time(&self) -> zbus::Result<u32>;

    /// Version of the broker.
    #[zbus(property(emits_changed_signal = "const"))]
    fn version(&self) -> zbus::Result<String>;
}
