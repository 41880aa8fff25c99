//! Checks that sshtpm-agent(1) and the completions match the program, and writes them on request.

use clap::CommandFactory;
use sshtpm_client::pin::MAX_ANSWER;
use sshtpm_client::socket;
use sshtpm_manual::{Page, Wrong, hold_completions, options};
use sshtpm_ssh::limits::MAX_MESSAGE_BYTES;

use crate::args::Arguments;
use crate::behind::exchange::{MAX_QUICK, MAX_TOLD};
use crate::behind::settings::MAX_AGENTS;
use crate::broker::bounds::MAX_FORWARDED_REQUESTS;
use crate::logging;
use crate::serving::{limit, requests};

const TEMPLATE: &str = include_str!("../manual/sshtpm-agent.1.in");

#[test]
fn the_page_of_sshtpm_agent_is_what_the_program_says() -> Result<(), Wrong> {
    Page::new("sshtpm-agent", 1, TEMPLATE)
        .insert("options", &options(&Arguments::command()))?
        .value("message", MAX_MESSAGE_BYTES)?
        .value("local-bytes", requests::MAX_LOCAL_BYTES >> 20)?
        .value("forwarded", MAX_FORWARDED_REQUESTS)?
        .value("answer", MAX_ANSWER.as_secs())?
        .value("other-files", limit::OTHER_FILES)?
        .value("min-connections", limit::MIN_CONNECTIONS)?
        .value("max-connections", limit::MAX_CONNECTIONS)?
        .value("agents", MAX_AGENTS)?
        .value("quick", MAX_QUICK.as_secs())?
        .value("told", MAX_TOLD.as_secs())?
        .value("directory", socket::DIRECTORY)?
        .value("socket", socket::FILE)?
        .value("log", logging::VARIABLE)?
        .hold()
}

#[test]
fn the_completions_of_sshtpm_agent_are_what_the_program_says() -> Result<(), Wrong> {
    hold_completions(&Arguments::command())
}
