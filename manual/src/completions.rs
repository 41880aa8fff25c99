//! Completions for bash, zsh and fish.

use clap::Command;
use clap::builder::Resettable;
use clap_complete::aot::{Shell, generate};

use crate::kept::{Wrong, hold};

/// Holds `docs/completions` against what `command` says.
///
/// # Errors
///
/// A file is not what it should be.
pub fn hold_completions(command: &Command) -> Result<(), Wrong> {
    let name = command.get_name();
    for (shell, file) in [
        (Shell::Bash, format!("bash/{name}")),
        (Shell::Zsh, format!("zsh/_{name}")),
        (Shell::Fish, format!("fish/{name}.fish")),
    ] {
        let mut script = Vec::new();
        generate(shell, &mut visible(command), name, &mut script);
        hold(
            &format!("docs/completions/{file}"),
            &String::from_utf8_lossy(&script),
        )?;
    }
    Ok(())
}

/// `command` without what is hidden, which `clap_complete` would offer. What an argument conflicts
/// with or requires is left out too: it may be hidden.
fn visible(command: &Command) -> Command {
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
    let subcommands = command.get_subcommands().filter(|one| !one.is_hide_set());
    Command::new(command.get_name().to_owned())
        .about(about)
        .version(env!("CARGO_PKG_VERSION"))
        .args(arguments)
        .subcommands(subcommands.map(visible))
}
