//! What polkit would let the caller do.
//!
//! May touch: polkitd. Must never cause a password prompt.
//!
//! The question does not include the details of a key, so a rule that looks at them may decide
//! otherwise when a key is used. Source: the D-Bus API of polkit,
//! `org.freedesktop.PolicyKit1.Authority.EnumerateActions` and `CheckAuthorization`.

use std::collections::HashMap;

use serde::Deserialize;
use zbus::{Proxy, Type, Variant};

use super::bus::{Bus, NoAnswer};

/// What all of sshtpm's actions begin with.
pub(crate) const PREFIX: &str = "org.sshtpm.Broker1.";

/// Details of an action or an answer.
type Details = HashMap<String, String>;

/// An action as `EnumerateActions` gives it: identifier, description, message, vendor, its address,
/// icon, three defaults, annotations.
type Action = (
    String,
    String,
    String,
    String,
    String,
    String,
    u32,
    u32,
    u32,
    Details,
);

/// An answer of `CheckAuthorization`.
#[derive(Debug, Deserialize, Type)]
struct Answer {
    is_authorized: bool,
    is_challenge: bool,
    #[expect(dead_code, reason = "a part of the answer on the wire")]
    details: Details,
}

/// What polkit says about an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permission {
    /// Yes.
    Granted,
    /// With a password.
    Password,
    /// No.
    Refused,
}

/// What polkit says about the usual things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Permissions {
    /// The actions are not installed.
    Unregistered,
    /// They are.
    Registered {
        /// `list-own-keys`
        list: Permission,
        /// `use-own-key`
        sign: Permission,
        /// `create-own-key`
        create: Permission,
    },
}

/// Asks polkit. It has as long for each of its four answers as the broker gives it, so that one
/// that the broker would hear is not called silent.
///
/// # Errors
///
/// There is no answer.
pub(crate) async fn ask(bus: &Bus) -> Result<Permissions, NoAnswer> {
    let authority = Proxy::new(
        &bus.connection,
        "org.freedesktop.PolicyKit1",
        "/org/freedesktop/PolicyKit1/Authority",
        "org.freedesktop.PolicyKit1.Authority",
    )
    .await?;
    // The locale of the descriptions, which are not read here.
    let actions: Vec<Action> = authority.call("EnumerateActions", &("",)).await?;
    let is_known = |name: &str| {
        let mut ids = actions.iter().map(|action| &action.0);
        ids.any(|id| id.strip_prefix(PREFIX) == Some(name))
    };
    if !["list-own-keys", "use-own-key", "create-own-key"]
        .into_iter()
        .all(is_known)
    {
        return Ok(Permissions::Unregistered);
    }
    Ok(Permissions::Registered {
        list: may(&authority, "list-own-keys").await?,
        sign: may(&authority, "use-own-key").await?,
        create: may(&authority, "create-own-key").await?,
    })
}

/// Whether this connection may, as the broker asks it: about the connection, never the process.
async fn may(authority: &Proxy<'_>, action: &str) -> Result<Permission, NoAnswer> {
    let own = authority.connection().unique_name();
    let name = own.map_or("", |name| name.as_str());
    let subject = (
        "system-bus-name",
        HashMap::from([("name", Variant::from(name))]),
    );
    let details: HashMap<&str, &str> = HashMap::new();
    let (no_interaction, no_cancellation) = (0_u32, "");
    let question = (
        subject,
        format!("{PREFIX}{action}"),
        details,
        no_interaction,
        no_cancellation,
    );
    let answer: Answer = authority.call("CheckAuthorization", &question).await?;
    Ok(match (answer.is_authorized, answer.is_challenge) {
        (true, _) => Permission::Granted,
        (false, true) => Permission::Password,
        (false, false) => Permission::Refused,
    })
}
