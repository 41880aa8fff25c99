//! A program's arguments, as its definition has them. Hidden ones are left out.

use clap::{Arg, Command};

use crate::roff::{bold, capital_sentence, entry, italic, literal, prose, sentence};

/// The options and arguments of `command` itself, one entry each.
pub fn options(command: &Command) -> String {
    let arguments = visible(command);
    arguments
        .map(|argument| entry(&tag(argument), &help(argument)))
        .collect()
}

/// The exit statuses, which the end of the help text lists as `  0  done`, an entry each.
pub fn exit_statuses(command: &Command) -> String {
    let help = command.get_after_help().map(ToString::to_string);
    let mut entries: Vec<(String, Vec<String>)> = Vec::new();
    for line in help
        .unwrap_or_default()
        .lines()
        .filter(|line| line.starts_with(' '))
    {
        match (line.trim().split_once("  "), entries.last_mut()) {
            (Some((status, text)), _) => {
                entries.push((status.to_owned(), vec![capital_sentence(text)]))
            }
            (None, Some((_, texts))) => texts.push(capital_sentence(line)),
            (None, None) => {}
        }
    }
    let entries = entries
        .iter()
        .map(|(status, texts)| entry(&bold(status), &texts.join("\n")));
    entries.collect()
}

/// A section for each command below `command`, and for those below them.
pub fn commands(command: &Command) -> String {
    let root = bold(command.get_name());
    below(command, &root, "")
}

fn below(command: &Command, program: &str, path: &str) -> String {
    let mut text = String::new();
    for one in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        let name = format!("{path}{}", one.get_name());
        text.push_str(&format!(".SS {}\n", literal(&name)));
        let ends_here = !one.has_subcommands();
        if ends_here {
            text.push_str(&format!("{program} {}{}\n.PP\n", bold(&name), usage(one)));
        }
        text.push_str(&about(one));
        text.push_str(&options(one));
        text.push_str(&below(one, program, &format!("{name} ")));
    }
    text
}

/// What the command does, in short and then at length.
fn about(command: &Command) -> String {
    let long = command.get_long_about().or_else(|| command.get_about());
    let text = long.map(ToString::to_string).unwrap_or_default();
    let paragraphs: Vec<String> = text.split("\n\n").map(paragraph).collect();
    paragraphs.join(".PP\n")
}

fn paragraph(text: &str) -> String {
    format!("{}\n", sentence(&words(text)))
}

fn visible(command: &Command) -> impl Iterator<Item = &Arg> {
    command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set())
}

/// What comes after the name of a command.
fn usage(command: &Command) -> String {
    let (positional, options): (Vec<_>, Vec<_>) =
        visible(command).partition(|argument| argument.is_positional());
    let arguments = options.into_iter().chain(positional);
    arguments
        .map(|argument| format!(" {}", usage_of(argument)))
        .collect()
}

fn usage_of(argument: &Arg) -> String {
    let several = if is_list(argument) { "..." } else { "" };
    let text = match first_name(argument) {
        None => value(argument),
        Some(name) if takes_value(argument) => format!("{}{}", bold(&name), after_name(argument)),
        Some(name) => bold(&name),
    };
    if argument.is_required_set() {
        format!("{text}{several}")
    } else {
        format!("[{text}{several}]")
    }
}

fn tag(argument: &Arg) -> String {
    let short = argument.get_short().map(|short| bold(&format!("-{short}")));
    let long = argument.get_long().map(|long| bold(&format!("--{long}")));
    let names: Vec<String> = short.into_iter().chain(long).collect();
    let several = if is_list(argument) { "..." } else { "" };
    match names.as_slice() {
        [] => format!("{}{several}", value(argument)),
        names if takes_value(argument) => format!("{}{}", names.join(", "), after_name(argument)),
        names => names.join(", "),
    }
}

/// The value of an option, and what stands between it and the name.
fn after_name(argument: &Arg) -> String {
    let value = value(argument);
    let may_lack_it = argument
        .get_num_args()
        .is_some_and(|range| range.min_values() == 0);
    match (argument.is_require_equals_set(), may_lack_it) {
        (false, _) => format!(" {value}"),
        (true, false) => format!("={value}"),
        (true, true) => format!("[={value}]"),
    }
}

/// The help text, the values that there are, and the default in a sentence of its own.
fn help(argument: &Arg) -> String {
    let help = argument.get_long_help().or_else(|| argument.get_help());
    let help = words(&help.map(ToString::to_string).unwrap_or_default());
    let (help, written) = match help.strip_suffix(']') {
        Some(rest) => rest.rsplit_once("[default: ").unwrap_or((&help, "")),
        None => (help.as_str(), ""),
    };
    let default = match defined_default(argument) {
        Some(default) => format!("\nDefault: {}.", bold(&default)),
        None if written.is_empty() => String::new(),
        None => format!("\nDefault: {}.", prose(written)),
    };
    format!("{}{}{default}", sentence(help), values(argument))
}

