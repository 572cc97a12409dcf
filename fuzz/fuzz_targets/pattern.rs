//! The matcher agrees with a naive one, and takes no more than linear-ish time.
#![no_main]

use deniedby::policy::{Binding, Pattern, Syntax};
use deniedby::truth::Truth;

libfuzzer_sys::fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    let syntax = Syntax { wildcards: true, variables: false, fold: false };
    let found = Pattern::new(pattern, syntax).matches(text, &|_| Binding::Missing);
    let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    assert_eq!(found == Truth::True, naive(&p, &t), "`{pattern}` against `{text}`");
});

/// One row of the table of prefixes after the other.
fn naive(pattern: &[char], text: &[char]) -> bool {
    let mut row: Vec<bool> = (0..=text.len()).map(|length| length == 0).collect();
    for p in pattern {
        let mut next = vec![row[0] && *p == '*'];
        for (at, t) in text.iter().enumerate() {
            next.push(match p {
                '*' => next[at] || row[at + 1],
                '?' => row[at],
                p => row[at] && p == t,
            });
        }
        row = next;
    }
    row[text.len()]
}
