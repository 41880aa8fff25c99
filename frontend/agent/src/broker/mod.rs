//! The adapter to `sshtpm-broker` behind the port [`Keys`](crate::keys::Keys): the calls, the
//! connection, and how many requests may be at the broker at a time.
//!
//! May touch: the system bus.

pub(crate) mod bounds;
mod bus;
mod confirmed;
pub(crate) mod keys;
mod lanes;
mod locked_keys;
mod options;
pub(crate) mod places;
mod reason;
mod signing;
mod unlocked_by_signing;
