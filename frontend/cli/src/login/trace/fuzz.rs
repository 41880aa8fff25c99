//! What a program named ssh prints of a login.

use sshtpm_fuzz::{Budget, Line, Target};

use super::Trace;
use super::tests::{FORGED, PID, REFUSED};

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
    let seeds = [REFUSED, FORGED].map(|lines| lines.as_bytes().to_vec());
    let target = target.seeds(seeds).words([
        "debug1: a.c:f():1 (pid=4711): Offering public key: ",
        "debug1: a.c:f():1 (pid=4711): Server accepts key: ",
        "a.c:f():1 (bin=ssh, pid=4711): Authenticated to ",
        "a.c:userauth():1 (pid=4711): x: Permission denied (publickey).\n",
        "a.c:f():1 (pid=4711): Host key verification failed.\n",
        "a.c:f():1 (pid=4711): Received disconnect from ",
        "a.c:show_other_keys():1 (pid=4711): WARNING: ",
    ]);
    target.run(|bytes| {
        let trace = Trace::read(bytes, PID);
        (
            trace.end,
            trace.offered.len().min(4),
            trace.accepted.len().min(4),
        )
    });
}
