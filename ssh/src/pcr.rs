//! Platform configuration registers: which ones a key is bound to, and by which policy.
//!
//! A person names PCRs as systemd-cryptenroll does. The broker and the command line compute the
//! same policy from the same values, so that a key that comes from elsewhere can be bound, too.
//!
//! Specs: TPM 2.0 Part 1, "Platform Configuration Registers" and "Enhanced Authorization"; Part 2,
//! TPML_PCR_SELECTION; Part 3, §22.4 (TPM2_PCR_Read), §23.7 (TPM2_PolicyPCR), §23.17
//! (TPM2_PolicyAuthValue); systemd-cryptenroll(1), `--tpm2-pcrs=`; UAPI.7 Linux TPM PCR Registry.

mod bank;
mod names;
mod policy;
mod selection;
mod values;

pub use bank::PcrBank;
pub use names::name_of;
pub use policy::{AuthValue, PcrPolicy};
pub use selection::{NotASelection, PcrSelection};
pub use values::PcrValues;
