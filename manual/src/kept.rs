//! The files in `docs/`, compared with what they are made from.

use std::fmt::{Debug, Display, Formatter};
use std::path::{Path, PathBuf};

/// In the environment, has [`hold`] write instead of compare: `make manual`.
const WRITE: &str = "SSHTPM_WRITE_MANUAL";

/// Compares the file at `path`, below the workspace, with what it should be; or writes it.
///
/// # Errors
///
/// It is not there, or not what it should be.
pub fn hold(path: &str, wanted: &str) -> Result<(), Wrong> {
    let file = workspace().join(path);
    if std::env::var_os(WRITE).is_some() {
        return write(&file, wanted).map_err(|error| Wrong::new(format!("{path}: {error}")));
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    if found == wanted {
        return Ok(());
    }
    let mut lines = found.lines().zip(wanted.lines()).zip(1..);
    let first = lines.find(|((found, wanted), _)| found != wanted);
    let difference = match first {
        Some(((found, wanted), line)) => {
            format!("line {line} is\n{found}\nand should be\n{wanted}")
        }
        None => "it has another length".to_owned(),
    };
    Err(Wrong::new(format!(
        "{path} is not what its sources say: {difference}\nRun `make manual`."
    )))
}

fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(directory) = file.parent() {
        std::fs::create_dir_all(directory)?;
    }
    std::fs::write(file, text)
}

fn workspace() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

/// What is wrong with a page, its template or its source. A test that returns it shows it.
#[derive(thiserror::Error)]
#[error("{0}")]
pub struct Wrong(String);

impl Wrong {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl Debug for Wrong {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        Display::fmt(self, f)
    }
}
