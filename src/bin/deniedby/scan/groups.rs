//! Denials of one kind, counted.

use std::collections::BTreeMap;

use deniedby::notice::home;
use deniedby::report::{Confidence, Report, shown, who};
use jiff::Timestamp;
use serde_json::{Value, json};

/// How many groups are kept. Bounds the memory; what is beyond is counted.
const GROUPS: usize = 50_000;
/// The longest value.
const VALUE_MAX: usize = 300;
/// The longest resource that is compared with others: AWS has none that is longer.
const RESOURCE_MAX: usize = 2_048;

/// What the denials of a group have in common. All texts are safe to show but the last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    code: String,
    who: String,
    action: String,
    /// The resource; of S3's objects, their bucket.
    home: String,
}

/// Denials with the same cause, caller, action, and resource or bucket.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) count: u64,
    pub(super) code: String,
    pub(super) who: String,
    pub(super) action: String,
    pub(super) first: Example,
    pub(super) last: Timestamp,
    resource: Resource,
}

/// The first denial of a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Example {
    pub(super) time: Timestamp,
    event_id: String,
    account: Option<String>,
    title: String,
}

/// What all resources of a group start with.
#[derive(Debug, Clone)]
struct Resource {
    start: String,
    /// It is the resource itself, and the only one.
    whole: bool,
}

impl Resource {
    fn new(arn: &str) -> Self {
        let end = arn.floor_char_boundary(RESOURCE_MAX);
        let (start, rest) = arn.split_at(end);
        Self { start: start.to_owned(), whole: rest.is_empty() }
    }

    /// The whole path segments that both start with. In which order resources come makes no difference.
    fn merge(&mut self, other: &Self) {
        if self.start == other.start {
            self.whole &= other.whole;
            return;
        }
        let same = self.start.char_indices().zip(other.start.chars()).take_while(|((_, a), b)| a == b);
        let end = same.last().map_or(0, |((at, c), _)| at + c.len_utf8());
        let (common, _) = self.start.split_at(end);
        let end = common.rfind('/').map_or(end, |slash| slash + 1);
        self.start.truncate(end);
        self.whole = false;
    }
}

impl Group {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.last = self.last.max(other.last);
        self.resource.merge(&other.resource);
        if other.first < self.first {
            self.first = other.first;
        }
    }

    /// The resource, or what all start with and a star.
    pub(super) fn resource(&self) -> String {
        shown(&self.resource.start, VALUE_MAX) + if self.resource.whole { "" } else { "*" }
    }

    /// A line of the output for programs. Every text is safe to show.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "schema": "deniedby/scan/1",
            "count": self.count,
            "code": self.code,
            "title": self.first.title,
            "who": self.who,
            "account": self.first.account,
            "action": self.action,
            "resource": self.resource(),
            "first": self.first.time.to_string(),
            "last": self.last.to_string(),
            "first_event_id": self.first.event_id,
        })
    }
}

/// Groups of denials.
#[derive(Debug, Default)]
pub(super) struct Groups {
    groups: BTreeMap<Key, Group>,
    uncounted: u64,
}

impl Groups {
    /// Adds a denial that was explained.
    pub(super) fn add(&mut self, time: Timestamp, report: &Report) {
        let text = |value: &str| shown(value, VALUE_MAX);
        let request = report.requests.first();
        let action = request.map_or(report.event_name.as_str(), |request| &request.action);
        let url = report.viewer.as_ref().map(|viewer| viewer.url.as_str());
        let resource = request.map(|request| request.resource.as_str()).or(url).unwrap_or("*");
        // What is but possible is possible of any record that says nothing.
        let cause = report.causes.first().filter(|cause| cause.confidence != Confidence::Possible);
        let code = cause.map_or("unexplained", |cause| &cause.code);
        let group = Group {
            count: 1,
            code: text(code),
            who: who(report),
            action: text(action),
            first: Example {
                time,
                event_id: text(&report.event_id),
                account: report.account.as_deref().map(text),
                title: text(cause.map_or("the record does not say what denies it", |cause| &cause.title)),
            },
            last: time,
            resource: Resource::new(resource),
        };
        // A bucket may have more objects than there are groups.
        let home = home(&group.resource.start).to_owned();
        let key = Key { code: group.code.clone(), who: group.who.clone(), action: group.action.clone(), home };
        self.insert(key, group);
    }

    /// Adds all of another.
    pub(super) fn merge(&mut self, other: Self) {
        self.uncounted += other.uncounted;
        for (key, group) in other.groups {
            self.insert(key, group);
        }
    }

    fn insert(&mut self, key: Key, group: Group) {
        if let Some(known) = self.groups.get_mut(&key) {
            known.merge(group);
        } else if self.groups.len() < GROUPS {
            self.groups.insert(key, group);
        } else {
            self.uncounted += group.count;
        }
    }

    /// How many denials are of groups that were not kept.
    pub(super) fn uncounted(&self) -> u64 {
        self.uncounted
    }

    /// The largest group first; of equal ones, in the order of their texts.
    pub(super) fn sorted(self) -> Vec<Group> {
        let mut groups: Vec<_> = self.groups.into_values().collect();
        groups.sort_by_key(|group| std::cmp::Reverse(group.count));
        groups
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A group of denials of two days.
    pub(crate) fn group(count: u64, code: &str, who: &str, action: &str, resource: &str) -> Group {
        let first = Example {
            time: "2026-11-01T00:00:00Z".parse().unwrap(),
            event_id: String::new(),
            account: None,
            title: String::new(),
        };
        let last = "2026-11-02T00:00:00Z".parse().unwrap();
        let [code, who, action] = [code, who, action].map(str::to_owned);
        Group { count, code, who, action, first, last, resource: Resource::new(resource) }
    }

    #[test]
    fn resources_have_their_first_folders_in_common_in_any_order() {
        let arns = ["b/2026/q1.csv", "b/2026/q2.csv", "b/2025/q1.csv", "b/"];
        for first in 0..arns.len() {
            let mut merged = Resource::new(arns[first]);
            (0..arns.len()).for_each(|at| merged.merge(&Resource::new(arns[(first + at) % arns.len()])));
            assert_eq!((merged.start.as_str(), merged.whole), ("b/", false));
        }
        let mut same = Resource::new("b/k");
        same.merge(&Resource::new("b/k"));
        assert!(same.whole);
        same.merge(&Resource::new("b/k/l"));
        assert_eq!((same.start.as_str(), same.whole), ("b/", false));
        assert!(!Resource::new(&"k".repeat(RESOURCE_MAX + 1)).whole);
    }
}
