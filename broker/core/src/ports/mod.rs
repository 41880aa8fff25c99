//! What the core needs from outside: one trait a file, with the error that it may return.
//!
//! The broker has one adapter for each, in the module of the same name. The trait of the authority
//! is in [`policy`](crate::policy), beside the permits that depend on its answer.

mod clock;
mod counts;
mod keeping;
mod measuring;
mod seats;
mod store;
mod tpm;
mod users;
mod uses;

pub use clock::Clock;
pub use counts::CountRecord;
pub use keeping::Keeping;
pub use measuring::Measuring;
pub use seats::Seats;
pub use store::{KeyStore, StoreError};
pub use tpm::{Adopted, Found, Imported, Tpm, TpmError};
pub use users::{NoAnswer, Users};
pub use uses::UseRecord;

use crate::policy::Authority;

/// One adapter for each port.
pub trait Ports: Send + Sync + 'static {
    /// The chip.
    type Tpm: Tpm + Measuring + Keeping;
    /// Decides what is allowed.
    type Authority: Authority;
    /// Keeps the keys.
    type Store: KeyStore;
    /// Keeps the record of use.
    type Uses: UseRecord;
    /// Keeps what is counted of users.
    type Counts: CountRecord;
    /// Says who sits at the machine.
    type Seats: Seats;
    /// Knows who has which uid.
    type Users: Users;
    /// Tells the time.
    type Clock: Clock;

    /// The adapter for the TPM.
    fn tpm(&self) -> &Self::Tpm;
    /// The adapter for the authority.
    fn authority(&self) -> &Self::Authority;
    /// The adapter for the key store.
    fn store(&self) -> &Self::Store;
    /// The adapter for the record of use.
    fn uses(&self) -> &Self::Uses;
    /// The adapter for what is counted of users.
    fn counts(&self) -> &Self::Counts;
    /// The adapter for the seats.
    fn seats(&self) -> &Self::Seats;
    /// The adapter for the user database.
    fn users(&self) -> &Self::Users;
    /// The adapter for the clock.
    fn clock(&self) -> &Self::Clock;
}
