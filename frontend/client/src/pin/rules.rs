//! Decides where to ask: at the terminal, by a program, or not at all.
//!
//! Specs: ssh(1), `SSH_ASKPASS`, `SSH_ASKPASS_REQUIRE`, `DISPLAY`; `readpass.c` of OpenSSH.

use std::ffi::OsString;

/// The settings in the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    requirement: Requirement,
    has_desktop: bool,
    program: Option<OsString>,
}

/// The values of `SSH_ASKPASS_REQUIRE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Requirement {
    /// No known value: the terminal, or the program if there is no terminal.
    TerminalFirst,
    /// `never`: the terminal alone.
    Never,
    /// `prefer`: the program if there is a desktop, or else the terminal.
    Prefer,
    /// `force`: the program alone, even without a desktop.
    Force,
}

/// Where to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// At the terminal.
    Terminal,
    /// By this program; if none is named, by one that is installed.
    Program(Option<OsString>),
    /// There is no way to ask.
    None,
}

impl Rules {
    /// The rules that the environment of this process sets.
    pub(super) fn of_environment() -> Self {
        Self::of(|name| std::env::var_os(name))
    }

    /// The rules that these variables set.
    pub(super) fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let requirement = variable("SSH_ASKPASS_REQUIRE").unwrap_or_default();
        let requirement = requirement.to_string_lossy().to_ascii_lowercase();
        Self {
            requirement: match requirement.as_str() {
                "never" => Requirement::Never,
                "prefer" => Requirement::Prefer,
                "force" => Requirement::Force,
                _ => Requirement::TerminalFirst,
            },
            has_desktop: ["DISPLAY", "WAYLAND_DISPLAY"]
                .into_iter()
                .any(|name| variable(name).is_some_and(|display| !display.is_empty())),
            program: variable("SSH_ASKPASS").filter(|program| !program.is_empty()),
        }
    }

    /// Where to ask if there is a terminal (`has_terminal`), or if there is none.
    pub(super) fn way(&self, has_terminal: bool) -> Way {
        let program = || Way::Program(self.program.clone());
        match self.requirement {
            Requirement::Force => program(),
            Requirement::Prefer if self.has_desktop => program(),
            _ if has_terminal => Way::Terminal,
            Requirement::TerminalFirst if self.has_desktop => program(),
            Requirement::TerminalFirst | Requirement::Never | Requirement::Prefer => Way::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rules, Way};

    fn way(variables: &[(&str, &str)], has_terminal: bool) -> Way {
        let rules = Rules::of(|wanted| {
            let found = variables.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| value.into())
        });
        rules.way(has_terminal)
    }

    fn program(path: &str) -> Way {
        Way::Program(Some(path.into()))
    }

    #[test]
    fn the_terminal_comes_before_the_program() {
        let desktop = [("DISPLAY", ":0"), ("SSH_ASKPASS", "ask")];
        assert_eq!(way(&desktop, true), Way::Terminal);
        assert_eq!(way(&desktop, false), program("ask"));
    }

    #[test]
    fn without_a_desktop_the_program_is_not_run() {
        assert_eq!(way(&[("SSH_ASKPASS", "ask")], false), Way::None);
        assert_eq!(
            way(&[("SSH_ASKPASS_REQUIRE", "prefer")], true),
            Way::Terminal
        );
    }

    #[test]
    fn an_x11_or_wayland_desktop_will_do() {
        for name in ["DISPLAY", "WAYLAND_DISPLAY"] {
            assert_eq!(way(&[(name, "0")], false), Way::Program(None));
        }
    }

    #[test]
    fn an_empty_display_is_no_desktop() {
        assert_eq!(way(&[("DISPLAY", "")], false), Way::None);
    }

    #[test]
    fn never_excludes_the_program() {
        let never = [("SSH_ASKPASS_REQUIRE", "never"), ("DISPLAY", ":0")];
        assert_eq!(way(&never, false), Way::None);
        assert_eq!(way(&never, true), Way::Terminal);
    }

    #[test]
    fn prefer_puts_the_program_before_the_terminal() {
        let prefer = [("SSH_ASKPASS_REQUIRE", "prefer"), ("DISPLAY", ":0")];
        assert_eq!(way(&prefer, true), Way::Program(None));
    }

    #[test]
    fn force_needs_neither_terminal_nor_desktop() {
        let force = [("SSH_ASKPASS_REQUIRE", "FORCE"), ("SSH_ASKPASS", "ask")];
        assert_eq!(way(&force, true), program("ask"));
        assert_eq!(way(&force, false), program("ask"));
    }

    #[test]
    fn an_unknown_requirement_is_ignored() {
        let unknown = [("SSH_ASKPASS_REQUIRE", "perhaps"), ("DISPLAY", ":0")];
        assert_eq!(way(&unknown, true), Way::Terminal);
    }
}
