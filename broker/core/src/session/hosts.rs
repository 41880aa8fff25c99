//! The hosts of a path, looked up by what destinations say of hosts.
//!
//! A request has one path and many destinations. So each host is read once, and a name that was
//! compared with a certificate is not compared with it again.

use std::collections::{BTreeMap, HashMap};

use ssh_key::public::KeyData;

use super::host::Certificate;
use super::{OutOfSteps, Path, Steps};

/// The hosts of a path, by their keys and by the authorities that certified them.
#[derive(Debug)]
pub(crate) struct Hosts<'a> {
    keys: BTreeMap<&'a KeyData, Places>,
    /// Only certificates that are valid now.
    authorities: BTreeMap<&'a KeyData, Vec<(usize, &'a Certificate<'a>)>>,
    /// Whether the host at a place is certified as a name; an authority is that of its place.
    answers: HashMap<(usize, &'a str), bool>,
}

/// Where on a path a host is: at any of these places, the first of which is 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Places(u16);

/// One bit for each host of the longest path.
const _: () = assert!(sshtpm_ssh::limits::MAX_SESSIONS <= 16);

/// Most answers that are remembered during a request. A path with certificates of one authority has
/// as many for 64 names; with more, names are compared again, which takes steps.
const MAX_ANSWERS: usize = 1024;

impl<'a> Hosts<'a> {
    /// Those of `path`, with the certificates that are valid at `now`.
    pub(crate) fn of(path: &'a Path<'a>, now: u64) -> Self {
        let mut hosts = Self {
            keys: BTreeMap::new(),
            authorities: BTreeMap::new(),
            answers: HashMap::new(),
        };
        for (place, host) in path.hosts().enumerate() {
            match host.certificate() {
                None => {
                    let places = hosts.keys.entry(host.key()).or_default();
                    *places = places.and(Places::one(place));
                }
                Some(certificate) if certificate.is_valid(now) => {
                    let of_authority = hosts.authorities.entry(certificate.authority());
                    of_authority.or_default().push((place, certificate));
                }
                Some(_) => {}
            }
        }
        hosts
    }

    /// Where a host shows `key`, and no certificate.
    ///
    /// # Errors
    ///
    /// No step is left for it.
    pub(crate) fn with_key(&self, key: &KeyData, steps: &mut Steps) -> Result<Places, OutOfSteps> {
        steps.take(Steps::LOOK_UP)?;
        Ok(self.keys.get(key).copied().unwrap_or_default())
    }

    /// Where a host shows a certificate of `authority` as `name`. The authority's signature is
    /// verified with all others.
    ///
    /// # Errors
    ///
    /// No step is left for it.
    pub(crate) fn certified(
        &mut self,
        authority: &KeyData,
        name: &'a str,
        steps: &mut Steps,
    ) -> Result<Places, OutOfSteps> {
        steps.take(Steps::LOOK_UP)?;
        let mut places = Places::default();
        let Some(certified) = self.authorities.get(authority) else {
            return Ok(places);
        };
        for &(place, certificate) in certified {
            steps.take(Steps::LOOK_UP)?;
            let known = self.answers.get(&(place, name)).copied();
            let is_for = match known {
                Some(known) => known,
                None => certificate.is_for(name, steps)?,
            };
            if known.is_none() && self.answers.len() < MAX_ANSWERS {
                self.answers.insert((place, name), is_for);
            }
            if is_for {
                places = places.and(Places::one(place));
            }
        }
        Ok(places)
    }
}

impl Places {
    fn one(place: usize) -> Self {
        // A path is no longer than there are bits.
        let bit = u32::try_from(place)
            .ok()
            .and_then(|place| 1_u16.checked_shl(place));
        Self(bit.unwrap_or_default())
    }

    /// These and `others`.
    pub(crate) fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether `place` is among them.
    pub(crate) fn have(self, place: usize) -> bool {
        self.0 & Self::one(place).0 != 0
    }
}
