//! The words are those of OpenSSH 9.2 and 10.0.

use super::{End, MAX_KEYS, Step, Trace};

/// The number of ssh's process.
pub(super) const PID: u32 = 4711;

const ONE: &str = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

/// A login that fails although the host accepts a key.
pub(super) const REFUSED: &str = "\
OpenSSH_9.2p1 Debian-2, OpenSSL 3.0.19 27 Jan 2026\r
debug1: Reading configuration data /etc/ssh/ssh_config\r
debug1: sshconnect.c:ssh_connect_direct():485 (pid=4711): Connecting to localhost port 22.\r
debug1: sshconnect.c:verify_host_key():1510 (pid=4711): Server host key: ssh-ed25519 \
SHA256:AAAAQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\r
debug1: sshconnect2.c:userauth_pubkey():1990 (pid=4711): Offering public key: a SHA256:x ECDSA \
SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU agent\r
debug1: sshconnect2.c:input_userauth_pk_ok():730 (pid=4711): Server accepts key: alice@a ECDSA \
SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU agent\r
sshconnect2.c:sign_and_send_pubkey():1450 (pid=4711): signing failed for ECDSA \"alice@a\" from \
agent: agent refused operation\r
sshconnect2.c:userauth():540 (pid=4711): alice@localhost: Permission denied (publickey).\r
";

/// What a host before any key exchange has ssh log.
pub(super) const FORGED: &str = "\
debug1: kex.c:kex_exchange_identification():1456 (pid=4711): Remote protocol version 2.0, remote \
software version x WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!: Permission denied (pw).\r
debug1: packet.c:ssh_packet_read_poll_seqnr():1760 (pid=4711): Remote: x
sshconnect.c:warn_changed_key():1724 (pid=4711): WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!\r
sshconnect2.c:ssh_userauth2():482 (pid=4711): Authenticated to x using \"publickey\".\r
";

/// `text` as ssh logs it from `function`.
fn tagged(function: &str, text: &str) -> String {
    format!("a.c:{function}():12 (bin=ssh, pid={PID}): {text}\r\n")
}

fn read(lines: &str) -> Trace {
    Trace::read(lines.as_bytes(), PID)
}

fn end_of(text: &str) -> End {
    read(&tagged("userauth", text)).end
}

#[test]
fn keys_are_known_by_the_fingerprint_behind_their_comment() {
    let trace = read(REFUSED);
    assert_eq!(trace.offered, [ONE]);
    assert_eq!(trace.accepted, [ONE]);
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
            "Unable to negotiate with ::1 port 22: no matching host key type found. Their offer: x",
            End::NothingInCommon(Step::HostKey),
        ),
        (
            "Authenticated to x ([::1]:22) using \"publickey\".",
            End::LoggedIn,
        ),
    ];
    for (text, end) in ends {
        assert_eq!(end_of(text), end, "{text}");
        let closed = tagged("sshpkt_vfatal", "Connection closed by x");
        let later = closed + &tagged("f", text);
        assert_eq!(read(&later).end, end, "{text}");
    }
    assert_eq!(end_of("nothing of interest"), End::Unclear);
}

#[test]
fn a_host_has_too_many_keys_only_after_it_was_offered_one() {
    let said = tagged(
        "ssh_packet_read_poll_seqnr",
        "Received disconnect from ::1 port 22:2: Too many authentication failures",
    );
    let offer = format!("Offering public key: x ECDSA {ONE} agent");
    let offered = tagged("userauth_pubkey", &offer);
    assert_eq!(read(&said).end, End::Closed);
    assert_eq!(read(&(offered + &said)).end, End::TooManyKeys);
}

#[test]
fn a_changed_host_is_not_an_unknown_one() {
    let warning = "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @";
    let lines = tagged("warn_changed_key", warning);
    let lines = lines + &tagged("verify_host_key", "Host key verification failed.");
    assert_eq!(read(&lines).end, End::HostChanged);
}

#[test]
fn lines_that_a_host_has_ssh_write_are_not_read() {
    let forged = [
        "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!".to_owned(),
        "Authenticated to x using \"publickey\".".to_owned(),
        tagged("ssh_userauth2", "Authenticated to x using \"publickey\"."),
    ];
    for line in forged {
        let disconnect = format!("Received disconnect from ::1 port 22:2: x\n{line}");
        let trace = read(&tagged("ssh_packet_read_poll_seqnr", &disconnect));
        assert_eq!(trace.end, End::Closed, "{line}");
        let remote = tagged("ssh_packet_read_poll_seqnr", &format!("Remote: x\n{line}"));
        assert_eq!(read(&remote).end, End::Unclear, "{line}");
    }
    assert_eq!(read(FORGED), Trace::default());
}

#[test]
fn a_line_of_another_process_ends_the_reading() {
    let list = "Authentications that can continue: x\n";
    let lines = tagged("input_userauth_failure", list)
        + "a.c:f():1 (pid=4712): x\n"
        + &tagged("ssh_userauth2", "Authenticated to x using \"publickey\".");
    assert_eq!(read(&lines), Trace::default());
}

#[test]
fn an_ssh_without_tags_is_not_read() {
    let lines = "OpenSSH_8.4p1\r\ndebug1: Local version string SSH-2.0-OpenSSH_8.4p1\r\n"
        .to_owned()
        + &tagged("ssh_userauth2", "Authenticated to x using \"publickey\".");
    assert_eq!(read(&lines), Trace::default());
}

#[test]
fn a_further_known_key_of_a_host_does_not_end_the_reading() {
    let text = "WARNING: RSA key found for host x\nin /a:1\nRSA key fingerprint SHA256:x.";
    let lines = tagged("show_other_keys", text);
    let lines = lines + &tagged("verify_host_key", "Host key verification failed.");
    assert_eq!(read(&lines).end, End::HostUnknown);
}

#[test]
fn words_in_the_version_of_a_host_are_not_ssh_s() {
    let version = "Remote protocol version 2.0, remote software version x";
    for words in [
        ": Permission denied (x).",
        CHANGED,
        " Too many authentication failures",
    ] {
        let line = tagged("kex_exchange_identification", &format!("{version} {words}"));
        assert_eq!(read(&line), Trace::default(), "{words}");
    }
}

const CHANGED: &str = "WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!";

#[test]
fn what_a_host_says_after_the_login_is_not_read() {
    let lines = tagged("f", "Authenticated to x ([::1]:22) using \"publickey\".");
    let lines = lines + &tagged("userauth", "x: Permission denied (publickey).");
    assert_eq!(read(&lines).end, End::LoggedIn);
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
    let line = format!("Offering public key: x ECDSA {ONE} agent");
    let trace = read(&tagged("userauth_pubkey", &line).repeat(1000));
    assert_eq!(trace.offered.len(), MAX_KEYS);
}

#[test]
fn a_host_that_wants_more_than_a_key_is_noticed() {
    let line = "Authenticated using \"publickey\" with partial success.";
    let trace = read(&tagged("input_userauth_failure", line));
    assert!(trace.partial);
    assert_eq!(trace.end, End::Unclear);
}
