//! Completion of names of keys, which `clap_complete` cannot know: the scripts ask the program for
//! them (`sshtpm list --names`).
//!
//! `clap_complete` can have a script call back the program for everything, but calls that unstable.

use clap::builder::ValueHint;
use clap::{Arg, Command};

/// What the program is asked for: a name, a tab and a description in each line.
const NAMES: &str = "sshtpm --no-ask-password list --names 2>/dev/null";

/// How an argument that names a key calls its value; what else it may be follows.
const VALUE: &str = "KEY";

/// The group whose keys are those of another user.
const OF_OTHERS: &str = "host-keys";

/// The program that is asked. `sshtpm-agent` has an option that names keys, and lists none.
const PROGRAM: &str = "sshtpm";

/// Stands in the scripts for zsh where a name of a key goes, until it is replaced.
const PLACE_IN_ZSH: &str = ":_email_addresses";

/// `argument`, marked if it names keys.
pub(crate) fn marked(argument: Arg) -> Arg {
    match names_keys(&argument) {
        true => argument.value_hint(ValueHint::EmailAddress),
        false => argument,
    }
}

fn names_keys(argument: &Arg) -> bool {
    let names = argument.get_value_names().unwrap_or_default();
    names
        .iter()
        .any(|name| name.split('|').next() == Some(VALUE))
}

/// A command that has keys as arguments, or an option that has one.
#[derive(Debug)]
struct Place {
    /// The command and its group, such as `cert add`.
    path: Vec<String>,
    /// The short and the long name of the option; `None` is a positional argument.
    option: Option<(char, String)>,
}

/// Whether names of keys are completed for `command`.
pub(crate) fn has_keys(command: &Command) -> bool {
    command.get_name() == PROGRAM
}

fn places(command: &Command) -> Vec<Place> {
    let mut found = Vec::new();
    if !has_keys(command) {
        return found;
    }
    collect(command, &[], &mut found);
    found
}

fn collect(command: &Command, path: &[String], found: &mut Vec<Place>) {
    for argument in command.get_arguments().filter(|one| names_keys(one)) {
        let option = argument.get_short().zip(argument.get_long());
        found.push(Place {
            path: path.to_vec(),
            option: option.map(|(short, long)| (short, long.to_owned())),
        });
    }
    for one in command
        .get_subcommands()
        .filter(|one| one.get_name() != OF_OTHERS)
    {
        let path = [path, &[one.get_name().to_owned()]].concat();
        collect(one, &path, found);
    }
}

/// `script` for bash, which knows keys.
pub(crate) fn for_bash(script: String, command: &Command) -> String {
    let places = places(command);
    if places.is_empty() {
        return script;
    }
    let positional = places.iter().filter(|place| place.option.is_none());
    let paths: Vec<String> = positional
        .map(|place| format!("'{}'", place.path.join(" ")))
        .collect();
    let options = places.iter().filter_map(|place| {
        let (short, long) = place.option.as_ref()?;
        let path = place.path.join(" ");
        Some(format!("'{path} -{short}'|'{path} --{long}'"))
    });
    let options: Vec<String> = options.collect();
    let body = include_str!("key_completion/bash")
        .replace("@positional@", &paths.join("|"))
        .replace("@options@", &options.join("|"))
        .replace("@values@", &options_with_values(command).join("|"))
        .replace("@names@", NAMES);
    // The last lines of the script register its function.
    script.replace("complete -F _sshtpm ", "complete -F _sshtpm_with_keys ") + &body
}

/// `script` for zsh, which knows keys.
pub(crate) fn for_zsh(script: String, command: &Command) -> String {
    if places(command).is_empty() {
        return script;
    }
    let body = include_str!("key_completion/zsh").replace("@names@", NAMES);
    let script = script.replace(PLACE_IN_ZSH, ":_sshtpm_keys");
    let register = "if [ \"$funcstack[1]\"";
    script.replacen(register, &format!("{body}\n{register}"), 1)
}

/// `script` for fish, which knows keys. Files are offered, too: a key can be named by one.
pub(crate) fn for_fish(script: String, command: &Command) -> String {
    let lines = places(command).into_iter().map(|place| {
        let condition = match place.path.as_slice() {
            [group, inner] => format!(
                "__fish_sshtpm_using_subcommand {group}; and __fish_seen_subcommand_from {inner}"
            ),
            path => format!("__fish_sshtpm_using_subcommand {}", path.join(" ")),
        };
        let option = place.option.map_or_else(String::new, |(short, long)| {
            format!(" -s {short} -l {long} -r")
        });
        format!("complete -c sshtpm -n \"{condition}\"{option} -a \"({NAMES})\"\n")
    });
    script + &lines.collect::<String>()
}

/// The options after which a value stands that is not a key.
fn options_with_values(command: &Command) -> Vec<String> {
    let arguments = command
        .get_arguments()
        .filter(|one| one.get_action().takes_values() && !one.is_positional() && !names_keys(one));
    let names = arguments.flat_map(|one| {
        let short = one.get_short().map(|short| format!("-{short}"));
        short
            .into_iter()
            .chain(one.get_long().map(|long| format!("--{long}")))
    });
    let below = command.get_subcommands().flat_map(options_with_values);
    let mut names: Vec<String> = names.chain(below).collect();
    names.sort_unstable();
    names.dedup();
    names
}
