//! Lists of an agent behind, into which other hosts may have put keys.

use sshtpm_fuzz::Target;

use super::parse;
use crate::protocol::fake_keys::{blob, string};

#[test]
fn a_list_of_any_agent_costs_little_to_read() {
    let key = [string(&string(b"key")), string(b"c")].concat();
    let plain = [string(&blob()), string(b"")].concat();
    let list = |count: u8| [&[12, 0, 0, 0, count][..], &key.repeat(count.into())].concat();
    let target = Target::new("agent-lists").seeds([list(0), list(1), list(3), vec![5]]);
    let one = [&[12, 0, 0, 0, 1][..], &plain].concat();
    let target = target.seeds([one]);
    target.run(|bytes| parse(bytes).map(|keys| keys.len()).map_err(|_| ()));
}
