//! What somebody clicked in Slack.
//!
//! <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>

use http::Uri;
use serde::Deserialize;

use crate::report::{APPROVE, REJECT};

/// A click on one of our buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Click {
    /// The workspace.
    pub team: String,
    /// Who clicked.
    pub user: String,
    /// Whether it approves; else it rejects.
    pub approves: bool,
    /// The button's value: [`Record::token`](crate::remedy::Record::token).
    pub token: String,
    /// Where to tell what came of it.
    pub response_url: String,
}

#[derive(Deserialize)]
struct Payload {
    #[serde(rename = "type")]
    kind: String,
    user: Named,
    team: Option<Named>,
    response_url: String,
    actions: Vec<Action>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
    team_id: Option<String>,
}

#[derive(Deserialize)]
struct Action {
    action_id: String,
    value: String,
}

impl Click {
    /// Reads a form with a payload; `None` if it is no click on one of our buttons.
    #[must_use]
    pub fn of_form(body: &[u8]) -> Option<Self> {
        let mut payloads = form_urlencoded::parse(body).filter(|(name, _)| name == "payload");
        let (_, payload) = payloads.next()?;
        if payloads.next().is_some() {
            return None;
        }
        let payload: Payload = serde_json::from_str(&payload).ok()?;
        let [action] = payload.actions.as_slice() else { return None };
        let approves = match action.action_id.as_str() {
            APPROVE => true,
            REJECT => false,
            _ => return None,
        };
        // A user of another workspace may see a channel that is shared: what counts is the user's own.
        let team = payload.user.team_id.or(payload.team.map(|team| team.id))?;
        (payload.kind == "block_actions").then_some(Self {
            team,
            user: payload.user.id,
            approves,
            token: action.value.clone(),
            response_url: payload.response_url,
        })
    }
}

/// Whether an address is Slack's own, where it wants to be told what came of a click; `local` is whether this machine will
/// do as well.
#[must_use]
pub fn is_slacks(address: &str, local: impl Fn(&str) -> bool) -> bool {
    let Ok(uri) = address.parse::<Uri>() else { return false };
    // A name and a password before the host, or another port, are nothing that Slack writes.
    let Some(authority) = uri.authority().filter(|authority| !authority.as_str().contains('@')) else { return false };
    match uri.scheme_str() {
        Some("https") => matches!(authority.as_str(), "hooks.slack.com" | "hooks.slack-gov.com"),
        Some("http") => local(authority.host()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn payload() -> Value {
        json!({
            "type": "block_actions", "user": { "id": "U1", "team_id": "T1", "name": "ann" }, "team": { "id": "T1" },
            "response_url": "https://hooks.slack.com/actions/T1/1/x", "message": { "blocks": [] },
            "actions": [{ "type": "button", "action_id": APPROVE, "value": "id digest" }],
        })
    }

    fn form(payload: &Value) -> Vec<u8> {
        form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish().into()
    }

    #[test]
    fn a_click_is_read() {
        let click = Click::of_form(&form(&payload())).unwrap();
        assert_eq!((click.team.as_str(), click.user.as_str(), click.approves), ("T1", "U1", true));
        assert_eq!(
            (click.token.as_str(), click.response_url.as_str()),
            ("id digest", "https://hooks.slack.com/actions/T1/1/x")
        );
        let mut rejects = payload();
        rejects["actions"][0]["action_id"] = json!(REJECT);
        assert!(!Click::of_form(&form(&rejects)).unwrap().approves);
        let mut shared = payload();
        shared["user"]["team_id"] = json!("T2");
        assert_eq!(Click::of_form(&form(&shared)).unwrap().team, "T2", "a user from elsewhere");
    }

    #[test]
    fn nothing_else_is_a_click_of_ours() {
        for (place, value) in [
            ("/type", json!("view_submission")),
            ("/actions", json!([])),
            ("/actions", json!([payload()["actions"][0], payload()["actions"][0]])),
            ("/actions/0/action_id", json!("another")),
            ("/actions/0/value", json!(7)),
            ("/user", json!({ "name": "ann" })),
            ("/response_url", json!(null)),
        ] {
            let mut payload = payload();
            *payload.pointer_mut(place).unwrap() = value;
            assert_eq!(Click::of_form(&form(&payload)), None, "{place}");
        }
        let twice = [form(&payload()), b"&".to_vec(), form(&payload())].concat();
        for body in [b"".as_slice(), b"payload=", b"payload=%7B", b"x=1", b"{}", &[0xff, 0xfe], &twice] {
            assert_eq!(Click::of_form(body), None);
        }
    }

    #[test]
    fn only_slack_is_told() {
        let no = |_: &str| false;
        assert!(is_slacks("https://hooks.slack.com/actions/T1/1/x", no));
        assert!(is_slacks("https://hooks.slack-gov.com/actions/T1/1/x", no));
        for address in [
            "http://hooks.slack.com/actions/x",
            "https://hooks.slack.com.evil.example/x",
            "https://evil.example/hooks.slack.com",
            "https://hooks.slack.com@evil.example/",
            "https://me@hooks.slack.com/",
            "https://hooks.slack.com:8443/x",
            "https://169.254.169.254/latest",
            "http://169.254.169.254/latest",
            "http://127.0.0.1:9000/x",
            "file:///etc/passwd",
            "/actions",
            "",
        ] {
            assert!(!is_slacks(address, no), "{address}");
        }
        assert!(is_slacks("http://127.0.0.1:9000/x", |host| host == "127.0.0.1"));
        assert!(!is_slacks("http://169.254.169.254/latest", |host| host == "127.0.0.1"));
    }
}
