//! Keys and stores for the tests of this room.

mod keys;
mod logged;
mod permits;
mod records;
mod state;

pub(super) use self::keys::{key, rsa_key, sealed_key, wrapped};
pub(super) use self::logged::logged;
pub(super) use self::permits::{
    add_certificate, delete, permit, place, remove_certificate, set_comment, set_persistent,
    set_pin, target,
};
pub(super) use self::records::{
    alice, bound, certificate, derived, from, kept_by_use, owner, promoted, record,
    with_long_restrictions,
};
pub(super) use self::state::State;
