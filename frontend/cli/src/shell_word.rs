//! A path or another value as one word of a shell, so that a command that we print can be pasted.
//!
//! Purpose: a home directory may have a space, a quote or a `$` in it. What a terminal would obey
//! or not show is written as an escape that the shell reads back.
//!
//! Source: POSIX.1-2024, Shell Command Language, 2.2.4 Dollar-Single-Quotes; bash, zsh and ksh have
//! these for long, dash has not.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use sshtpm_ssh::text::first_harmful;

/// `value` as one word of a shell: as it is, or in quotes.
pub(crate) fn shell_word(value: impl AsRef<OsStr>) -> String {
    let value = value.as_ref();
    let quoted = value
        .to_str()
        .filter(|text| first_harmful(text).is_none())
        .and_then(|text| shlex::try_quote(text).ok());
    quoted.map_or_else(|| dollar_quoted(value.as_bytes()), String::from)
}

/// `$'…'`, with every byte that is not plain ASCII as an octal escape.
fn dollar_quoted(bytes: &[u8]) -> String {
    let escaped: String = bytes.iter().map(|byte| escaped(*byte)).collect();
    format!("$'{escaped}'")
}

fn escaped(byte: u8) -> String {
    match byte {
        b'\'' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::process::Command;

    use super::shell_word;

    #[test]
    fn a_plain_path_stays_as_it_is() {
        let path = "/home/ann/.ssh/id_sshtpm_ecdsa.pub";
        assert_eq!(shell_word(path), path);
    }

    #[test]
    fn bash_reads_every_word_back_as_it_was() {
        for bytes in [
            &b"/home/a b/.ssh"[..],
            b"/home/o'neill/\"x\"/.ssh",
            b"/home/50%/$HOME/`id`/~x/!y/\\z",
            "/home/zoë/\u{65e5}\u{672c}".as_bytes(),
            b"/home/\xff\xfe/.ssh",
            b"/home/a\nb\x1b[2J'\\",
            b"",
        ] {
            let word = shell_word(OsStr::from_bytes(bytes));
            assert!(word.chars().all(|c| !c.is_control()), "{word:?}");
            let script = format!("printf %s {word}");
            let said = Command::new("bash").args(["-c", &script]).output().unwrap();
            assert_eq!(said.stdout, bytes, "{word}");
        }
    }
}
