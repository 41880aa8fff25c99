//! Whether a key may sign what is asked for, and how.
//!
//! Nobody is asked here, and nothing is signed.

use super::Service;
use crate::error::Error;
use crate::key::KeyRecord;
use crate::ports::{Clock as _, Ports};
use crate::requests::{Asked, Data, RawKeys, RequestError, What};
use crate::restrictions::{Cleared, MaybeForwarded, NotPermitted, Origin};
use crate::signature::{Form, Scheme};
use crate::signed_data::{SignedData, UserAuth};
use crate::uses::{AskedFor, Subject};

/// What is asked for, as a key may sign it.
pub(super) struct Examined<'a> {
    pub(super) usage: SignedData,
    pub(super) cleared: Cleared,
    pub(super) form: Form<'a>,
}

impl<P: Ports> Service<P> {
    /// Whether the key of `record` may sign what is asked for, and how.
    pub(super) async fn examine<'a>(
        &self,
        record: &KeyRecord,
        asked: &Asked<'a>,
        noted: &mut AskedFor,
    ) -> Result<Examined<'a>, Error> {
        let is_raw = record.restrictions.purposes.are_raw();
        let examined = match asked.what {
            What::Digest(scheme, digest) => {
                noted.subject = Subject::Raw;
                let form = self.digest_form(record, scheme, digest)?;
                // It comes from no agent, so its program forwards none.
                let client = None;
                let origin = Origin {
                    client,
                    ..origin(asked)
                };
                let cleared = self.clear(record, origin, None).await?;
                Examined {
                    usage: SignedData::Raw,
                    cleared,
                    form,
                }
            }
            What::Data(data) if is_raw => {
                noted.subject = Subject::Raw;
                self.examine_unread(record, asked, data).await?
            }
            What::Data(data) => {
                let usage = SignedData::parse(data.bytes, &record.key.public);
                let usage = usage.map_err(RequestError::from)?;
                noted.subject = Subject::of(&usage);
                self.examine_read(record, asked, data, usage).await?
            }
        };
        let allowed = self.screen_allows(record).await;
        allowed.map_err(NotPermitted::from)?;
        Ok(examined)
    }

    async fn examine_read<'a>(
        &self,
        record: &KeyRecord,
        asked: &Asked<'a>,
        data: Data<'a>,
        usage: SignedData,
    ) -> Result<Examined<'a>, Error> {
        usage.is_what_a_key_is_for(&record.restrictions)?;
        let cleared = self.clear(record, origin(asked), usage.user_auth()).await?;
        let scheme = choose_scheme(record, &usage, data.flags)?;
        Ok(Examined {
            usage,
            cleared,
            form: Form::Ssh(scheme, data.bytes),
        })
    }

    /// Data that a raw key signs whatever it is. Only where it is a login, and whose, is looked at,
    /// because ssh of another machine asks for logins alone. A login shows that by its session; for
    /// anything else the name of the program has to speak for it.
    async fn examine_unread<'a>(
        &self,
        record: &KeyRecord,
        asked: &Asked<'a>,
        data: Data<'a>,
    ) -> Result<Examined<'a>, Error> {
        if data.raw_keys == RawKeys::NotMeant {
            return Err(NotPermitted::Raw.into());
        }
        let said = SignedData::parse(data.bytes, &record.key.public).ok();
        let login = said.as_ref().and_then(SignedData::user_auth);
        if login.is_none() && origin(asked).is_ssh() {
            return Err(NotPermitted::from(MaybeForwarded::Raw).into());
        }
        let cleared = self.clear(record, origin(asked), login).await;
        let cleared = cleared.map_err(|error| match error {
            NotPermitted::Forwarding(_) => MaybeForwarded::Raw.into(),
            error => error,
        })?;
        if login.is_none() && asked.client.is_none() {
            return Err(NotPermitted::from(MaybeForwarded::Unseen).into());
        }
        let scheme = Scheme::choose(record.algorithm, data.flags);
        let scheme = scheme.ok_or(RequestError::Flags(data.flags))?;
        Ok(Examined {
            usage: SignedData::Raw,
            cleared,
            form: Form::Ssh(scheme, data.bytes),
        })
    }

    /// Whether a key may be used for the SSH sessions for which it is asked.
    async fn clear(
        &self,
        record: &KeyRecord,
        origin: Origin<'_>,
        login: Option<&UserAuth>,
    ) -> Result<Cleared, NotPermitted> {
        let whose_turn = (record.owner.uid(), &self.turns);
        let now = || self.ports.clock().now();
        let restrictions = &record.restrictions;
        restrictions.clear(origin, login, now, whose_turn).await
    }
}

fn origin<'a>(asked: &'a Asked<'_>) -> Origin<'a> {
    Origin {
        sessions: &asked.sessions,
        client: asked.client.as_ref(),
    }
}

fn choose_scheme(key: &KeyRecord, usage: &SignedData, flags: u32) -> Result<Scheme, RequestError> {
    if usage.names_sha1() {
        return Err(RequestError::Sha1Login);
    }
    let scheme = Scheme::choose(key.algorithm, flags).ok_or(RequestError::Flags(flags))?;
    if usage.agrees_with(scheme) {
        Ok(scheme)
    } else {
        Err(RequestError::FlagsOfOtherData(flags))
    }
}
