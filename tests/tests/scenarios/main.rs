//! Scenarios: the programs as they are shipped, against the real components.
//!
//! One test program, so that it links once and its tests run side by side. Each test has a world
//! of its own.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that finds something unexpected fails"
)]

mod agent;
mod agent_behind;
mod agent_behind_keys;
mod agent_behind_lock;
mod agent_behind_odd;
mod agent_dialler;
mod agent_load;
mod agent_lock;
mod agent_messages;
mod agent_pin;
mod agent_pin_questions;
mod agent_sockets;
mod agent_start;
mod authorization;
mod authorization_polkitd;
mod bad_input;
mod broken;
mod certificates;
mod certificates_kept;
mod channel;
mod command_line;
mod completion;
mod configuration;
mod confinement;
mod confirm;
mod confirm_rests;
mod confirm_words;
mod contract;
mod counts;
mod daemon;
mod destinations;
mod destinations_bound;
mod destinations_forwarded;
mod doctor;
mod doctor_agent;
mod doctor_agent_config;
mod doctor_broker;
mod doctor_ssh;
mod duplicates;
mod fairness;
mod git;
mod git_cut_short;
mod guides;
mod hardened_configurations;
mod host_key_files;
mod host_keys;
mod host_keys_cert;
mod host_keys_ensure;
mod host_keys_hardened;
mod host_keys_import;
mod host_keys_proofs;
mod host_keys_refusals;
mod host_keys_replace;
mod hot;
mod house;
mod import;
mod import_bad;
mod import_faults;
mod import_files;
mod import_refused;
mod import_secrecy;
mod isolation;
mod keys;
mod kill;
mod kinds_of_keys;
mod large_messages;
mod left_over_files;
mod list_steps;
mod lockout;
mod manual;
mod nobody;
mod notifications;
mod odd_homes;
mod openssh;
mod other_clients;
mod parent_key;
mod people;
mod persistent;
mod persistent_faults;
mod persistent_others;
mod pin;
mod pin_command_line;
mod pin_safety;
mod pin_tries;
mod pinentry;
mod polkit_reuse;
mod purposes;
mod purposes_openssh;
mod record;
mod record_faults;
mod record_reading;
mod refusals;
mod restrict;
mod screen;
mod sealed;
mod setup;
mod setup_environment;
mod setup_in_the_way;
mod setup_other_agents;
mod setup_sessions;
mod setup_undo;
mod store_faults;
mod store_start;
mod sudo;
mod tpm_absent;
mod units;
mod unread;
