//! The commands of a guide, as a reader would type them.
//!
//! A page says in HTML comments, each alone on a line and not seen by readers, what a test does
//! with the block of code below it:
//!
//! - `<!-- run alice -->`: the commands work as alice; the answer to questions is yes;
//! - `<!-- run alice, fails -->`: the last of them does not;
//! - `<!-- file alice PATH -->`: the block is the content of alice's file;
//! - `<!-- first alice: COMMAND -->`: what the reader has done before; there is no block.
//!
//! `root` and `other`, alice at another machine, can stand for `alice`.
//!
//! In a block with prompts (`alice$ `, `root# `) the other lines are what is printed, and are left
//! out. A prompt of somebody else's, such as `ca$ `, is the first user's, too.

/// A user of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The reader.
    Alice,
    /// The administrator.
    Root,
    /// The reader, at another machine.
    Other,
}

impl Who {
    fn named(name: &str) -> Self {
        match name {
            "alice" => Self::Alice,
            "root" => Self::Root,
            "other" => Self::Other,
            other => panic!("a page has commands for {other}"),
        }
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Commands for a shell.
    Run {
        /// Who types them.
        who: Who,
        /// The commands, a line each.
        script: String,
        /// Whether the last one fails.
        fails: bool,
    },
    /// A file.
    File {
        /// Whose it is.
        who: Who,
        /// Where it is.
        path: String,
        /// What is in it.
        content: String,
    },
}

/// The steps of a page, in its order.
///
/// # Panics
///
/// A comment is not understood, or has no block below it.
pub fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        let comment = line
            .strip_prefix("<!-- ")
            .and_then(|rest| rest.strip_suffix(" -->"));
        let Some((verb, rest)) = comment.and_then(|comment| comment.split_once(' ')) else {
            continue;
        };
        let mut block = || {
            while lines.next_if(|line| line.is_empty()).is_some() {}
            let mut block = String::new();
            while let Some(line) = lines.next_if(|line| line.is_empty() || line.starts_with("    "))
            {
                block.push_str(line.strip_prefix("    ").unwrap_or(line));
                block.push('\n');
            }
            assert!(!block.trim().is_empty(), "no block below `{line}`");
            format!("{}\n", block.trim_end())
        };
        match verb {
            "run" => runs(rest, &block(), &mut steps),
            "file" => {
                let (who, path) = rest.split_once(' ').expect("who and where");
                let (who, path) = (Who::named(who), path.to_owned());
                let content = block();
                steps.push(Step::File { who, path, content });
            }
            "first" => {
                let (who, script) = rest.split_once(": ").expect("who and what");
                steps.push(run(Who::named(who), script, false));
            }
            _ => panic!("a page has a comment that is not understood: {line}"),
        }
    }
    steps
}

fn run(who: Who, script: &str, fails: bool) -> Step {
    Step::Run {
        who,
        script: script.to_owned(),
        fails,
    }
}

/// The commands of a block: one step, or one for each prompt.
fn runs(how: &str, block: &str, steps: &mut Vec<Step>) {
    let (who, fails) = match how.strip_suffix(", fails") {
        Some(who) => (who, true),
        None => (how, false),
    };
    let who = Who::named(who);
    let prompted: Vec<_> = block.lines().filter_map(|line| prompt(line, who)).collect();
    if prompted.is_empty() {
        steps.push(run(who, block, fails));
        return;
    }
    let last = prompted.len() - 1;
    let each = prompted.into_iter().enumerate();
    steps.extend(each.map(|(index, (who, command))| run(who, command, fails && index == last)));
}

/// Who types the command after the prompt in this line.
fn prompt(line: &str, first: Who) -> Option<(Who, &str)> {
    let (name, command) = line.split_once("$ ").or_else(|| line.split_once("# "))?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase());
    let who = if name == "root" { Who::Root } else { first };
    is_name.then_some((who, command))
}

#[cfg(test)]
mod tests {
    use super::{Step, Who, run, steps};

    #[test]
    fn only_blocks_with_a_comment_are_steps() {
        let page = "# A page\n\n    not run\n\n<!-- first alice: mkdir x -->\n\
                    <!-- run alice -->\n\n    cd x\n    ls $HOME\n\n\
                    Text.\n\n<!-- run alice, fails -->\n\n    false\n";
        let expected = [
            run(Who::Alice, "mkdir x", false),
            run(Who::Alice, "cd x\nls $HOME\n", false),
            run(Who::Alice, "false\n", true),
        ];
        assert_eq!(steps(page), expected);
    }

    #[test]
    fn lines_without_a_prompt_are_what_is_printed_if_others_have_one() {
        let page = "<!-- run alice -->\n\n    alice$ ls\n    a b\n    ca$ id\n    root# id\n";
        let expected = [
            run(Who::Alice, "ls", false),
            run(Who::Alice, "id", false),
            run(Who::Root, "id", false),
        ];
        assert_eq!(steps(page), expected);
    }

    #[test]
    fn a_file_is_written_as_the_block_has_it() {
        let page = "<!-- file alice ~/.config/x.toml -->\n\n    [a]\n\n      b = 1\n\n# Next\n";
        let file = Step::File {
            who: Who::Alice,
            path: "~/.config/x.toml".to_owned(),
            content: "[a]\n\n  b = 1\n".to_owned(),
        };
        assert_eq!(steps(page), [file]);
    }
}
