//! Files as users write them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::place::{MAX_BYTES, path};
use super::tables::FileTables;
use super::{AgentName, Config, NotConfigured, Surroundings, Wanted};
use crate::behind::settings::{Ordinary, Settings};
use crate::notify::settings::Occasion;
use crate::only::{Selection, Selector};

const PATH: &str = "/home/ann/.config/sshtpm/agent.toml";

fn variable(name: &str) -> Option<OsString> {
    let value = match name {
        "HOME" => "/home/ann",
        "USER" => "ann",
        "XDG_RUNTIME_DIR" => "/run/user/1000",
        _ => return None,
    };
    Some(value.into())
}

fn ann() -> Surroundings {
    Surroundings::new(1000, variable)
}

fn named(name: &str) -> Wanted {
    Wanted {
        name: Some(name.parse().unwrap()),
        ..Wanted::default()
    }
}

fn only(selectors: &[&str]) -> Selection {
    let selectors: Vec<Selector> = selectors.iter().map(|text| text.parse().unwrap()).collect();
    Selection::try_from(selectors).unwrap()
}

fn config(text: &str, wanted: Wanted) -> Result<Config, NotConfigured> {
    let tables = FileTables::of(Path::new(PATH), text).unwrap();
    tables.agent(wanted, ann())
}

fn sockets(behind: &Settings) -> Vec<&Path> {
    let agents = behind.agents().iter();
    agents.map(|agent| agent.socket.as_path()).collect()
}

#[test]
fn without_a_file_ordinary_keys_go_to_openssh() {
    let config = config("", Wanted::default()).unwrap();
    assert_eq!(config.only, None);
    assert_eq!(sockets(&config.behind), [] as [&Path; 0]);
    assert_eq!(config.behind.ordinary(), Ordinary::OpenSsh);
}

#[test]
fn agents_behind_keep_their_order_and_one_gets_ordinary_keys() {
    let text = "agents = [\"~/.1password/agent.sock\", \"%t/keyring/ssh\"]\n\
                ordinary-keys = \"%t/keyring/ssh\"\n";
    let config = config(text, Wanted::default()).unwrap();
    let expected = [
        "/home/ann/.1password/agent.sock",
        "/run/user/1000/keyring/ssh",
    ];
    assert_eq!(sockets(&config.behind), expected.map(Path::new));
    assert_eq!(config.behind.ordinary(), Ordinary::Agent(1));
}

#[test]
fn ordinary_keys_can_be_refused() {
    let config = config("ordinary-keys = false\n", Wanted::default()).unwrap();
    assert_eq!(config.behind.ordinary(), Ordinary::Refused);
}

#[test]
fn ordinary_keys_go_to_an_agent_that_is_behind() {
    let text = "agents = [\"/a\"]\nordinary-keys = \"/b\"\n";
    let error = config(text, Wanted::default()).unwrap_err().to_string();
    assert!(error.contains("/b"), "{error}");
}

#[test]
fn a_variable_that_is_not_set_is_named() {
    let error = config("agents = [\"$NONE/x\"]\n", Wanted::default()).unwrap_err();
    assert!(error.to_string().contains("variable NONE"), "{error}");
}

#[test]
fn the_command_line_replaces_the_agents_of_the_file() {
    let wanted = Wanted {
        behind: vec!["%t/x".parse().unwrap()],
        ..Wanted::default()
    };
    let config = config("agents = [\"/a\"]\n", wanted).unwrap();
    assert_eq!(sockets(&config.behind), [Path::new("/run/user/1000/x")]);
}

#[test]
fn ordinary_keys_go_to_no_agent_that_the_command_line_replaced() {
    let text = "agents = [\"/a\"]\nordinary-keys = \"/a\"\n\
                [agent.work]\nagents = [\"/a\"]\nordinary-keys = \"/a\"\n";
    let before = |wanted: Wanted, paths: &[&str]| {
        let behind = paths.iter().map(|path| path.parse().unwrap()).collect();
        let config = config(text, Wanted { behind, ..wanted }).unwrap();
        config.behind.ordinary()
    };
    let usual = Wanted::default;
    assert_eq!(before(usual(), &["/b"]), Ordinary::OpenSsh);
    assert_eq!(before(usual(), &["/b", "/a"]), Ordinary::Agent(1));
    assert_eq!(before(named("work"), &["/b"]), Ordinary::Refused);
}

#[test]
fn a_named_agent_has_nothing_of_the_usual_one() {
    let text = "agents = [\"/a\"]\n[agent.work]\nonly = [\"work\", \"purpose:sign\"]\n";
    let work = config(text, named("work")).unwrap();
    assert_eq!(work.only, Some(only(&["work", "purpose:sign"])));
    assert_eq!(work.behind, Settings::default());
    let usual = config(text, Wanted::default()).unwrap();
    assert_eq!(usual.only, None);
    assert_eq!(sockets(&usual.behind), [Path::new("/a")]);
}

#[test]
fn a_named_agent_can_have_agents_behind_it() {
    let text = "[agent.work]\nagents = [\"/a\"]\nordinary-keys = \"/a\"\n\
                [agent.home]\nagents = false\n";
    let work = config(text, named("work")).unwrap();
    assert_eq!(work.behind.ordinary(), Ordinary::Agent(0));
    let home = config(text, named("home")).unwrap();
    assert_eq!(home.behind, Settings::default());
}

