//! What a call may cost before the broker's own code sees it.
//!
//! zbus decodes the body of a call for the interface that it names. Only the broker's own methods
//! bound what they decode (`options`); everything else is zbus' and takes names alone.

use sshtpm_dbus::{ATTESTATION_INTERFACE, CHANNELS_INTERFACE, KEYS_INTERFACE, TPM_INTERFACE};
use zbus::message::Header;

/// Longest body of a call to an interface that is not the broker's own, in bytes: the names of an
/// interface and of a property have at most 255 each.
const MOST_FOREIGN_BYTES: usize = 1024;

/// What a call takes in memory beside its body: a task, the message and what is decoded of it.
const CALL_BYTES: usize = 16 * 1024;

/// What the answer of a method that lists can take in memory: 1,000 uses of a key have some 170
/// KiB.
const LIST_BYTES: usize = 256 * 1024;

/// Methods that list, or answer with as much.
const LISTS: [&str; 6] = [
    "List",
    "ListIdentities",
    "GetUses",
    "ListOrphans",
    "Attest",
    "GetIdentity",
];

/// The broker's own interfaces.
const OWN: [&str; 4] = [
    KEYS_INTERFACE,
    TPM_INTERFACE,
    CHANNELS_INTERFACE,
    ATTESTATION_INTERFACE,
];

/// Bytes that a call takes in memory until its answer has gone out; `None` if its body is longer
/// than that of any call that is served.
pub(super) fn cost(call: &Header<'_>, body_bytes: usize) -> Option<usize> {
    let interface = call.interface().map(|name| name.as_str());
    let is_own = interface.is_some_and(|name| OWN.contains(&name));
    if !is_own && body_bytes > MOST_FOREIGN_BYTES {
        return None;
    }
    let lists = call
        .member()
        .is_some_and(|name| LISTS.contains(&name.as_str()));
    let answer = if is_own && lists { LIST_BYTES } else { 0 };
    Some(CALL_BYTES.saturating_add(body_bytes).saturating_add(answer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use zbus::message::Message;

    fn cost_of(interface: &str, member: &str, body_bytes: usize) -> Option<usize> {
        let call = Message::method_call("/", member).interface(interface);
        let call = call.build(&()).expect("a message");
        cost(&call.header(), body_bytes)
    }

    #[test]
    fn an_interface_of_the_library_takes_names_alone() {
        let properties = "org.freedesktop.DBus.Properties";
        assert!(cost_of(properties, "Get", 600).is_some());
        assert_eq!(cost_of(properties, "Set", 1025), None);
        assert_eq!(cost_of("org.example.None", "Anything", 1025), None);
    }

    #[test]
    fn a_long_call_to_the_broker_costs_its_length() {
        let short = cost_of(KEYS_INTERFACE, "Sign", 0).expect("a cost");
        let long = cost_of(KEYS_INTERFACE, "Sign", 200_000).expect("a cost");
        assert_eq!(long - short, 200_000);
    }

    #[test]
    fn a_list_costs_what_its_answer_may_take() {
        let list = cost_of(KEYS_INTERFACE, "GetUses", 8).expect("a cost");
        assert!(list > LIST_BYTES);
    }
}
