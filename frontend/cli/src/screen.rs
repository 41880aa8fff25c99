//! What standard output is: a terminal of some width, which may show colours, or none.
//!
//! Purpose: people get tables that fit their terminal; what goes into a pipe is whole and plain.
//!
//! Source: <https://no-color.org>, which `anstream` honours, with `CLICOLOR` and `TERM=dumb`.

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use terminal_size::terminal_size_of;

/// Columns of a terminal that does not say how many it has, such as a serial console.
const USUAL_COLUMNS: u16 = 80;

/// How standard output shows text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Screen {
    columns: Option<u16>,
    is_coloured: bool,
}

/// What a text says beyond its words. No meaning is in the colour alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nothing.
    #[default]
    Plain,
    /// It stands above others.
    Heading,
    /// It is in order.
    Good,
    /// It wants attention.
    Attention,
    /// It does not work.
    Bad,
}

impl Screen {
    /// What is read by a program, or was asked for whole.
    pub(crate) const PLAIN: Self = Self {
        columns: None,
        is_coloured: false,
    };

    /// Standard output, as it is now.
    pub(crate) fn of_stdout() -> Self {
        let stdout = std::io::stdout();
        if !std::io::IsTerminal::is_terminal(&stdout) {
            return Self::PLAIN;
        }
        let columns = terminal_size_of(&stdout).map(|(width, _)| width.0);
        let columns = columns.filter(|columns| *columns > 0);
        Self {
            columns: Some(columns.unwrap_or(USUAL_COLUMNS)),
            is_coloured: AutoStream::choice(&stdout) != ColorChoice::Never,
        }
    }

    /// The same without a width that lines have to fit.
    pub(crate) fn unbounded(self) -> Self {
        Self {
            columns: None,
            ..self
        }
    }

    /// How many columns it has; `None` if lines may have any length.
    pub(crate) fn columns(self) -> Option<usize> {
        self.columns.map(usize::from)
    }

    /// Whether it shows colours.
    pub(crate) fn is_coloured(self) -> bool {
        self.is_coloured
    }

    /// `text`, in colour if this shows colours.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        match tone.style() {
            Some(style) if self.is_coloured => format!("{style}{text}{style:#}"),
            _ => text.to_owned(),
        }
    }
}

impl Tone {
    fn style(self) -> Option<Style> {
        let colour = |colour: AnsiColor| Some(Style::new().fg_color(Some(colour.into())));
        match self {
            Self::Plain => None,
            Self::Heading => Some(Style::new().bold()),
            Self::Good => colour(AnsiColor::Green),
            Self::Attention => colour(AnsiColor::Yellow),
            Self::Bad => colour(AnsiColor::Red),
        }
    }
}

/// Screens for tests.
#[cfg(test)]
impl Screen {
    /// A terminal without colours.
    pub(crate) fn of_width(columns: u16) -> Self {
        Self {
            columns: Some(columns),
            is_coloured: false,
        }
    }

    /// A terminal with colours.
    pub(crate) fn in_colour(columns: u16) -> Self {
        Self {
            columns: Some(columns),
            is_coloured: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Screen, Tone};

    #[test]
    fn only_a_screen_with_colours_gets_any() {
        assert_eq!(Screen::PLAIN.paint(Tone::Bad, "lost"), "lost");
        assert_eq!(Screen::of_width(80).paint(Tone::Bad, "lost"), "lost");
        let painted = Screen::in_colour(80).paint(Tone::Bad, "lost");
        assert_eq!(painted, "\u{1b}[31mlost\u{1b}[0m");
        assert_eq!(Screen::in_colour(80).paint(Tone::Plain, "usable"), "usable");
    }
}
