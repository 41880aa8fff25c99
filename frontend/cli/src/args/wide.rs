//! Whether a table has to fit the terminal.

use clap::Args;

/// How wide a table may be.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct WideArgs {
    /// Show everything whole on a terminal too, in lines of any length
    #[arg(short, long)]
    pub(crate) wide: bool,
}
