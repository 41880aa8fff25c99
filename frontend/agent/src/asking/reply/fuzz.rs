//! Replies of whatever listens at the socket of the askpass service.

use sshtpm_fuzz::Target;

use super::{MAX_REPLY_BYTES, decode};
use sshtpm_client::pin::Refusal;
use sshtpm_ssh::text::is_harmful;

#[test]
fn a_reply_of_anybody_costs_little_to_read_and_is_safe_to_show() {
    let seeds = [
        "+1234",
        "-the dialogue was closed",
        "-a\u{1b}]0;x\u{7}\u{202e}",
        "+",
        "",
    ];
    let target = Target::new("askpass-replies")
        .seeds(seeds)
        .longest(MAX_REPLY_BYTES);
    let target = target.words(["\u{202e}", "\u{1b}[2J", "\u{e0001}"]);
    target.run(|reply| {
        let read = decode(reply);
        if let Err(refusal @ Refusal::Service(_)) = &read {
            assert!(!refusal.to_string().chars().any(is_harmful), "{refusal}");
        }
        read.map(|pin| pin.bytes().len())
            .map_err(|refusal| std::mem::discriminant(&refusal))
    });
}
