//! A command that is run again and again, and timed by the shell that runs it.

use std::time::Duration;

use crate::user::Invocation;

/// How long each of so many runs of `line` takes, from the start of its program to its end. `bash`
/// is a user's `bash -c`.
///
/// # Panics
///
/// One of them fails.
pub(super) fn times(bash: Invocation<'_>, runs: usize, line: &str) -> Vec<Duration> {
    let script = format!(
        "for i in $(seq {runs}); do s=$EPOCHREALTIME; {line} || exit; \
         e=$EPOCHREALTIME; echo $((${{e/./}} - ${{s/./}})); done"
    );
    let times = bash.arg(script).run().ok().stdout;
    let micros = times.lines().map(|line| line.parse().expect("a number"));
    micros.map(Duration::from_micros).collect()
}