fn defined_default(argument: &Arg) -> Option<String> {
    let defaults = argument.get_default_values().iter();
    let defaults: Vec<_> = defaults.map(|value| value.to_string_lossy()).collect();
    (takes_value(argument) && !defaults.is_empty()).then(|| defaults.join(", "))
}

/// The values that there are, where they are a few with a help text each.
fn values(argument: &Arg) -> String {
    let values = argument.get_possible_values();
    let values = values
        .iter()
        .filter(|value| takes_value(argument) && !value.is_hide_set());
    let entries = values.map(|value| {
        let help = value
            .get_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        entry(&bold(value.get_name()), &sentence(&words(&help)))
    });
    let entries: String = entries.collect();
    match entries.is_empty() {
        true => String::new(),
        false => format!("\n.RS\n{entries}.RE\n.IP"),
    }
}

/// `text` in one line. Each paragraph before the last one ends a sentence.
fn words(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(str::split_whitespace);
    let paragraphs = paragraphs.map(|words| words.collect::<Vec<_>>().join(" "));
    let mut line = String::new();
    for paragraph in paragraphs.filter(|paragraph| !paragraph.is_empty()) {
        if !line.is_empty() {
            line += if line.ends_with(['.', ':', '?']) {
                " "
            } else {
                ". "
            };
        }
        line += &paragraph;
    }
    line
}

fn first_name(argument: &Arg) -> Option<String> {
    let short = argument.get_short().map(|short| format!("-{short}"));
    short.or_else(|| argument.get_long().map(|long| format!("--{long}")))
}

fn value(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    match names {
        [] => italic(&argument.get_id().as_str().to_uppercase()),
        names => {
            let names = names.iter().flat_map(|name| name.split('|')).map(italic);
            names.collect::<Vec<_>>().join("|")
        }
    }
}

fn takes_value(argument: &Arg) -> bool {
    argument.get_action().takes_values()
}

fn is_list(argument: &Arg) -> bool {
    argument.is_positional() && matches!(argument.get_action(), clap::ArgAction::Append)
}

#[cfg(test)]
mod tests {
    use clap::{Arg, ArgAction, Command};

    use super::*;

    fn program() -> Command {
        let file = Arg::new("file").short('f').long("file").value_name("FILE");
        Command::new("tool")
            .arg(
                Arg::new("quiet")
                    .long("quiet")
                    .global(true)
                    .action(ArgAction::SetTrue),
            )
            .subcommand(
                Command::new("make")
                    .about("Make one")
                    .arg(file.help("Where to write [default: ~/x]"))
                    .arg(Arg::new("secret").long("secret").hide(true))
                    .arg(Arg::new("key").value_name("KEY").required(true)),
            )
            .subcommand(Command::new("internal").hide(true))
    }

    #[test]
    fn a_command_has_its_usage_and_its_options() {
        let text = commands(&program());
        assert!(
            text.contains("\\fBtool\\fR \\fBmake\\fR [\\fB\\-f\\fR \\fIFILE\\fR] \\fIKEY\\fR\n"),
            "{text}"
        );
        assert!(
            text.contains(".TP\n\\fB\\-f\\fR, \\fB\\-\\-file\\fR \\fIFILE\\fR\n"),
            "{text}"
        );
        assert!(
            text.contains("Where to write.\nDefault: \\(ti/x.\n"),
            "{text}"
        );
    }

    #[test]
    fn each_paragraph_of_a_help_text_ends_a_sentence() {
        assert_eq!(
            words("Print it\n\nIt is\nlong.\n\nEnd"),
            "Print it. It is long. End"
        );
    }

    #[test]
    fn an_option_shows_if_its_value_follows_an_equals_sign() {
        let option = Arg::new("git").long("git").value_name("KEY");
        let option = option.num_args(0..=1).require_equals(true);
        let text = options(&Command::new("tool").arg(option));
        assert!(text.contains("\\fB\\-\\-git\\fR[=\\fIKEY\\fR]\n"), "{text}");
    }

    #[test]
    fn the_values_of_an_option_are_listed() {
        let option = Arg::new("how").long("how").value_parser(["fast", "slow"]);
        let text = options(&Command::new("tool").arg(option.default_value("slow")));
        assert!(text.contains(".TP\n\\fBfast\\fR\n"), "{text}");
        assert!(text.ends_with("Default: \\fBslow\\fR.\n"), "{text}");
    }

    #[test]
    fn exit_statuses_come_from_the_end_of_the_help_text() {
        let command =
            Command::new("tool").after_help("Exit status:\n  0  done\n     or not\n  1  failed");
        let text = exit_statuses(&command);
        assert_eq!(
            text,
            ".TP\n\\fB0\\fR\nDone.\nOr not.\n.TP\n\\fB1\\fR\nFailed.\n"
        );
    }

    #[test]
    fn what_is_hidden_is_left_out() {
        let text = commands(&program());
        assert!(
            !text.contains("secret") && !text.contains("internal"),
            "{text}"
        );
    }

    #[test]
    fn an_option_of_all_commands_is_not_repeated_at_each() {
        assert!(!commands(&program()).contains("quiet"));
        assert!(options(&program()).contains("quiet"));
    }
}
