//! What an agent says of itself, which any process of the user may have put in its place.

use sshtpm_fuzz::Target;

use super::{AgentReport, Asks, MAX_REFUSALS, Refused};

#[test]
fn what_an_agent_says_of_itself_costs_little_to_read() {
    let refused = |seconds_ago| Refused {
        seconds_ago,
        why: "refused to add a key".to_owned(),
    };
    let seeds = [0, 1, MAX_REFUSALS].map(|count| {
        let report = AgentReport {
            asks: Asks::NoAsker,
            refusals: (0..count).map(|_| refused(60)).collect(),
        };
        report.encode()
    });
    let target = Target::new("agent-reports").seeds(seeds);
    target.run(|bytes| AgentReport::parse(bytes).map(|report| report.refusals.len()));
}
