//! The actions of a polkit policy, with their defaults.
//!
//! Specs: polkit(8), "Declaring actions".

use roxmltree::Node;

use crate::kept::Wrong;
use crate::roff::{bold, entry, literal, sentence};
use crate::xml::{self, comment_above};

/// Beginning of the comment of an action that the broker does not ask for.
const RESERVED: &str = "Reserved: ";

/// The actions of the policy `xml`, an entry each: what it is for, as the comment above it says,
/// and its default.
///
/// # Errors
///
/// It is not a policy, or an action has no comment.
pub fn actions(xml: &str) -> Result<String, Wrong> {
    let policy = xml::parse("policy", xml)?;
    let actions = policy
        .descendants()
        .filter(|node| node.has_tag_name("action"));
    actions.map(action).collect()
}

fn action(action: Node<'_, '_>) -> Result<String, Wrong> {
    let id = action.attribute("id").unwrap_or_default();
    let comment = comment_above(action);
    let comment = comment.ok_or_else(|| Wrong::new(format!("policy: {id} has no comment")))?;
    let comment = comment.split_whitespace().collect::<Vec<_>>().join(" ");
    let default = if comment.starts_with(RESERVED) {
        String::new()
    } else {
        defaults(action)?
    };
    Ok(entry(
        &bold(id),
        &format!("{}{default}", sentence(&comment)),
    ))
}

/// In a sentence: mostly all three are the same.
fn defaults(action: Node<'_, '_>) -> Result<String, Wrong> {
    let value = |name| {
        let node = action.descendants().find(|node| node.has_tag_name(name));
        let value = node
            .and_then(|node| node.text())
            .map(|text| bold(text.trim()));
        value.ok_or_else(|| Wrong::new(format!("policy: an action has no {}", literal(name))))
    };
    let (any, inactive, active) = (
        value("allow_any")?,
        value("allow_inactive")?,
        value("allow_active")?,
    );
    Ok(if any == inactive && inactive == active {
        format!("\nDefault: {any}.")
    } else if any == inactive {
        format!("\nDefault: {any}; in an active session of this machine {active}.")
    } else {
        format!("\nDefault: {any}; in an inactive session {inactive}, in an active one {active}.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(active: &str) -> String {
        format!(
            "<policyconfig><!-- Open the door. --><action id=\"org.x.open\"><defaults>\
             <allow_any>yes</allow_any><allow_inactive>yes</allow_inactive>\
             <allow_active>{active}</allow_active></defaults></action></policyconfig>"
        )
    }

    #[test]
    fn an_action_has_its_comment_and_its_default() {
        let text = actions(&policy("yes")).unwrap();
        assert_eq!(
            text,
            ".TP\n\\fBorg.x.open\\fR\nOpen the door.\nDefault: \\fByes\\fR.\n"
        );
    }

    #[test]
    fn a_default_that_depends_on_the_session_says_so() {
        let text = actions(&policy("no")).unwrap();
        assert!(
            text.contains("in an active session of this machine \\fBno\\fR"),
            "{text}"
        );
    }

    #[test]
    fn an_action_without_a_comment_is_wrong() {
        assert!(actions(&policy("yes").replace("<!-- Open the door. -->", "")).is_err());
    }
}
