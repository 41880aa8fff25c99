//! sshtpm(1), sshtpm-ssh-keygen(1), sshtpm-host-keys.toml(5) and the completions, held against the
//! program.

use std::collections::BTreeSet;

use clap::CommandFactory;
use sshtpm_manual::{Page, Wrong, commands, exit_statuses, hold_completions, options, settings};

use super::args::{Cli, HOST_AGENT_SOCKET};

const TEMPLATE: &str = include_str!("../manual/sshtpm.1.in");

const KEYGEN_TEMPLATE: &str = include_str!("../manual/sshtpm-ssh-keygen.1.in");

const SETTINGS_TEMPLATE: &str = include_str!("../manual/sshtpm-host-keys.toml.5.in");

const SETTINGS: &str = include_str!("../data/host-keys.toml");

/// Of these names in JSON, those that the section JSON of sshtpm(1) lacks.
pub(crate) fn undocumented<'n>(names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let mut sections = TEMPLATE.split(".SH ");
    let json = sections.find(|section| section.starts_with("JSON"));
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = json.unwrap_or_default().split(|c| !is_name(c));
    let words: BTreeSet<&str> = words.collect();
    let names = names.into_iter();
    names.filter(|name| !words.contains(name)).collect()
}

#[test]
fn the_page_of_sshtpm_is_what_the_program_says() -> Result<(), Wrong> {
    let program = Cli::command();
    Page::new("sshtpm", 1, TEMPLATE)
        .insert("options", &options(&program))?
        .insert("commands", &commands(&program))?
        .insert("exit statuses", &exit_statuses(&program))?
        .value("host-agent", HOST_AGENT_SOCKET)?
        .hold()
}

#[test]
fn the_page_of_the_program_for_git_is_what_is_shipped() -> Result<(), Wrong> {
    Page::new("sshtpm-ssh-keygen", 1, KEYGEN_TEMPLATE).hold()
}

#[test]
fn the_page_of_the_host_keys_configuration_is_what_is_shipped() -> Result<(), Wrong> {
    Page::new("sshtpm-host-keys.toml", 5, SETTINGS_TEMPLATE)
        .insert("settings", &settings(SETTINGS)?)?
        .hold()
}

#[test]
fn the_completions_of_sshtpm_are_what_the_program_says() -> Result<(), Wrong> {
    hold_completions(&Cli::command())
}
