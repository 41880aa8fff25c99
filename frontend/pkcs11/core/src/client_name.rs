//! The name of the program that loaded the module, for questions to a person and the record of use.
//!
//! May touch: `/proc/self/exe`.

use std::path::Path;

use sshtpm_ssh::limits::MAX_NAME_BYTES;

/// The name of the program's file. `None`: there is none, or the broker would not show it.
pub(crate) fn client_name() -> Option<String> {
    name_of(&std::env::current_exe().ok()?)
}

fn name_of(program: &Path) -> Option<String> {
    let name = program.file_name()?.to_str()?;
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"$\"'`<>&".contains(&byte);
    (name.bytes().all(is_plain) && name.len() <= MAX_NAME_BYTES).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::name_of;

    #[test]
    fn a_program_is_named_by_its_file() {
        let name = name_of(Path::new("/usr/bin/curl"));
        assert_eq!(name.as_deref(), Some("curl"));
    }

    #[test]
    fn a_name_that_could_not_be_shown_is_left_out() {
        assert_eq!(name_of(Path::new("/tmp/a b")), None);
        assert_eq!(name_of(Path::new("/")), None);
    }
}
