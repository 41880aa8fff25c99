//! The only room that serves D-Bus.
//!
//! Purpose: find out who is calling, parse what they say into the core's types, and turn the
//! core's answers into replies. May touch: the system bus and the user database. Must never decide
//! anything: what is not parsed here is refused, and what is parsed goes to the core.

mod attestation;
mod bus_keeper;
mod callers;
mod channel;
mod channel_activity;
mod channel_keeper;
mod channel_places;
mod channels;
mod error;
mod front_door;
mod interfaces;
mod key_info;
mod key_use;
mod keys;
mod ledger;
mod options;
mod orphan_info;
mod outward;
mod refusals;
mod secrets;
mod served;
mod server;
mod to_its_end;
mod tpm;
mod transport;
mod users;

pub(crate) use outward::connect;
pub(crate) use server::Server;
pub(crate) use tpm::TpmPlace;
pub(crate) use transport::Arrivals;
pub(crate) use users::UserDatabase;
