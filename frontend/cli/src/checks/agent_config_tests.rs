use std::path::PathBuf;

use super::{Agent, AgentConfig, Finding, Seen, Server, judge};

fn socket(name: &str) -> PathBuf {
    format!("/run/user/0/sshtpm/{name}.sock").into()
}

/// An agent with these agents behind it.
fn agent(name: Option<&str>, behind: &[&str]) -> Agent {
    Agent {
        name: name.map(str::to_owned),
        socket: Some(socket(name.unwrap_or("agent"))),
        agents: behind.iter().map(|name| socket(name)).collect(),
        ..Agent::default()
    }
}

fn judged(agents: Vec<Agent>, enabled: &[&str], unusable: &[&str]) -> Finding {
    let config = AgentConfig {
        file: None,
        agent: agents,
    };
    let enabled = enabled.iter().map(|&name| name.to_owned()).collect();
    let why = |name: &&str| (socket(name), "nothing is there".to_owned());
    let unusable = unusable.iter().map(why).collect();
    let server = Server::There;
    judge(
        &config,
        &Seen {
            enabled,
            unusable,
            server,
        },
    )
}

#[track_caller]
fn warns_of(finding: &Finding, text: &str) {
    let Finding::Warn(advice) = finding else {
        panic!("no warning: {finding:?}");
    };
    assert!(advice.found.contains(text), "{advice:?}");
}

#[test]
fn agents_in_a_row_are_no_loop() {
    let agents = vec![agent(None, &["work"]), agent(Some("work"), &["other"])];
    assert!(matches!(judged(agents, &[], &[]), Finding::Ok(_)));
}

#[test]
fn a_loop_of_two_or_three_agents_is_seen() {
    let two = vec![agent(None, &["work"]), agent(Some("work"), &["agent"])];
    warns_of(&judged(two, &[], &[]), "[agent.work] is behind itself");
    let three = vec![
        agent(None, &["a"]),
        agent(Some("a"), &["b"]),
        agent(Some("b"), &["a"]),
    ];
    let finding = judged(three, &[], &[]);
    warns_of(&finding, "[agent.b] is behind itself");
    assert!(!format!("{finding:?}").contains("the usual agent"));
}

#[test]
fn an_agent_for_which_nothing_listens_is_told_with_its_unit() {
    let agents = || vec![agent(None, &[]), agent(Some("work"), &[])];
    let finding = judged(agents(), &[], &["work"]);
    warns_of(&finding, "nothing listens for [agent.work]");
    let advice = format!("{finding:?}");
    assert!(
        advice.contains("enable --now sshtpm-agent@work.socket"),
        "{advice}"
    );
    let advice = format!("{:?}", judged(agents(), &["work"], &["work"]));
    assert!(
        advice.contains("restart sshtpm-agent@work.socket"),
        "{advice}"
    );
}

#[test]
fn an_enabled_socket_without_a_table_fails() {
    let finding = judged(vec![agent(None, &[])], &["work"], &[]);
    let Finding::Fail(advice) = finding else {
        panic!("{finding:?}");
    };
    assert!(advice.found.contains("no [agent.work]"), "{advice:?}");
    assert!(
        advice
            .next
            .contains("disable --now sshtpm-agent@work.socket")
    );
}

#[test]
fn what_to_do_for_several_faults_is_told_once() {
    let finding = judged(vec![agent(None, &["a", "b"])], &[], &["a", "b"]);
    let Finding::Warn(advice) = finding else {
        panic!("{finding:?}");
    };
    assert_eq!(advice.found.matches("is not reached").count(), 2);
    assert_eq!(advice.next.lines().count(), 1);
}
