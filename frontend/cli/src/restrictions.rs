//! What a key is to be used for: from the command line to the options of the bus.
//!
//! Purpose: turn names of hosts into destinations with the keys of those hosts. May touch: what
//! [`known_hosts`] does, and the file that `--host-key` names. Must never decide what is allowed.

pub(crate) mod place;
mod words;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use sshtpm_dbus::{Destination, option};
use sshtpm_ssh::limits::MAX_KEYS_OF_HOST;
use zbus::Variant;

use self::place::Place;
use super::args::{PurposeArg, RestrictionArgs};
use super::error::Failure;
use super::known_hosts::{self, KnownHost};
use super::session::Options;

pub(crate) use words::{DestinationJson, changes, label};

/// Largest file with host keys, in bytes: an RSA-4096 line has about 800.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// What is asked for; `None` leaves that part as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Restrictions {
    /// The words of [`Purpose`](sshtpm_ssh::purpose::Purpose).
    pub(crate) purposes: Option<Vec<&'static str>>,
    /// None means all.
    pub(crate) namespaces: Option<Vec<String>>,
    /// None means everywhere.
    pub(crate) destinations: Option<Vec<Destination>>,
    /// Whether the key may be used over forwarded connections.
    pub(crate) forwarding: Option<bool>,
    /// Whether a person has to confirm each use.
    pub(crate) confirm: Option<bool>,
    /// Whether the key signs in an unlocked session alone.
    pub(crate) while_unlocked: Option<bool>,
}

impl Restrictions {
    /// What the command line says.
    ///
    /// # Errors
    ///
    /// A host is not known, or a name is not of the form `[USER@]HOST`.
    pub(crate) async fn of(args: &RestrictionArgs) -> Result<Self, Failure> {
        let purposes = args.purposes.iter().copied().map(PurposeArg::name);
        Ok(Self {
            purposes: some(purposes.collect()),
            namespaces: some(args.namespace.clone()),
            destinations: some(destinations(args).await?),
            forwarding: args.no_forwarding.then_some(false),
            confirm: args.confirm.then_some(true),
            while_unlocked: args.while_unlocked.then_some(true),
        })
    }

    /// Whether every part is left as it is.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Adds the parts that are not left as they are.
    pub(crate) fn add_to(&self, options: &mut Options<'_>) {
        let purposes = self
            .purposes
            .as_ref()
            .map(|names| Variant::from(names.clone()));
        let namespaces = self
            .namespaces
            .as_ref()
            .map(|names| Variant::from(names.clone()));
        let destinations = self.destinations.as_ref();
        let destinations = destinations.map(|hops| Variant::from(hops.clone()));
        let named = [
            (option::PURPOSES, purposes),
            (option::NAMESPACES, namespaces),
            (option::DESTINATIONS, destinations),
            (option::FORWARDING, self.forwarding.map(Variant::from)),
            (option::CONFIRM, self.confirm.map(Variant::from)),
            (
                option::WHILE_UNLOCKED,
                self.while_unlocked.map(Variant::from),
            ),
        ];
        let said = named
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        options.extend(said);
    }
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

/// One hop after the other by way of those that `--via` names, and from the last one, or from this
/// machine, to each that `--to` names.
async fn destinations(args: &RestrictionArgs) -> Result<Vec<Destination>, Failure> {
    let mut hops = Vec::new();
    let mut from: Option<KnownHost> = None;
    for name in &args.via {
        let place = Place::parse(name)?;
        let host = known_hosts::look_up(&place).await?;
        hops.push(hop(from.as_ref(), &place, &host)?);
        from = Some(host);
    }
    for name in &args.to {
        let place = Place::parse(name)?;
        let host = match &args.host_key {
            Some(file) => given(args, &place, file).await?,
            None => known_hosts::look_up(&place).await?,
        };
        hops.push(hop(from.as_ref(), &place, &host)?);
    }
    Ok(hops)
}

fn hop(from: Option<&KnownHost>, place: &Place, to: &KnownHost) -> Result<Destination, Failure> {
    if to.keys.len() > MAX_KEYS_OF_HOST {
        return Err(Failure::new(
            format!("cannot identify the host {place} by its keys"),
            format!(
                "it has {} keys, and a restriction holds at most {MAX_KEYS_OF_HOST}",
                to.keys.len()
            ),
        )
        .and_next(
            "Remove the keys that the host no longer has from known_hosts: ssh-keygen -R HOST",
        ));
    }
    Ok(Destination {
        from_host: from.map(|host| host.name.clone()).unwrap_or_default(),
        from_keys: from.map(|host| host.keys.clone()).unwrap_or_default(),
        to_user: place.user.clone().unwrap_or_default(),
        to_host: to.name.clone(),
        to_keys: to.keys.clone(),
    })
}

async fn given(args: &RestrictionArgs, place: &Place, file: &Path) -> Result<KnownHost, Failure> {
    if args.to.len() > 1 {
        let text = "--host-key FILE holds the keys of one host, but --to names several";
        return Err(Failure::Usage(text.to_owned()));
    }
    let name = place.name();
    let (text, file) = (read(file)?, file.display().to_string());
    let keys = known_hosts::given::keys(place, &text, &file).await?;
    Ok(KnownHost { name, keys })
}

fn read(file: &Path) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    let opened = File::open(file);
    let read = opened.and_then(|file| file.take(MAX_FILE_BYTES).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(Failure::new(
            format!("cannot read host keys from {}", file.display()),
            error,
        )),
    }
}

#[cfg(test)]
mod tests {
    use sshtpm_dbus::HostKey;

    use super::*;

    fn host(name: &str) -> KnownHost {
        let key = HostKey {
            blob: name.as_bytes().to_vec(),
            is_authority: false,
        };
        KnownHost {
            name: name.to_owned(),
            keys: vec![key],
        }
    }

    #[test]
    fn what_is_not_spoken_of_is_no_option() {
        let mut options = Options::new();
        Restrictions::default().add_to(&mut options);
        assert!(options.is_empty());
        let restrictions = Restrictions {
            forwarding: Some(false),
            namespaces: Some(Vec::new()),
            ..Restrictions::default()
        };
        restrictions.add_to(&mut options);
        let mut names: Vec<_> = options.keys().copied().collect();
        names.sort_unstable();
        assert_eq!(names, ["forwarding", "namespaces"]);
        assert_eq!(options["namespaces"].value_signature().to_string(), "as");
    }

    #[test]
    fn a_hop_goes_from_one_host_or_this_machine_to_another() {
        let place = Place::parse("git@beta").unwrap();
        let from_here = hop(None, &place, &host("beta")).unwrap();
        assert_eq!(
            (from_here.from_host.as_str(), from_here.from_keys.len()),
            ("", 0)
        );
        assert_eq!(
            (from_here.to_user.as_str(), from_here.to_host.as_str()),
            ("git", "beta")
        );
        let onwards = hop(Some(&host("alpha")), &place, &host("beta")).unwrap();
        assert_eq!(
            (onwards.from_host.as_str(), onwards.from_keys.len()),
            ("alpha", 1)
        );
    }

    #[test]
    fn a_host_with_too_many_keys_is_refused() {
        let mut many = host("beta");
        many.keys = vec![many.keys[0].clone(); MAX_KEYS_OF_HOST + 1];
        let place = Place::parse("beta").unwrap();
        assert!(hop(None, &place, &many).is_err());
    }
}
