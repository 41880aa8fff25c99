//! What there is to take back, and what is no longer as setup left it.

use super::step::Step;

/// What was found of one kind, or of all.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What there is to take back, in this order.
    pub(super) steps: Vec<Step>,
    /// What the user has changed since, a line each.
    pub(super) changed: Vec<String>,
}
