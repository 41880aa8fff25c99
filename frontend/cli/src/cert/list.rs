//! `sshtpm cert list`: the certificates that are kept.

use std::io::Write as _;

use jiff::tz::TimeZone;
use sshtpm_dbus::KeyInfo;

use crate::args::CertListArgs;
use crate::certificate::{CertificateJson, Shown, now};
use crate::error::Failure;
use crate::key_selector::{KeySelector, describe};
use crate::output::{print, print_json};
use crate::session::Session;

/// Runs the command.
///
/// # Errors
///
/// No single key is meant, the broker refuses, or the list cannot be printed.
pub(crate) async fn run(session: &Session, args: &CertListArgs) -> Result<(), Failure> {
    let owner = args.owner.as_deref();
    let keys = session.list(owner).await?;
    let meant = match &args.key {
        Some(key) => std::slice::from_ref(KeySelector::new(key).find(&keys, owner)?),
        None => keys.as_slice(),
    };
    let now = now();
    if args.json.json {
        let shown = meant.iter().flat_map(Shown::all_of);
        let json: Vec<_> = shown.map(|one| CertificateJson::of(&one, now)).collect();
        return print_json(&json);
    }
    let zone = TimeZone::system();
    let lines: Vec<String> = meant
        .iter()
        .flat_map(|key| lines(key, now, &zone))
        .collect();
    if lines.is_empty() {
        // Beside the list, not in it; so a closed stderr is no failure of the list either.
        let _ = writeln!(
            std::io::stderr(),
            "There are no certificates. Add one with `sshtpm cert add`."
        );
        return Ok(());
    }
    print(&lines.join("\n"))
}

/// The key, and below it three lines for each certificate; nothing if it has none.
fn lines(key: &KeyInfo, now: u64, zone: &TimeZone) -> Vec<String> {
    let shown = Shown::all_of(key);
    if shown.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![describe(key)];
    for one in shown {
        lines.push(format!("  {}, {}", one.name(), one.when(now, zone)));
        lines.push(format!("    for {}", one.whom()));
        lines.push(format!("    by the authority {}", one.authority()));
    }
    lines
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use sshtpm_dbus::KeyInfo;

    use super::lines;
    use crate::certificate::tests::{FROM, example};
    use crate::key_listing::example_key;
    use ssh_key::certificate::CertType;

    #[test]
    fn a_certificate_stands_below_its_key() {
        let key = KeyInfo {
            certificates: vec![example(CertType::User, "ann@corp", &["ann", "deploy"])],
            ..example_key()
        };
        let lines = lines(&key, FROM, &TimeZone::UTC);
        assert!(lines[0].ends_with(" ann@host"), "{lines:?}");
        assert_eq!(
            lines[1..3],
            [
                "  certificate \"ann@corp\" with serial 18446744073709551615, \
                 valid until 2023-11-14 23:13",
                "    for \"ann\", \"deploy\"",
            ]
        );
        assert!(lines[3].starts_with("    by the authority SHA256:"));
    }

    #[test]
    fn a_key_without_certificates_is_not_listed() {
        assert!(lines(&example_key(), FROM, &TimeZone::UTC).is_empty());
    }
}
