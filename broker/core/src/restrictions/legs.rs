//! Where the destinations of one key lead on the path of one request.

use super::destination::{Destination, Destinations, Hop, UserPattern};
use crate::session::{Hosts, OutOfSteps, Places, Steps};

/// The destinations of a key, as places on a path.
#[derive(Debug)]
pub(super) struct Legs<'a> {
    legs: Vec<Leg<'a>>,
}

/// One of them.
#[derive(Debug)]
struct Leg<'a> {
    /// Where it begins; `None` is this machine.
    from: Option<Places>,
    to: Places,
    /// What the owner of the key calls the host where it ends.
    name: &'a str,
    user: Option<&'a UserPattern>,
}

impl<'a> Legs<'a> {
    /// Those of `destinations` on the path that `hosts` are on. Takes a look-up for each host key.
    ///
    /// # Errors
    ///
    /// No step is left for it.
    pub(super) fn of(
        destinations: &'a Destinations,
        hosts: &mut Hosts<'a>,
        steps: &mut Steps,
    ) -> Result<Self, OutOfSteps> {
        let named = destinations.named().iter();
        let legs = named.map(|one| Leg::of(one, hosts, steps));
        Ok(Self {
            legs: legs.collect::<Result<_, _>>()?,
        })
    }

    /// The first place of a path of `length` hosts to which none leads from the place before it,
    /// with a login as `user` at the last one if that is known.
    pub(super) fn end_before(
        &self,
        length: usize,
        user: Option<&str>,
        steps: &mut Steps,
    ) -> Result<Option<usize>, OutOfSteps> {
        for place in 0..length {
            let user = user.filter(|_| place + 1 == length);
            if !self.lead_to(place, user, steps)? {
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    /// Whether one leads to the host at `place` from the one before it, for a login as `user` if
    /// one is named.
    pub(super) fn lead_to(
        &self,
        place: usize,
        user: Option<&str>,
        steps: &mut Steps,
    ) -> Result<bool, OutOfSteps> {
        for leg in self.legs.iter().filter(|leg| leg.leads_to(place)) {
            let is_for = match (leg.user, user) {
                (Some(pattern), Some(user)) => steps.matches(pattern.as_str(), user)?,
                _ => true,
            };
            if is_for {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the owner of the key calls the host at `place`, if one leads there from the place
    /// before it.
    pub(super) fn name_at(&self, place: usize) -> Option<&'a str> {
        let mut legs = self.legs.iter();
        legs.find(|leg| leg.leads_to(place)).map(|leg| leg.name)
    }

    /// Whether one begins at the host at `place`.
    pub(super) fn begin_at(&self, place: usize) -> bool {
        let mut legs = self.legs.iter();
        legs.any(|leg| leg.from.is_some_and(|from| from.have(place)))
    }
}

impl<'a> Leg<'a> {
    fn of(
        destination: &'a Destination,
        hosts: &mut Hosts<'a>,
        steps: &mut Steps,
    ) -> Result<Self, OutOfSteps> {
        let from = destination.from.as_ref();
        Ok(Self {
            from: from.map(|hop| places(hop, hosts, steps)).transpose()?,
            to: places(&destination.to, hosts, steps)?,
            name: destination.to.host(),
            user: destination.user.as_ref(),
        })
    }

    fn leads_to(&self, place: usize) -> bool {
        let begins = match (self.from, place.checked_sub(1)) {
            (None, None) => true,
            (Some(from), Some(before)) => from.have(before),
            _ => false,
        };
        begins && self.to.have(place)
    }
}

/// Where on the path the host of `hop` is: it has one of the keys, or a certificate of one of the
/// authorities.
fn places<'a>(
    hop: &'a Hop,
    hosts: &mut Hosts<'a>,
    steps: &mut Steps,
) -> Result<Places, OutOfSteps> {
    let mut places = Places::default();
    for known in hop.keys() {
        let found = match known.is_authority {
            true => hosts.certified(&known.key, hop.host(), steps)?,
            false => hosts.with_key(&known.key, steps)?,
        };
        places = places.and(found);
    }
    Ok(places)
}
