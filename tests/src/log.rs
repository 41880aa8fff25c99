//! What a program says, kept for when a test fails.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt;
use std::process::Stdio;

/// How much of a log is shown when a test fails, in bytes from its end.
const SHOWN_BYTES: u64 = 12_000;

/// What a program says, in a file without a name.
pub struct Log {
    name: String,
    file: File,
}

impl Log {
    /// An empty one.
    ///
    /// # Panics
    ///
    /// There is no room for a file.
    pub fn new(name: &str) -> Self {
        let file = tempfile::tempfile().expect("the machine has a /tmp");
        let name = name.to_owned();
        Self { name, file }
    }

    /// Name of the program.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Everything.
    ///
    /// # Panics
    ///
    /// It cannot be read.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes_from(0)
    }

    /// Everything, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }

    /// Adds a line of the tests' own.
    pub(crate) fn add(&self, line: &str) {
        // A log without this line still shows what the program said.
        let _ = writeln!(&self.file, "{line}");
    }

    /// For a program to write into.
    ///
    /// # Panics
    ///
    /// There are no descriptors left.
    pub fn writer(&self) -> Stdio {
        self.file.try_clone().expect("a descriptor is free").into()
    }

    /// Prints its end.
    pub fn show(&self) {
        let length = self.file.metadata().map_or(0, |data| data.len());
        let end = self.bytes_from(length.saturating_sub(SHOWN_BYTES));
        let end = String::from_utf8_lossy(&end);
        eprintln!("──── log of {} ────\n{}", self.name, end.trim_end());
    }

    fn bytes_from(&self, start: u64) -> Vec<u8> {
        let length = self
            .file
            .metadata()
            .expect("an open file has a length")
            .len();
        let length = usize::try_from(length - start).expect("a log fits into memory");
        let mut bytes = vec![0; length];
        // Not read(): the program's place in the file is shared with us.
        self.file
            .read_exact_at(&mut bytes, start)
            .expect("a log can be read");
        bytes
    }
}

impl Clone for Log {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            file: self.file.try_clone().expect("a descriptor is free"),
        }
    }
}
