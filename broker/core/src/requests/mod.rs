//! Requests in their final form: the authority is asked about them, and they are then carried out.
//!
//! A request names its caller, the action that has to be allowed, and what polkit's rules and
//! people are told. A file has one request, with the arguments that it is made from where they
//! differ.

mod activate_credential;
mod add_certificate;
mod adopt;
mod archive_lost;
mod attest;
mod delete;
mod delete_orphans;
mod error;
mod evicts;
mod generate;
mod get_identity;
mod get_lockout;
mod get_pcrs;
mod get_queue;
mod get_uses;
mod import;
mod key_details;
mod list;
mod list_orphans;
mod lock;
mod measure_tpm;
mod remove_certificate;
mod reset_lockout;
mod restrict;
mod set_comment;
mod set_persistent;
mod set_pin;
mod sign;
mod unlock;

pub use activate_credential::ActivateCredential;
pub use add_certificate::AddCertificate;
pub use adopt::{Adopt, LoadableKey, Passwords};
pub use archive_lost::ArchiveLost;
pub use attest::Attest;
pub use delete::Delete;
pub use delete_orphans::DeleteOrphans;
pub use error::RequestError;
pub use evicts::Evicts;
pub use generate::{Generate, NewKey};
pub use get_identity::GetIdentity;
pub use get_lockout::GetLockout;
pub use get_pcrs::GetPcrs;
pub use get_queue::{GetQueue, GetWholeQueue};
pub use get_uses::GetUses;
pub(crate) use import::Former;
pub use import::{Import, WrappedKey};
pub(crate) use list::List;
pub use list_orphans::ListOrphans;
pub(crate) use lock::Lock;
pub use measure_tpm::MeasureTpm;
pub use remove_certificate::RemoveCertificate;
pub use reset_lockout::ResetLockout;
pub use restrict::Restrict;
pub use set_comment::SetComment;
pub use set_persistent::{SetPersistent, can_be_kept};
pub use set_pin::{PinChange, SetPin};
pub use sign::{Asked, Data, RawKeys, Sign, What};
pub use unlock::Unlock;
