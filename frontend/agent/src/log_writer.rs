//! Writes log lines without waiting for their reader.
//!
//! One thread serves all clients of the agent. A terminal that the user stopped (Ctrl-S), or a pipe
//! that nobody reads, would otherwise keep it from them. A line for which there is no room is lost.
//!
//! Specs: poll(2); pipe(7), `PIPE_BUF`.

use std::io::{self, Write};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Longest line, in bytes: `PIPE_BUF` of Linux. A pipe that has room for anything takes so much
/// without waiting.
const MAX_LINE_BYTES: usize = 4096;

/// Looks whether there is room, and does not wait for it.
const AT_ONCE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 0,
};

/// Writes to the file in it if that has room.
#[derive(Debug)]
pub(super) struct LogWriter<F>(pub(super) F);

impl<F: AsFd + Write> Write for LogWriter<F> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut file = [PollFd::new(&self.0, PollFlags::OUT)];
        poll(&mut file, Some(&AT_ONCE))?;
        let [file] = file;
        if file.revents().contains(PollFlags::OUT) {
            self.0
                .write_all(line.get(..MAX_LINE_BYTES).unwrap_or(line))?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::LogWriter;
    use std::io::{Read, Write};

    #[test]
    fn a_pipe_that_nobody_reads_delays_no_line() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let mut log = LogWriter(writer);
        let line = [&[b'x'; 99][..], b"\n"].concat();
        for _ in 0..10_000 {
            log.write_all(&line).unwrap();
        }
        drop(log);
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert!(!read.is_empty() && read.len() < 10_000 * line.len());
        // What was written is whole lines.
        assert!(read.chunks(line.len()).all(|written| written == line));
    }
}
