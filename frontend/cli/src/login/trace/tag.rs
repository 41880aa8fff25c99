//! The tag in front of a message of ssh's log, which says where in ssh it comes from.
//!
//! Purpose: a host can have ssh log a line break, and so write lines of its own. It does not know
//! the number of ssh's process on this machine, and has one guess: a line with another number ends
//! the reading.
//!
//! Source: `sshlogv` in `log.c` of OpenSSH 8.5 to 10; ssh_config(5), `LogVerbose`.

/// What ssh says before a host can say anything.
const BEFORE_THE_HOST: &str = "debug1: Local version string ";

/// A message of ssh's own: `debug1: FILE:FUNCTION():LINE (pid=N): TEXT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tagged<'a> {
    function: &'a str,
    /// What it says.
    pub(super) text: &'a str,
}

impl<'a> Tagged<'a> {
    /// The message in `line`, if ssh wrote it as process `pid`.
    pub(super) fn read(line: &'a str, pid: u32) -> Option<Self> {
        let levels = ["debug1: ", "debug2: ", "debug3: "];
        let level = levels.iter().find_map(|level| line.strip_prefix(level));
        let (_file, rest) = level.unwrap_or(line).split_once(':')?;
        let (function, rest) = rest.split_once("():")?;
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let (process, text) = rest.strip_prefix(" (")?.split_once("): ")?;
        // OpenSSH 10 names the program in front.
        let number = process.rsplit_once(", ").map_or(process, |(_, last)| last);
        let is_own = number.strip_prefix("pid=") == Some(pid.to_string().as_str());
        is_own.then_some(Self { function, text })
    }

    /// Whether it comes from `function` of ssh.
    pub(super) fn is_in(&self, function: &str) -> bool {
        self.function == function
    }

    /// Whether it consists of words of the host, by what ssh puts in front.
    pub(super) fn is_of_host(&self) -> bool {
        let begins = |words: &str| self.text.starts_with(words);
        begins("Received disconnect from ") || begins("Remote: ")
    }

    /// Whether it is the one of several lines.
    pub(super) fn names_another_key(&self) -> bool {
        self.is_in("show_other_keys") && self.text.starts_with("WARNING: ")
    }
}

/// Whether this line shows that ssh writes no tags: it is older than 8.5.
pub(super) fn is_missing(line: &str) -> bool {
    line.starts_with(BEFORE_THE_HOST)
}

#[cfg(test)]
mod tests {
    use super::Tagged;

    fn text(line: &str) -> Option<&str> {
        Tagged::read(line, 17).map(|message| message.text)
    }

    #[test]
    fn old_and_new_tags_are_read() {
        assert_eq!(
            text("debug3: a.c:b():12 (pid=17): c (d): e"),
            Some("c (d): e")
        );
        assert_eq!(text("a.c:b():12 (bin=/usr/bin/ssh, pid=17): c"), Some("c"));
    }

    #[test]
    fn a_tag_of_another_process_is_none() {
        for line in [
            "",
            "a.c:b():12 (pid=170): c",
            "a.c:b():12 (pid=1): c (pid=17): d",
            "a.c:b():12 (pid=17) c",
            "a.c:b: (pid=17): c",
            "c",
        ] {
            assert_eq!(text(line), None, "{line}");
        }
    }
}
