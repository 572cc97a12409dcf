//! Any text is a policy, perhaps a broken one.
#![no_main]

use deniedby::evaluate::is_public;
use deniedby::policy::Policy;
use deniedby::truth::Truth;

libfuzzer_sys::fuzz_target!(|input: &str| {
    let policy = Policy::parse(input);
    let public = is_public(&policy);
    assert!(!policy.statements.is_empty() || policy.is_broken() || public == Truth::False);
    for statement in &policy.statements {
        assert!(!statement.broken || policy.is_broken(), "a broken statement breaks no policy");
        assert!(!statement.label().is_empty());
    }
});
