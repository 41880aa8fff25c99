//! The words are those of OpenSSH 9.2 and 10.0.

use super::{End, MAX_KEYS, Step, Trace};

const ONE: &str = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";
const OTHER: &str = "SHA256:AAAAQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

/// A login that fails although the host accepts a key.
pub(super) const REFUSED: &str = "\
debug1: Connecting to localhost [127.0.0.1] port 22.\r
debug1: Connection established.\r
debug1: Server host key: ssh-ed25519 SHA256:AAAAQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\r
debug1: Authentications that can continue: publickey\r
debug1: Offering public key: a SHA256:x ECDSA SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU \
agent\r
debug1: Server accepts key: alice@a ECDSA SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU agent\r
sign_and_send_pubkey: signing failed for ECDSA \"alice@a\" from agent: agent refused operation\r
debug1: No more authentication methods to try.\r
alice@localhost: Permission denied (publickey).\r
";

fn end_of(lines: &str) -> End {
    Trace::read(lines.as_bytes()).end
}

#[test]
fn keys_are_known_by_the_fingerprint_behind_their_comment() {
    let trace = Trace::read(REFUSED.as_bytes());
    assert_eq!(trace.offered, [ONE]);
    assert_eq!(trace.accepted, [ONE]);
    assert_eq!(trace.host_key.as_deref(), Some(OTHER));
    assert!(trace.unsigned && !trace.partial);
    assert_eq!(trace.end, End::Denied("publickey".to_owned()));
}

#[test]
fn each_end_is_told_by_ssh_s_own_words() {
    let ends = [
        (
            "ssh: Could not resolve hostname x: Name unknown",
            End::Unresolved,
        ),
        (
            "ssh: connect to host x port 22: Connection refused",
            End::Unreachable,
        ),
        ("Host key verification failed.", End::HostUnknown),
        ("Connection closed by 127.0.0.1 port 22", End::Closed),
        (
            "Received disconnect from ::1 port 22:2: Too many authentication failures",
            End::TooManyKeys,
        ),
        (
            "Unable to negotiate with ::1 port 22: no matching host key type found. Their offer: x",
            End::NothingInCommon(Step::HostKey),
        ),
        (
            "Authenticated to x ([::1]:22) using \"publickey\".",
            End::LoggedIn,
        ),
    ];
    for (line, end) in ends {
        assert_eq!(end_of(line), end, "{line}");
        assert_eq!(
            end_of(&format!("Connection closed by x\n{line}")),
            end,
            "{line}"
        );
    }
    assert_eq!(end_of("debug1: nothing of interest"), End::Unclear);
}

#[test]
fn a_changed_host_is_not_an_unknown_one() {
    let lines = "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n\
                 Host key verification failed.\n";
    assert_eq!(end_of(lines), End::HostChanged);
}

#[test]
fn what_a_host_says_after_the_login_is_not_read() {
    let lines = "Authenticated to x ([::1]:22) using \"publickey\".\n\
                 x: Permission denied (publickey).\n";
    assert_eq!(end_of(lines), End::LoggedIn);
}

#[test]
fn methods_of_odd_content_are_not_kept() {
    let line = "x: Permission denied (public\u{1b}[2Jkey).";
    assert_eq!(end_of(line), End::Denied(String::new()));
    let long = format!("x: Permission denied ({}).", "a".repeat(1000));
    assert_eq!(end_of(&long), End::Denied(String::new()));
}

#[test]
fn no_more_keys_are_kept_than_anyone_offers() {
    let line = format!("debug1: Offering public key: x ECDSA {ONE} agent\n");
    let trace = Trace::read(line.repeat(1000).as_bytes());
    assert_eq!(trace.offered.len(), MAX_KEYS);
}

#[test]
fn a_host_that_wants_more_than_a_key_is_noticed() {
    let line = "Authenticated using \"publickey\" with partial success.\n";
    let trace = Trace::read(line.as_bytes());
    assert!(trace.partial);
    assert_eq!(trace.end, End::Unclear);
}
