//! What the core needs from outside: a trait a file, and why what it does can fail.
//!
//! Each has one adapter, in the room of its name. The authority is no matter of this room: it stands
//! beside the permits that it is asked for, in [`policy`](crate::policy).

mod clock;
mod store;
mod tpm;
mod uses;

pub use clock::Clock;
pub use store::{KeyStore, StoreError};
pub use tpm::{Tpm, TpmError};
pub use uses::UseRecord;

use crate::policy::Authority;

/// One adapter for each port.
pub trait Ports: Send + Sync + 'static {
    type Tpm: Tpm;
    type Authority: Authority;
    type Store: KeyStore;
    type Uses: UseRecord;
    type Clock: Clock;

    fn tpm(&self) -> &Self::Tpm;
    fn authority(&self) -> &Self::Authority;
    fn store(&self) -> &Self::Store;
    fn uses(&self) -> &Self::Uses;
    fn clock(&self) -> &Self::Clock;
}
