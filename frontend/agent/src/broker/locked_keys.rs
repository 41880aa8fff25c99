//! The keys that conversations about PINs are about, at the broker.
//!
//! May touch: the system bus. Takes none of the places at the broker: there is a conversation around
//! each of these calls, and few of those.

use std::collections::HashMap;

use sshtpm_client::Broker;
use sshtpm_client::pin::{self, Pin};
use sshtpm_dbus::Error;

use crate::asking::conversation::Locked;

impl Locked for Broker {
    async fn comment(&self, fingerprint: &str) -> Option<String> {
        let listed = self.keys().list(&HashMap::new()).await.ok()?;
        let mut keys = listed.into_iter();
        let key = keys.find(|key| key.fingerprint == fingerprint)?;
        Some(key.comment)
    }

    async fn unlock(&self, fingerprint: &str, pin: &Pin) -> Result<(), Error> {
        let number = pin::send(self.keys(), pin).await?;
        let options = HashMap::new();
        Ok(self.keys().unlock(fingerprint, number, &options).await?)
    }
}
