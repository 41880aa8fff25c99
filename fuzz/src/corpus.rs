//! Inputs in files: those that the repository has, and those that runs leave behind.

use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::path::{Path, PathBuf};

/// Where the inputs of one target are.
#[derive(Debug)]
pub(crate) struct Corpus {
    target: &'static str,
}

impl Corpus {
    pub(crate) fn of(target: &'static str) -> Self {
        Self { target }
    }

    /// What the repository has: real inputs, and all that ever failed.
    pub(crate) fn inputs(&self) -> Vec<Vec<u8>> {
        files(&workspace().join("fuzz/corpus").join(self.target))
    }

    /// What earlier long runs kept.
    pub(crate) fn kept(&self) -> Vec<Vec<u8>> {
        files(&self.room("kept"))
    }

    /// Keeps `inputs` for later long runs.
    pub(crate) fn keep(&self, inputs: impl IntoIterator<Item = impl AsRef<[u8]>>) {
        for input in inputs {
            write(&self.room("kept"), input.as_ref());
        }
    }

    /// Leaves an input that failed, and says where.
    pub(crate) fn leave(&self, input: &[u8]) -> PathBuf {
        write(&self.room("failed"), input)
    }

    /// Leaves an input before it is read; the last one stays.
    pub(crate) fn trace(&self, input: &[u8]) {
        let directory = self.room("read");
        fs::create_dir_all(&directory).expect("a directory for inputs");
        fs::write(directory.join("last"), input).expect("room for an input");
    }

    /// Where a copy of `input` belongs, to be tried in each run from then on.
    pub(crate) fn place(&self, input: &[u8]) -> PathBuf {
        Path::new("fuzz/corpus").join(self.target).join(name(input))
    }

    fn room(&self, kind: &str) -> PathBuf {
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let target = target.unwrap_or_else(|| workspace().join("target"));
        target.join("fuzz").join(kind).join(self.target)
    }
}

fn workspace() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("a workspace around this crate")
}

/// In the order of their names, so that each run begins alike.
fn files(directory: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let read = |path: PathBuf| fs::read(path).expect("a readable input");
    paths.into_iter().map(read).collect()
}

fn write(directory: &Path, input: &[u8]) -> PathBuf {
    fs::create_dir_all(directory).expect("a directory for inputs");
    let path = directory.join(name(input));
    fs::write(&path, input).expect("room for an input");
    path
}

fn name(input: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(input);
    format!("{:016x}", hasher.finish())
}
