//! org.sshtpm.Broker1(5), held against the contract.

use sshtpm_manual::{Introspection, Page, Wrong, error_entries};
use sshtpm_ssh::error_kind::ErrorKind;
use sshtpm_ssh::limits::MAX_INTERACTIVE_SECONDS;

use crate::{
    ATTESTATION_INTERFACE, BUS_NAME, CHANNELS_INTERFACE, KEYS_INTERFACE, OBJECT_PATH,
    TPM_INTERFACE, bus_name,
};

const XML: &str = include_str!("../data/org.sshtpm.Broker1.xml");

const TEMPLATE: &str = include_str!("../manual/org.sshtpm.Broker1.5.in");

#[test]
fn the_page_of_the_interface_is_what_the_introspection_data_says() -> Result<(), Wrong> {
    let xml = Introspection::parse(XML)?;
    let mut page = Page::new(BUS_NAME, 5, TEMPLATE)
        .value("bus-name", BUS_NAME)?
        .value("object", OBJECT_PATH)?
        .value("keys-interface", KEYS_INTERFACE)?
        .value("tpm-interface", TPM_INTERFACE)?
        .value("attestation-interface", ATTESTATION_INTERFACE)?
        .value("channels-interface", CHANNELS_INTERFACE)?
        .value("seconds", MAX_INTERACTIVE_SECONDS)?
        .value("unavailable", bus_name(ErrorKind::BrokerUnavailable))?
        .insert("errors", &error_entries(&xml.errors()))?;
    for interface in xml.interfaces() {
        for (kind, members) in [
            ("methods", xml.methods(interface)?),
            ("properties", xml.properties(interface)?),
        ] {
            if !members.is_empty() {
                page = page.insert(&format!("{interface} {kind}"), &members)?;
            }
        }
    }
    page.hold()
}

#[test]
fn the_errors_of_the_introspection_data_are_those_of_the_code() -> Result<(), Wrong> {
    let xml = Introspection::parse(XML)?;
    let mut documented: Vec<String> = xml.errors().into_iter().map(|(name, _)| name).collect();
    documented.sort_unstable();
    let by_broker = ErrorKind::ALL.into_iter();
    // The bus gives that one, when there is no broker.
    let by_broker = by_broker
        .filter(|kind| !matches!(kind, ErrorKind::BrokerUnavailable | ErrorKind::CallerGone));
    let mut known: Vec<&str> = by_broker.map(bus_name).collect();
    known.sort_unstable();
    assert_eq!(documented, known);
    Ok(())
}
