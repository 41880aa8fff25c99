//! `sshtpm setup --git` that is cut short: all of it is there, or nothing, or what is there is
//! named.

use sshtpm_tests::{Output, User, World};

use super::git::with_git;
use super::setup::standard_agent;

/// A git before the real one. From the first one on that writes, it counts its calls, and has
/// trouble at the one with this number.
const GIT: &str = "#!/bin/sh
case $* in *--replace-all* | *--unset-all*) touch ~/begun ;; esac
if [ -e ~/begun ]; then
    number=$(($(cat ~/count) + 1))
    echo $number >~/count
    case $TROUBLE in
        at) [ $number -ne $NUMBER ] || exit 128 ;;
        from) [ $number -lt $NUMBER ] || exit 128 ;;
        signal) [ $number -ne $NUMBER ] || kill -INT $PPID ;;
    esac
fi
PATH=${PATH#*:}
export PATH
exec git \"$@\"
";

/// Where it is, before other programs.
const PATH: &str = "/home/alice/bin:/opt/sshtpm/bin:/usr/local/bin:/usr/bin:/bin";

/// More calls than setup makes.
const MOST_CALLS: u32 = 40;

/// Settings that git needs to sign, and those with which it always does.
const NEEDED: [&str; 4] = [
    "gpg.format=ssh\n",
    "user.signingkey=",
    "gpg.ssh.program=sshtpm-ssh-keygen\n",
    "gpg.ssh.allowedsignersfile=",
];
const ALWAYS: [&str; 2] = ["commit.gpgsign=true\n", "tag.gpgsign=true\n"];

/// git's settings, allowed signers, and what setup noted.
fn state(alice: User<'_>) -> String {
    let script = "git config --global --list; cat .ssh/allowed_signers .local/state/sshtpm/* || :";
    alice.command("sh -c").arg(script).run().ok().stdout
}

/// Sets git up where git has this trouble at the call with this number; how many calls there were.
fn set_up(alice: User<'_>, trouble: &str, number: u32) -> (Output, u32) {
    let script = "rm -f begun; echo 0 >count";
    alice.command("sh -c").arg(script).run().ok();
    let setup = alice.command("sshtpm setup --git --yes").env("PATH", PATH);
    let setup = setup.env("TROUBLE", trouble);
    let done = setup.env("NUMBER", number.to_string()).run();
    let count = alice.read("/home/alice/count").trim().parse();
    (done, count.expect("a number"))
}

/// Which of these are set.
fn set<'n>(state: &str, names: &[&'n str]) -> Vec<&'n str> {
    let set = names.iter().filter(|name| state.contains(**name));
    set.copied().collect()
}

/// Has each call fail, or be interrupted, and `judge` what is there then.
fn at_each_call(trouble: &str, judge: impl Fn(&Output, &str, &str)) {
    let world = World::new();
    let alice = with_git(&world);
    let _agent = standard_agent(alice);
    alice.run("sshtpm setup --yes").ok();
    alice.run("mkdir bin").ok();
    alice.write("/home/alice/bin/git", GIT);
    alice.run("chmod 700 bin/git").ok();
    let before = state(alice);
    let came_to_an_end = (1..MOST_CALLS).any(|number| {
        let (done, calls) = set_up(alice, trouble, number);
        let after = state(alice);
        if calls < number {
            done.ok();
            assert_eq!(set(&after, &ALWAYS), ALWAYS, "{after}");
            return true;
        }
        judge(&done, &before, &after);
        alice.run("sshtpm setup --undo --yes").ok();
        assert_eq!(state(alice), before, "undo after call {number}");
        false
    });
    assert!(came_to_an_end, "there were more than {MOST_CALLS} calls");
}

/// All is as it was, or one of the two changes is whole and was told.
#[track_caller]
fn is_whole(done: &Output, before: &str, after: &str) {
    if after != before {
        assert_eq!(set(after, &NEEDED), NEEDED, "{done}\n{after}");
        assert!(done.stdout.contains("git signs with your key"), "{done}");
        let always = set(after, &ALWAYS);
        assert!(always.is_empty() || always == ALWAYS, "{done}\n{after}");
    }
}

#[test]
fn a_call_of_git_s_that_fails_leaves_no_half_of_a_change() {
    at_each_call("at", |done, before, after| {
        assert_eq!(done.code(), 1, "{done}");
        is_whole(done, before, after);
    });
}

#[test]
fn a_signal_leaves_no_half_of_a_change() {
    at_each_call("signal", |done, before, after| {
        assert!([0, 130].contains(&done.code()), "{done}");
        is_whole(done, before, after);
    });
}

#[test]
fn what_a_git_that_broke_down_keeps_is_named_with_the_way_back() {
    at_each_call("from", |done, before, after| {
        assert_eq!(done.code(), 1, "{done}");
        let was_told = done.stdout.contains("git signs with your key");
        let names = if was_told { &ALWAYS[..] } else { &NEEDED[..] };
        let left = set(after, names);
        assert!(after != before || left.is_empty(), "{done}");
        for setting in left {
            let (name, _) = setting.split_once('=').expect("a setting");
            let back = format!("git config --global --unset {name}");
            let told = done.stderr.to_lowercase();
            assert!(told.contains(&back), "{back}: {done}");
            assert!(told.contains("`sshtpm setup --undo`"), "{done}");
        }
    });
}
