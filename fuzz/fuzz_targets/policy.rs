//! Any text is a policy, perhaps a broken one.
#![no_main]

use deniedby::evaluate::is_public;
use deniedby::policy::Policy;
use deniedby::truth::Truth;

libfuzzer_sys::fuzz_target!(|input: &str| {
    let policy = Policy::parse(input);
    let public = is_public(&policy);
    assert!(!policy.statements.is_empty() || policy.incomplete || public == Truth::False);
    for statement in &policy.statements {
        assert!(!statement.broken || !policy.problems.is_empty(), "a broken statement has no problem");
        assert!(!statement.label().is_empty());
    }
});
