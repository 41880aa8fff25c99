//! Does the worst that a user can, as the user that it is started as.
//!
//! `neighbour LOAD CONNECTIONS [MORE]...` prints a line for each thing done. It ends when it is
//! ended, or after a minute. The loads are in `sshtpm_tests::neighbours`.

use sshtpm_tests::neighbours::{LONGEST, Load};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let load: Load = arguments.next().ok_or("no load")?.parse()?;
    let connections: usize = arguments.next().ok_or("no number")?.parse()?;
    let rest: Vec<String> = arguments.collect();
    std::thread::spawn(|| {
        std::thread::sleep(LONGEST);
        std::process::exit(1);
    });
    Ok(load.run(connections, &rest)?)
}
