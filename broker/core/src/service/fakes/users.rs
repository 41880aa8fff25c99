//! A user database of which a test wrote down who has which uid.

use super::{Answer, Call, Fakes, unfit};
use crate::identity::{Uid, UserName};
use crate::ports::{NoAnswer, Users};

impl Users for Fakes {
    async fn name_of(&self, uid: Uid, _asker: Uid) -> Result<Option<UserName>, NoAnswer> {
        let call = Call::NameOf(uid);
        match self.answer(&call) {
            Answer::Named(result) => result,
            answer => unfit(&call, answer).await,
        }
    }
}
