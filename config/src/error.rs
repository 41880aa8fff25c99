//! Errors in the configuration: one line each, which names the place.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Reading it failed.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is a link without an end.
    #[error(
        "{file} is a link that leads nowhere; if it leads to a file that a sandbox hides, put the \
         file itself there",
        file = .0.display()
    )]
    LeadsNowhere(PathBuf),
    /// It is a directory, a FIFO or the like.
    #[error("{} is not a regular file", .0.display())]
    NoFile(PathBuf),
    /// It is too long.
    #[error("{} has more than {most} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The most bytes that it may have.
        most: u64,
    },
    /// Another user could change it.
    #[error(
        "{file} belongs to {owner}, not to {name}; check what is in it, then run \
         `chown {name} {file}`",
        file = path.display(),
        owner = owner_of(*owner),
        name = name_of(*reader)
    )]
    ForeignOwner {
        /// The file.
        path: PathBuf,
        /// The uid that has it.
        owner: u32,
        /// The uid that reads it.
        reader: u32,
    },
    /// Others could change it.
    #[error(
        "{file} can be written by its group or by others, but only its owner may write it; check \
         what is in it, then run `chmod go-w {file}`",
        file = .0.display()
    )]
    WritableByOthers(PathBuf),
    /// The text is wrong.
    #[error("{}: line {line}: {what}", path.display())]
    Mistake {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The key, if it is known, and what is wrong with it.
        what: String,
    },
}

/// The owner of what belongs to a user whom the namespace does not know (user_namespaces(7)).
const OVERFLOW: u32 = 65534;

impl ConfigError {
    /// A parser's error in `text`, the content of `path`.
    pub fn mistake(path: &Path, text: &str, mistake: &toml::de::Error) -> Self {
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

/// Who has a file, as this process sees it. In the user namespace of a sandbox all other users are
/// one, and whether root is the one cannot be told.
fn owner_of(uid: u32) -> String {
    match uid {
        OVERFLOW => format!("uid {uid}, which is how a sandbox shows root and all other users"),
        uid => format!("uid {uid}"),
    }
}

/// How chown(1) takes a user.
fn name_of(uid: u32) -> String {
    match uid {
        0 => "root".to_owned(),
        uid => uid.to_string(),
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
