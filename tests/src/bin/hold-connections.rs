//! Opens as many connections to a Unix socket as it is told, says nothing on any of them, and
//! holds them until it is ended.
//!
//! `hold-connections SOCKET COUNT` prints how many it holds, once it holds them or can get no more.

use std::os::unix::net::UnixStream;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let socket = arguments.next().ok_or("no socket")?;
    let count: usize = arguments.next().ok_or("no count")?.parse()?;
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    let held: Vec<UnixStream> = std::iter::repeat_with(|| UnixStream::connect(&socket))
        .take(count)
        .map_while(Result::ok)
        .collect();
    println!("{}", held.len());
    nix::unistd::pause();
    Ok(())
}
