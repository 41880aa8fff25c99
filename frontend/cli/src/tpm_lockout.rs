//! `sshtpm tpm lockout`: how close the TPM is to its dictionary-attack lockout, and how to end it.

use sshtpm_dbus::{Error, option};
use sshtpm_ssh::tpm::Lockout;
use zbus::Variant;

use super::args::LockoutArgs;
use super::ask_pin::PinSource;
use super::error::Failure;
use super::output::{Output, print};
use super::session::{Options, Session};
use super::time_span::in_words;
use sshtpm_client::pin::{self, Pin};

/// Runs the command.
///
/// # Errors
///
/// The broker refuses, the password is wrong, or it is not given.
pub(crate) async fn run(
    session: &Session,
    output: Output,
    args: &LockoutArgs,
) -> Result<(), Failure> {
    if !args.reset {
        return print(&describe(&look(session).await?));
    }
    let password = match args.password {
        true => Some(ask().await?),
        false => None,
    };
    reset(session, password.as_ref()).await?;
    output.notice("The TPM has forgotten all failed tries.")
}

async fn look(session: &Session) -> Result<Lockout, Failure> {
    let what = "cannot read the lockout state";
    let call = async |broker: &sshtpm_client::Broker| -> Result<Lockout, Error> {
        Ok(broker.tpm().get_lockout(&Options::new()).await?.0)
    };
    let answer = session.attempt_at_tpm(what, call).await?;
    answer.map_err(|error| Failure::from_broker(what, &error))
}

async fn ask() -> Result<Pin, Failure> {
    let person = PinSource::new(false);
    person
        .ask("Password of the TPM's lockout hierarchy: ".into())
        .await
}

async fn reset(session: &Session, password: Option<&Pin>) -> Result<(), Failure> {
    let what = "cannot reset the lockout";
    let call = async |broker: &sshtpm_client::Broker| -> Result<(), Error> {
        let mut options = Options::new();
        if let Some(password) = password {
            let number = pin::send(broker.keys(), password).await?;
            options.insert(option::PIN, Variant::from(number));
        }
        Ok(broker.tpm().reset_lockout(&options).await?)
    };
    // Once only: after a wrong password the TPM takes no second one for a long time.
    let answer = session.attempt_at_tpm(what, call).await?;
    answer.map_err(|error| Failure::from_broker(what, &error))
}

fn describe(lockout: &Lockout) -> String {
    let state = match lockout.in_lockout {
        true => "locked",
        false => "not locked",
    };
    let Lockout {
        counter, max_tries, ..
    } = lockout;
    format!(
        "State:        {state}\n\
         Failed tries: {counter} of {max_tries}\n\
         Recovery:     {}\n\
         Password:     after a wrong one, the lockout password can be tried again {}\n\
         This affects only SSH keys with a PIN and other TPM objects with a password.",
        recovery(lockout.recovery_seconds),
        match lockout.lockout_recovery_seconds {
            0 => "after the next start of the machine".to_owned(),
            seconds => format!("after {}", in_words(seconds)),
        }
    )
}

/// When failed tries are forgotten.
pub(crate) fn recovery(seconds: u32) -> String {
    if seconds == 0 {
        "The TPM does not forget them by itself; an administrator can reset them with \
         `sshtpm tpm lockout --reset`."
            .to_owned()
    } else {
        format!("The TPM forgets one every {}.", in_words(seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::describe;
    use sshtpm_ssh::tpm::Lockout;

    #[test]
    fn a_lockout_is_told_with_what_ends_it() {
        let text = describe(&Lockout {
            counter: 32,
            max_tries: 32,
            recovery_seconds: 600,
            lockout_recovery_seconds: 86400,
            in_lockout: true,
        });
        for part in ["locked\n", "32 of 32", "one every 10 min", "after 24 h"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
