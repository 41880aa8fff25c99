//! Whether the bus lets requests through to the broker.
//!
//! May touch: the administrator's policies of the bus, reading.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use sshtpm_dbus::BUS_NAME;

use super::finding::Finding;
use crate::probe::broker::Facts;
use crate::probe::bus::NoAnswer;

/// Where the administrator's policies are.
const LOCAL: &str = "/etc/dbus-1/system.d";

/// Most policies that are looked at; a machine has a few dozen.
const MAX_FILES: usize = 256;

/// Most of a policy that is read; a long one has some KiB.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// Whether the bus's policy lets the caller talk to the broker.
pub(crate) fn check(facts: &Result<Facts, NoAnswer>) -> Finding {
    match facts {
        Err(NoAnswer::NoBus(_)) => Finding::skipped("there is no bus to ask"),
        Err(NoAnswer::NoOwner(_)) => Finding::skipped("there is no broker to ask"),
        Err(NoAnswer::Denied(why)) => Finding::fail(
            format!("the bus does not let you talk to the broker: {why}"),
            next(&denying_files(Path::new(LOCAL))),
        ),
        // The bus let the question through, whatever the answer was.
        Ok(_) | Err(NoAnswer::Silent | NoAnswer::Unknown | NoAnswer::Other { .. }) => {
            Finding::ok("the bus lets requests through to the broker")
        }
    }
}

/// What to do, where these files deny something of the broker's.
fn next(files: &[PathBuf]) -> String {
    let files: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    if files.is_empty() {
        return format!(
            "Its policy is /usr/share/dbus-1/system.d/org.sshtpm.Broker1.conf: is it installed?\n\
             Then look for a <deny> in {LOCAL}, and run `sudo systemctl reload dbus`."
        );
    }
    format!(
        "A <deny> of the administrator names the broker. To remove it:\n\
         `sudo rm {}`\n`sudo systemctl reload dbus`",
        files.join(" ")
    )
}

/// The files in `directory` with a `<deny>` and the name of the broker, if a shell takes their
/// names as they are.
fn denying_files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten();
    let paths = entries.take(MAX_FILES).flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| is_plain(path) && denies(path))
        .collect();
    files.sort();
    files
}

fn is_plain(path: &Path) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    path.to_str().is_some_and(|path| path.chars().all(plain)) && path.is_file()
}

fn denies(path: &Path) -> bool {
    let mut text = String::new();
    let file = File::open(path).map(|file| file.take(MAX_FILE_BYTES));
    let read = file.and_then(|mut file| file.read_to_string(&mut text));
    read.is_ok() && text.contains("<deny") && text.contains(BUS_NAME)
}

#[cfg(test)]
mod tests {
    use super::{NoAnswer, check, denying_files, next};
    use crate::checks::finding::Finding;
    use crate::probe::broker::example;

    #[test]
    fn only_a_refusal_by_the_bus_is_the_policy_s_fault() {
        assert!(matches!(check(&Ok(example())), Finding::Ok(_)));
        assert!(matches!(check(&Err(NoAnswer::Silent)), Finding::Ok(_)));
        let text = "rejected".to_owned();
        let denied = check(&Err(NoAnswer::Denied(text.clone())));
        assert!(matches!(denied, Finding::Fail(_)));
        let no_owner = check(&Err(NoAnswer::NoOwner(text)));
        assert!(matches!(no_owner, Finding::Skipped(_)));
    }

    #[test]
    fn a_policy_that_denies_the_broker_is_named_in_a_command() {
        let directory = tempfile::tempdir().unwrap();
        let deny = "<deny send_destination=\"org.sshtpm.Broker1\"/>";
        for (name, text) in [
            ("no.conf", deny),
            ("n o.conf", deny),
            ("yes.conf", "<allow/>"),
        ] {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        let files = denying_files(directory.path());
        assert_eq!(files, [directory.path().join("no.conf")]);
        assert!(next(&files).contains("no.conf`\n"), "{}", next(&files));
        assert!(next(&[]).contains("<deny>"));
    }
}
