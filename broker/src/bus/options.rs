//! The trailing `a{sv}` of every method.
//!
//! An option that is not known is an error: a client that asks for a restriction must not get a
//! key without it because the broker is older than the client.

use std::collections::HashMap;

use sshtpm_dbus::{Error, ErrorKind, option};
use zbus::OwnedVariant;

use super::front_door::Rejected;
use super::users;
use crate::core::identity::{Owner, UserName};

/// Options that nobody has looked at yet.
#[derive(Debug)]
pub(super) struct Options(HashMap<String, OwnedVariant>);

impl Options {
    pub(super) fn new(options: HashMap<String, OwnedVariant>) -> Self {
        Self(options)
    }

    /// Takes `bits` (`u`).
    pub(super) fn bits(&mut self) -> Result<Option<u32>, Rejected> {
        self.take(option::BITS, "u")
    }

    /// Takes `owner` (`s`), and finds that user.
    pub(super) async fn owner(&mut self) -> Result<Option<Owner>, Rejected> {
        let Some(name) = self.take::<String>(option::OWNER, "s")? else {
            return Ok(None);
        };
        let no_such_user = || {
            let text = format!("no user is named {:?}", clipped(&name));
            Rejected::Bus(Error::new(ErrorKind::NoSuchUser, text))
        };
        let name = UserName::new(name.clone()).ok_or_else(no_such_user)?;
        users::by_name(name)
            .await
            .ok_or_else(no_such_user)
            .map(Some)
    }

    /// # Errors
    ///
    /// There is an option that was not taken.
    pub(super) fn finish(self) -> Result<(), Rejected> {
        match self.0.keys().min() {
            None => Ok(()),
            Some(name) => Err(Rejected::invalid(format!(
                "unknown option {:?}",
                clipped(name)
            ))),
        }
    }

    fn take<T: TryFrom<OwnedVariant>>(
        &mut self,
        name: &str,
        signature: &str,
    ) -> Result<Option<T>, Rejected> {
        self.0
            .remove(name)
            .map(|value| {
                let text = format!("option {name} must be of type {signature}");
                T::try_from(value).map_err(|_| Rejected::invalid(text))
            })
            .transpose()
    }
}

/// What is repeated of a name that a client chose, in characters.
const MOST_REPEATED: usize = 64;

fn clipped(text: &str) -> String {
    text.chars().take(MOST_REPEATED).collect()
}
