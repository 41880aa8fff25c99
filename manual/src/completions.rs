//! Completions for bash, zsh and fish.

use clap::Command;
use clap::builder::Resettable;
use clap_complete::aot::{Shell, generate};

use crate::kept::{Wrong, hold};
use crate::key_completion::{for_bash, for_fish, for_zsh, has_keys, marked};

/// What adds the names of keys to a script.
type WithKeys = fn(String, &Command) -> String;

/// Holds `docs/completions` against what `command` says.
///
/// # Errors
///
/// A file is not what it should be.
pub fn hold_completions(command: &Command) -> Result<(), Wrong> {
    let name = command.get_name();
    let shells: [(Shell, String, WithKeys); 3] = [
        (Shell::Bash, format!("bash/{name}"), for_bash),
        (Shell::Zsh, format!("zsh/_{name}"), for_zsh),
        (Shell::Fish, format!("fish/{name}.fish"), for_fish),
    ];
    for (shell, file, with_keys) in shells {
        let mut script = Vec::new();
        generate(
            shell,
            &mut visible(command, has_keys(command)),
            name,
            &mut script,
        );
        let script = with_keys(String::from_utf8_lossy(&script).into_owned(), command);
        hold(&format!("docs/completions/{file}"), &script)?;
    }
    Ok(())
}

/// `command` without what is hidden, which `clap_complete` would offer. What an argument conflicts
/// with or requires is left out too: it may be hidden.
fn visible(command: &Command, has_keys: bool) -> Command {
    let about = command.get_about().cloned().unwrap_or_default();
    let arguments = command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set());
    let arguments = arguments.map(|argument| {
        let argument = argument.clone();
        argument
            .conflicts_with(Resettable::Reset)
            .requires(Resettable::Reset)
    });
    let arguments = arguments.map(|argument| match has_keys {
        true => marked(argument),
        false => argument,
    });
    let subcommands = command.get_subcommands().filter(|one| !one.is_hide_set());
    Command::new(command.get_name().to_owned())
        .about(about)
        .version(env!("CARGO_PKG_VERSION"))
        .args(arguments)
        .subcommands(subcommands.map(|one| visible(one, has_keys)))
}
