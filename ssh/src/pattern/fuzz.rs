//! Patterns and names that an authority or a client chooses.

use sshtpm_fuzz::{Budget, Line, Target};

use super::Pattern;
use crate::limits::MAX_NAME_BYTES;

/// It allocates nothing.
const BUDGET: Budget = Budget {
    steps: Line {
        fixed: 8,
        per_byte: 0,
    },
    ..Budget::PLAIN
};

#[test]
fn a_pattern_of_anybody_costs_little_to_match() {
    let seeds = ["*a*b*\naXbXa", "deploy-?\ndeploy-1", "*\n", "a\nb"];
    let target = Target::new("patterns")
        .seeds(seeds)
        .words(["*", "?", "*?*"]);
    let target = target.budget(BUDGET).longest(2 * MAX_NAME_BYTES);
    target.run(|bytes| {
        let text = str::from_utf8(bytes).ok()?;
        let (pattern, name) = text.split_once('\n')?;
        let most = (pattern.len() + 2) * (name.len() + 2);
        let matches = |pattern| Pattern::of(pattern).matches(name, &mut { most });
        let found = matches(pattern);
        if !pattern.contains(['*', '?']) {
            assert_eq!(found, Ok(pattern == name), "{text:?}");
        }
        assert!(
            found.is_ok(),
            "more steps than both lengths multiplied: {text:?}"
        );
        assert_eq!(matches("*"), Ok(true), "{text:?}");
        found.ok()
    });
}
