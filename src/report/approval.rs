//! The part of a Slack message by which a person approves a change: what would be written, whole, and two buttons.
//!
//! <https://docs.slack.dev/reference/block-kit/block-elements/button-element>

use serde_json::{Value, json};

use super::escape::length;
use super::escape::{code, middle};
use super::slack::{MARKUP, VALUE_MAX, brief, section};
use super::{Remedy, Report};

/// The id of the button that approves.
pub const APPROVE: &str = "deniedby-approve";
/// The id of the button that rejects.
pub const REJECT: &str = "deniedby-reject";

/// How many changes can be approved from one message.
const OFFERED: usize = 3;
/// The longest text of what is there, or would be: what cannot be shown whole is not offered.
const WHOLE_MAX: usize = 1_200;
/// The longest value of a button.
const TOKEN_MAX: usize = 2_000;
/// The longest title and text of a dialog.
const DIALOG_MAX: (usize, usize) = (100, 300);

/// What can be approved.
pub(super) fn approvals(report: &Report) -> Vec<Value> {
    report.remedies.iter().filter_map(offer).take(OFFERED).flatten().collect()
}

fn offer(remedy: &Remedy) -> Option<[Value; 2]> {
    let token = remedy.approval.as_deref().filter(|token| (1..=TOKEN_MAX).contains(&length(token)))?;
    let whole = |value: &str| (length(value) <= WHOLE_MAX).then(|| code(value, 20_000, MARKUP));
    let (before, after) = (whole(&remedy.before)?, whole(&remedy.after)?);
    let id = code(&remedy.id, VALUE_MAX, MARKUP);
    let shown = format!("*Approve* {id}: {}\nis there: {before}\nwould be: {after}", brief(&remedy.summary));
    // Escaped, it may still be too long for a section.
    if length(&shown) > 2_900 {
        return None;
    }
    let title = format!("Change account {}?", middle(&remedy.account, 40, MARKUP.code));
    let text = format!("It is made at once: {}", middle(&remedy.summary, DIALOG_MAX.1 - 40, MARKUP.code));
    let button = |name: &str, action: &str| {
        json!({
            "type": "button", "text": plain(name), "action_id": action, "value": token,
            "confirm": { "title": plain(&title), "text": plain(&text), "confirm": plain(name), "deny": plain("Cancel") },
        })
    };
    let buttons = [button("Approve", APPROVE), button("Reject", REJECT)];
    Some([section(&shown), json!({ "type": "actions", "elements": buttons })])
}

fn plain(text: &str) -> Value {
    json!({ "type": "plain_text", "text": text, "emoji": false })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn report(change: impl FnOnce(&mut Remedy)) -> Report {
        let mut report = sample::partly_explained();
        report.remedies[0].approval = Some("event-1 00ff".to_owned());
        change(&mut report.remedies[0]);
        report
    }

    #[test]
    fn what_is_kept_and_shown_whole_can_be_approved() {
        let blocks = approvals(&report(|_| {}));
        assert_eq!(
            blocks[0]["text"]["text"],
            "*Approve* `r1`: let account 111122223333 use key `1234abcd` for kms:Decrypt\n\
             is there: `{}`\nwould be: `{\"Statement\":[]}`"
        );
        let buttons = blocks[1]["elements"].as_array().unwrap();
        assert_eq!(buttons.iter().map(|button| &button["action_id"]).collect::<Vec<_>>(), [APPROVE, REJECT]);
        assert!(buttons.iter().all(|button| button["value"] == "event-1 00ff"));
        assert_eq!(buttons[0]["confirm"]["title"]["text"], "Change account 444455556666?");
    }

    #[test]
    fn nothing_else_can() {
        assert!(approvals(&report(|remedy| remedy.approval = None)).is_empty());
        assert!(approvals(&report(|remedy| remedy.after = "x".repeat(WHOLE_MAX + 1))).is_empty());
        assert!(approvals(&report(|remedy| remedy.before = "<".repeat(WHOLE_MAX))).is_empty(), "too long when escaped");
        assert!(approvals(&report(|remedy| remedy.approval = Some("x".repeat(TOKEN_MAX + 1)))).is_empty());
        let mut many = report(|_| {});
        many.remedies = vec![many.remedies[0].clone(); OFFERED + 2];
        assert_eq!(approvals(&many).len(), OFFERED * 2);
    }
}
