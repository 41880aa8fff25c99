//! Errors in the configuration: one line each, which names the place.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("cannot read {}: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{} is not a regular file", .0.display())]
    NoFile(PathBuf),
    #[error("{} has more than {most} bytes", path.display())]
    TooLong { path: PathBuf, most: u64 },
    #[error(
        "{file} belongs to uid {owner}, not to root; check what is in it, then run \
         `chown root {file}`",
        file = path.display()
    )]
    ForeignOwner { path: PathBuf, owner: u32 },
    #[error(
        "{file} can be written by its group or by others, but only its owner may write it; check \
         what is in it, then run `chmod go-w {file}`",
        file = .0.display()
    )]
    WritableByOthers(PathBuf),
    #[error("{}: line {line}: {what}", path.display())]
    Mistake {
        path: PathBuf,
        line: usize,
        /// The key, if it is known, and what is wrong with it.
        what: String,
    },
}

impl ConfigError {
    /// A parser's error in `text`, the content of `path`.
    pub(super) fn mistake(path: &Path, text: &str, mistake: &toml::de::Error) -> Self {
        let at = mistake.span().map_or(0, |span| span.start);
        let newlines = text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let message = mistake.message();
        // Where the text makes no sense as a whole, the parser guesses which keys there are.
        let (table, _) = DeTable::parse_recoverable(text);
        let key = key_at(table.get_ref(), at).or_else(|| key_on_line(text, newlines));
        Self::Mistake {
            path: path.to_owned(),
            line: newlines + 1,
            what: match key {
                Some(key) => format!("{key}: {message}"),
                None => message.to_owned(),
            },
        }
    }
}

/// The key that stands at byte `at`, or whose value does.
fn key_at(table: &DeTable<'_>, at: usize) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let name = key.get_ref();
        if let DeValue::Table(inner) = value.get_ref()
            && let Some(rest) = key_at(inner, at)
        {
            return Some(format!("{name}.{rest}"));
        }
        let is_here = key.span().contains(&at) || value.span().contains(&at);
        is_here.then(|| name.to_string())
    })
}

/// What looks like a key on the line after so many others.
fn key_on_line(text: &str, lines_before: usize) -> Option<String> {
    let line = text.lines().nth(lines_before)?;
    let is_of_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let key = line.trim_start_matches([' ', '[']);
    let key = key.split(|c| !is_of_key(c)).next()?;
    (!key.is_empty()).then(|| key.to_owned())
}
