//! sshtpm(1), sshtpm-ssh-keygen(1), sshtpm-host-keys.toml(5) and the completions, held against the
//! program.

use clap::CommandFactory;
use sshtpm_manual::{Page, Wrong, commands, exit_statuses, hold_completions, options, settings};

use super::args::{Cli, HOST_AGENT_SOCKET};

const TEMPLATE: &str = include_str!("../manual/sshtpm.1.in");

const KEYGEN_TEMPLATE: &str = include_str!("../manual/sshtpm-ssh-keygen.1.in");

const SETTINGS_TEMPLATE: &str = include_str!("../manual/sshtpm-host-keys.toml.5.in");

const SETTINGS: &str = include_str!("../data/host-keys.toml");

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
