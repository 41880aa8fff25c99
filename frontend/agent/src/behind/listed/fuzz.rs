//! Lists of an agent behind, into which other hosts may have put keys.

use sshtpm_fuzz::Target;

use super::parse;

#[test]
fn a_list_of_any_agent_costs_little_to_read() {
    let key = [&[0, 0, 0, 3][..], b"key", &[0, 0, 0, 1], b"c"].concat();
    let list = |count: u8| [&[12, 0, 0, 0, count][..], &key.repeat(count.into())].concat();
    let target = Target::new("agent-lists").seeds([list(0), list(1), list(3), vec![5]]);
    target.run(|bytes| parse(bytes).map(|keys| keys.len()).map_err(|_| ()));
}
