//! Seats of which a test wrote down who sits there.

use super::{Answer, Call, Fakes, unfit};
use crate::identity::Uid;
use crate::ports::Seats;
use crate::seat::{Login, NotTold};

impl Seats for Fakes {
    async fn logins(&self, user: Uid) -> Result<Vec<Login>, NotTold> {
        let call = Call::Logins(user);
        match self.answer(&call) {
            Answer::Seated(result) => result,
            answer => unfit(&call, answer).await,
        }
    }
}
