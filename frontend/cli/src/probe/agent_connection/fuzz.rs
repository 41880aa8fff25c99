//! Lists of whatever answers at an agent's socket.

use sshtpm_fuzz::Target;

use super::tests::list;
use super::{Reader, blobs_in};

#[test]
fn a_list_of_any_agent_costs_little_to_read() {
    let target = Target::new("agent-lists").seeds([list()]);
    target.run(|bytes| blobs_in(Reader::new(bytes)).map(|blobs| blobs.len().min(8)));
}
