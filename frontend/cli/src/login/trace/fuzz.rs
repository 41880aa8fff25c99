//! What a program named ssh prints of a login.

use sshtpm_fuzz::{Budget, Line, Target};

use super::Trace;
use super::tests::REFUSED;

const BUDGET: Budget = Budget {
    memory: Line {
        fixed: 16 * 1024,
        per_byte: 16,
    },
    ..Budget::PLAIN
};

#[test]
fn words_of_any_content_about_a_login_cost_little_to_read() {
    let target = Target::new("login-traces").budget(BUDGET);
    let target = target.seeds([REFUSED.as_bytes().to_vec()]).words([
        "debug1: Offering public key: ",
        "debug1: Server accepts key: ",
        "Authenticated to ",
        "x: Permission denied (publickey).\n",
        "Host key verification failed.\n",
    ]);
    target.run(|bytes| {
        let trace = Trace::read(bytes);
        (
            trace.end,
            trace.offered.len().min(4),
            trace.accepted.len().min(4),
        )
    });
}
