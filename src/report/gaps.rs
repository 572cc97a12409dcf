//! What could not be read, for people: what lacks for the same reason in the same account is said once.

use super::en::{self, Help};
use super::model::Unread;
use crate::arn::AccountId;

/// Questions of one account that have no answer for one reason.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gap<'r> {
    /// The questions, with commas between.
    pub(super) questions: String,
    pub(super) account: Option<&'r str>,
    pub(super) why: &'r str,
    /// Empty where nothing would help.
    pub(super) needs: String,
}

impl Unread {
    pub(super) fn new(question: String, account: Option<AccountId>, why: String, help: Help) -> Self {
        let needs = help.in_words();
        let Help { step, permissions } = help;
        Self { question, account: account.map(|account| account.to_string()), why, needs, permissions, step }
    }

    /// Whether the two can be told together.
    fn is_like(&self, other: &Self) -> bool {
        // Without permissions, what is needed stands in `needs` alone.
        let same_help = self.step == other.step && (self.needs == other.needs || !self.permissions.is_empty());
        self.account == other.account && self.why == other.why && same_help
    }
}

/// The rows in the order in which each group begins.
pub(super) fn gaps(rows: &[Unread]) -> Vec<Gap<'_>> {
    let mut groups: Vec<Vec<&Unread>> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| first.is_like(row))) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups.iter().filter_map(|group| gap(group)).collect()
}

fn gap<'r>(group: &[&'r Unread]) -> Option<Gap<'r>> {
    let first = *group.first()?;
    let mut permissions: Vec<&str> = Vec::new();
    for permission in group.iter().flat_map(|row| &row.permissions) {
        if !permissions.contains(&permission.as_str()) {
            permissions.push(permission);
        }
    }
    let needs = if group.len() == 1 { first.needs.clone() } else { en::needs(&first.step, &permissions) };
    let questions = group.iter().map(|row| row.question.as_str()).collect::<Vec<_>>().join(", ");
    Some(Gap { questions, account: first.account.as_deref(), why: &first.why, needs })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(question: &str, account: &str, why: &str, step: &str, permission: &str) -> Unread {
        let help = Help { step: step.to_owned(), permissions: vec![permission.to_owned()] };
        Unread::new(question.to_owned(), Some(account.parse().unwrap()), why.to_owned(), help)
    }

    #[test]
    fn what_lacks_for_one_reason_in_one_account_is_said_once() {
        let (one, other) = ("111122223333", "444455556666");
        let rows = [
            row("role app", one, "AWS throttled the call", "another try", "iam:GetRole"),
            row("bucket-policy b", other, "AWS throttled the call", "another try", "s3:GetBucketPolicy"),
            row("role-inline-policy app", one, "AWS throttled the call", "another try", "iam:GetRolePolicy"),
            row("role-inline-policy app/p", one, "AWS throttled the call", "another try", "iam:GetRolePolicy"),
            row(
                "session s",
                one,
                "AWS did not answer in time",
                "another try, and more time",
                "cloudtrail:LookupEvents",
            ),
        ];
        let told: Vec<_> = gaps(&rows).into_iter().map(|gap| (gap.questions, gap.account, gap.needs)).collect();
        let expect = [
            (
                "role app, role-inline-policy app, role-inline-policy app/p",
                one,
                "another try, with iam:GetRole, iam:GetRolePolicy",
            ),
            ("bucket-policy b", other, "another try, with s3:GetBucketPolicy"),
            ("session s", one, "another try, and more time, with cloudtrail:LookupEvents"),
        ];
        assert_eq!(
            told,
            expect.map(|(questions, account, needs)| (questions.to_owned(), Some(account), needs.to_owned()))
        );
    }

    #[test]
    fn steps_that_differ_are_not_mixed() {
        let broken = |policy: &str, why: &str, step: &str| {
            Unread::new(policy.to_owned(), None, why.to_owned(), Help::step(step))
        };
        let rows = [broken("a", "x", "this"), broken("b", "x", "that"), broken("c", "y", "this")];
        assert_eq!(gaps(&rows).len(), 3);
    }
}
