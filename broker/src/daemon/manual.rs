//! Tests that sshtpm-broker(8), sshtpm-broker.toml(5) and the completions match the program.

use clap::CommandFactory;
use sshtpm_manual::{Page, Wrong, actions, hold_completions, options, settings, verbatim};

use super::Arguments;
use crate::config::DEFAULT_PATH;

const TEMPLATE: &str = include_str!("../../manual/sshtpm-broker.8.in");

const SETTINGS_TEMPLATE: &str = include_str!("../../manual/sshtpm-broker.toml.5.in");

const SETTINGS: &str = include_str!("../../data/broker.toml");

const POLICY: &str = include_str!("../../../polkit/org.sshtpm.Broker1.policy");

const RULE: &str = include_str!("../../../polkit/example-forbid-signing.rules");

#[test]
fn the_page_of_the_broker_is_what_the_program_and_the_policy_say() -> Result<(), Wrong> {
    Page::new("sshtpm-broker", 8, TEMPLATE)
        .insert("options", &options(&Arguments::command()))?
        .insert("actions", &actions(POLICY)?)?
        .insert("rule", &verbatim(RULE))?
        .value("config", DEFAULT_PATH)?
        .hold()
}

#[test]
fn the_page_of_the_configuration_is_what_is_shipped() -> Result<(), Wrong> {
    Page::new("sshtpm-broker.toml", 5, SETTINGS_TEMPLATE)
        .insert("settings", &settings(SETTINGS)?)?
        .value("config", DEFAULT_PATH)?
        .hold()
}

#[test]
fn the_completions_of_the_broker_are_what_the_program_says() -> Result<(), Wrong> {
    hold_completions(&Arguments::command())
}