#[test]
fn an_agent_without_a_table_does_not_offer_every_key() {
    let error = config("[agent.home]\n", named("work"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("[agent.work]") && error.contains(PATH),
        "{error}"
    );
    let wanted = Wanted {
        only: Some(only(&["work"])),
        ..named("work")
    };
    let config = config("", wanted).unwrap();
    assert_eq!(config.only, Some(only(&["work"])));
}

#[test]
fn the_command_line_says_which_keys_before_the_file_does() {
    let text = "agents = [\"/a\"]\n[agent.work]\nonly = [\"work\"]\nagents = [\"/b\"]\n";
    let wanted = |name: Option<&str>| Wanted {
        name: name.map(|name| name.parse::<AgentName>().unwrap()),
        only: Some(only(&["laptop"])),
        ..Wanted::default()
    };
    let work = config(text, wanted(Some("work"))).unwrap();
    assert_eq!(work.only, Some(only(&["laptop"])));
    assert_eq!(sockets(&work.behind), [Path::new("/b")]);
    let other = config(text, wanted(None)).unwrap();
    assert_eq!(other.only, Some(only(&["laptop"])));
    assert_eq!(other.behind, Settings::default());
}

#[test]
fn a_mistake_is_named_with_line_key_and_what_would_be_right() {
    for (text, line, key, right) in [
        ("\nagent = 3\n", 2, "agent", "map"),
        ("socket = \"/a\"\n", 1, "socket", "`agents`"),
        ("agents = \"/a\"\n", 1, "agents", "list of at most 8 paths"),
        ("agents = true\n", 1, "agents", "or false"),
        ("agents = [\"a\"]\n", 1, "agents", "begins with"),
        ("agents = [\"/%d\"]\n", 1, "agents", "%"),
        (
            "agents = [\"/\", \"/\", \"/\", \"/\", \"/\", \"/\", \"/\", \"/\", \"/\"]\n",
            1,
            "agents",
            "8",
        ),
        ("ordinary-keys = 3\n", 1, "ordinary-keys", "\"ssh-agent\""),
        ("ordinary-keys = true\n", 1, "ordinary-keys", "or false"),
        (
            "ordinary-keys = \"keyring\"\n",
            1,
            "ordinary-keys",
            "begins with",
        ),
        ("[agent.work]\nonly = []\n", 2, "agent.work.only", "1 to 64"),
        (
            "[agent.work]\nonly = [\"SHA256:x\"]\n",
            2,
            "agent.work.only",
            "43 characters",
        ),
        (
            "[agent.work]\nonly = [\"purpose:x\"]\n",
            2,
            "agent.work.only",
            "auth, sign, ca",
        ),
        ("[agent.work]\nkeys = []\n", 2, "agent.work.keys", "`only`"),
        ("[agent.\"a b\"]\n", 1, "agent.a b", "letters"),
        ("[agent.askpass]\n", 1, "agent.askpass", "already"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let error = read_error(&directory, text);
        let place = format!("agent.toml: line {line}: {key}: ");
        assert!(
            error.contains(&place) && error.contains(right),
            "{text}: {error}"
        );
    }
}

/// The error of a file with this text.
fn read_error(directory: &TempDir, text: &str) -> String {
    let path = directory.path().join("agent.toml");
    std::fs::write(&path, text).unwrap();
    let read = sshtpm_config::read::<super::tables::Tables>(&path, MAX_BYTES);
    read.unwrap_err().to_string()
}

#[test]
fn the_file_is_below_the_directory_for_configuration() {
    assert_eq!(path(ann()), Some(PathBuf::from(PATH)));
    let elsewhere = Surroundings::new(1000, |name| {
        (name == "XDG_CONFIG_HOME").then(|| "/etc/xdg/ann".into())
    });
    let expected = PathBuf::from("/etc/xdg/ann/sshtpm/agent.toml");
    assert_eq!(path(elsewhere), Some(expected));
    let relative = Surroundings::new(1000, |_| Some("config".into()));
    assert_eq!(path(relative), None);
}

#[test]
fn no_load_leaves_the_file_alone() {
    let wanted = Wanted {
        no_load: true,
        ..named("work")
    };
    // No variable is set, so not even the place of the file is known.
    let nowhere = Surroundings::new(1000, |_| None);
    assert_eq!(super::of(wanted, nowhere).unwrap(), Config::default());
}

#[test]
fn each_agent_notifies_of_what_its_own_table_says() {
    let text = "[notifications]\nused = true\n[agent.work]\n[agent.home.notifications]\n\
                waiting = true\n";
    let of = |wanted| config(text, wanted).unwrap().notifications;
    assert_eq!(of(Wanted::default()), [Occasion::Used].iter().collect());
    assert_eq!(of(named("work")), [].iter().collect());
    assert_eq!(of(named("home")), [Occasion::Waiting].iter().collect());
}

#[test]
fn the_command_line_says_what_is_notified_of() {
    let wanted = Wanted {
        notifications: Some([Occasion::Waiting].iter().collect()),
        ..Wanted::default()
    };
    let config = config("[notifications]\nused = true\n", wanted).unwrap();
    assert_eq!(config.notifications, [Occasion::Waiting].iter().collect());
}
