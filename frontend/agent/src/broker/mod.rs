//! The broker behind the port [`Keys`](crate::keys::Keys): who may ask it how much at a time, and
//! what it is asked.
//!
//! May touch: the system bus.

pub(crate) mod bounds;
mod bus;
pub(crate) mod keys;
mod lanes;
mod locked_keys;
pub(crate) mod places;
