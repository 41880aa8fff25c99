//! Keys of an agent behind, into which other hosts may have put them.

use sshtpm_fuzz::Target;

use super::blobs::{dsa, ecdsa, generators, good_certificate, rsa, token};
use super::judge::judge;

#[test]
fn a_key_of_any_agent_costs_little_to_judge() {
    let points = generators().map(|(curve, point)| ecdsa(curve, &point));
    let others = [
        good_certificate(1),
        rsa(&[3], 0, 257),
        token(b"ssh:"),
        dsa([&[1]; 4]),
    ];
    let target = Target::new("agent-keys").seeds(points).seeds(others);
    target.run(|bytes| judge(bytes, || true).map_err(|why| why.to_string()));
}
