//! The option `owner`: the user whose key is meant.

use sshtpm_dbus::{Error, option};
use sshtpm_ssh::error_kind::ErrorKind;

use super::decoded::Options;
use crate::bus::front_door::Rejected;
use crate::bus::users::{self, NotFound};
use sshtpm_core::identity::{Caller, Owner, UserName};

impl Options {
    /// Takes `owner` (`s`), and finds that user when it is the turn of `caller`.
    pub(in crate::bus) async fn owner(
        &mut self,
        caller: &Caller,
    ) -> Result<Option<Owner>, Rejected> {
        let Some(name) = self.text(option::OWNER)? else {
            return Ok(None);
        };
        let found = match UserName::new(name.clone()) {
            Some(name) => users::by_name(name, caller.owner.uid()).await,
            None => Err(NotFound::NoSuchUser),
        };
        found.map(Some).map_err(|not_found| {
            Rejected::Bus(match not_found {
                NotFound::NoSuchUser => {
                    Error::new(ErrorKind::NoSuchUser, format!("no user is named {name:?}"))
                }
                NotFound::NoAnswer => users::no_answer(),
            })
        })
    }
}
