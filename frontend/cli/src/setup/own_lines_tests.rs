use super::{Kind, Without};

const SSH: &str = "\
# Added by `sshtpm setup`: keys in the TPM.
Host *
    IdentityAgent \"/run/a b/sshtpm/agent.sock\"
";

const DROP_IN: &str = "\
# Added by `sshtpm setup`: SSH_AUTH_SOCK, after other agents set it.
[Unit]
After=a.socket b.socket
[Socket]
ExecStartPost=-systemctl --user set-environment SSH_AUTH_SOCK=%t/sshtpm/agent.sock
";

const ORDER: &str = "\
# Added by `sshtpm setup`: SSH_AUTH_SOCK, after other agents set it.
[Unit]
After=new.socket
";

fn remains(kind: Kind, content: &str) -> (String, Vec<usize>) {
    let Without {
        content, changed, ..
    } = kind.without(content.as_bytes());
    (String::from_utf8(content).unwrap(), changed)
}

#[test]
fn what_was_there_before_remains_byte_for_byte() {
    let users = ["", "# mine\r\nHost work\n\tPort 2222\n", "\n\n"];
    for before in users {
        let separator = if before.is_empty() { "" } else { "\n" };
        let content = format!("{before}{separator}{SSH}");
        let found = remains(Kind::SshConfig, &content);
        assert_eq!(found, (before.to_owned(), Vec::new()), "{content:?}");
    }
    let bytes = [b"# \xff\xfe\n\n", SSH.as_bytes()].concat();
    assert_eq!(Kind::SshConfig.without(&bytes).content, b"# \xff\xfe\n");
}

#[test]
fn several_blocks_go_and_what_is_between_them_stays() {
    let content = format!("{DROP_IN}\n{ORDER}\n[Socket]\nBacklog=1\n");
    let found = remains(Kind::DropIn, &content);
    assert_eq!(found.0, "\n[Socket]\nBacklog=1\n");
    let taken = Kind::DropIn.without(content.as_bytes()).lines;
    assert_eq!(taken.len(), 8, "{taken:?}");
}

#[test]
fn a_heading_stays_if_the_user_added_lines_below_it() {
    let content = format!("Host work\n    Port 1\n\n{SSH}    IdentityFile ~/.ssh/x.pub\n");
    let found = remains(Kind::SshConfig, &content);
    let expected = "Host work\n    Port 1\n\nHost *\n    IdentityFile ~/.ssh/x.pub\n";
    assert_eq!(found, (expected.to_owned(), Vec::new()));
    let content = format!("{SSH}\n# Mine\nMatch host x\n    Port 1\n");
    let found = remains(Kind::SshConfig, &content);
    assert_eq!(found.0, "\n# Mine\nMatch host x\n    Port 1\n");
    let content = format!("{DROP_IN}Backlog=1\n");
    let found = remains(Kind::DropIn, &content);
    assert_eq!(found.0, "[Socket]\nBacklog=1\n");
}

#[test]
fn lines_that_the_user_changed_stay_and_are_named() {
    let changed = SSH.replace("/sshtpm/agent.sock", "/mine");
    let content = format!("Port 1\n\n{changed}");
    let found = remains(Kind::SshConfig, &content);
    assert_eq!(found, (content, vec![3]));
    for (kind, content) in [
        (
            Kind::DropIn,
            "# Added by `sshtpm setup`: SSH_AUTH_SOCK, after other agents set it.\n",
        ),
        (
            Kind::Environment,
            "# Added by `sshtpm setup`: keys in the TPM.\nSSH_AUTH_SOCK=/x\n",
        ),
        (
            Kind::StartFile,
            "# Added by `sshtpm setup`: keys in the TPM.\n",
        ),
    ] {
        assert_eq!(remains(kind, content), (content.to_owned(), vec![1]));
    }
}

#[test]
fn a_last_line_without_an_end_is_still_ours() {
    let found = remains(Kind::SshConfig, SSH.trim_end());
    assert_eq!(found, (String::new(), Vec::new()));
}
