//! Laws of the evaluator, on made-up requests: above all, that nothing said for certain can be overturned by what is
//! not known.
#![expect(clippy::indexing_slicing, reason = "a test that does not find what it expects has to fail")]

use deniedby::evaluate::{Blocker, BlockerKind, Possible, World, evaluate, ways_out};
use deniedby::evidence::Evidence;
use deniedby::layer::Layer;
use deniedby::policy::{Binding, Pattern, Syntax};
use deniedby::request::{Action, Context, Key, Principal, PrincipalKind, Request, Resource};
use deniedby::truth::Truth;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::made_up::{Facts, LAYERS, Mask, ROLE, USER, facts, mask, statement};

const TRUTHS: [Truth; 3] = [Truth::True, Truth::False, Truth::Unknown];

#[test]
fn truth_follows_kleenes_laws() {
    for a in TRUTHS {
        assert_eq!(!!a, a);
        assert_eq!(a.and(a), a);
        assert_eq!(a.and(Truth::True), a);
        assert_eq!(a.or(Truth::False), a);
        assert_eq!(a.and(Truth::False), Truth::False);
        assert_eq!(a.or(Truth::True), Truth::True);
        for b in TRUTHS {
            assert_eq!(a.and(b), b.and(a));
            assert_eq!(a.or(b), b.or(a));
            assert_eq!(!a.and(b), (!a).or(!b));
            assert_eq!(a.and(a.or(b)), a);
            assert_eq!(Truth::all([a, b]), a.and(b));
            assert_eq!(Truth::any([a, b]), a.or(b));
            for c in TRUTHS {
                assert_eq!(a.and(b.and(c)), a.and(b).and(c));
                assert_eq!(a.or(b.or(c)), a.or(b).or(c));
                assert_eq!(a.and(b.or(c)), a.and(b).or(a.and(c)));
                assert_eq!(Truth::all([a, b, c]), a.and(b).and(c));
            }
            // What is unknown gives only what both of its values give.
            for (law, known) in [
                (Truth::Unknown.and(b), [Truth::True.and(b), Truth::False.and(b)]),
                (Truth::Unknown.or(b), [Truth::True.or(b), Truth::False.or(b)]),
            ] {
                assert!(law == Truth::Unknown || known.iter().all(|k| *k == law));
            }
        }
    }
}

/// The matcher as one would define it.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['*', rest @ ..], _) => naive(rest, text) || (!text.is_empty() && naive(pattern, &text[1..])),
        (['?', rest @ ..], [_, tail @ ..]) => naive(rest, tail),
        ([p, rest @ ..], [t, tail @ ..]) => p == t && naive(rest, tail),
        _ => false,
    }
}

const DECISIONS: [Possible; 3] = [Possible::ALLOWED, Possible::EXPLICIT_DENY, Possible::IMPLICIT_DENY];

/// Whether all that is possible in `narrow` is possible in `wide`.
fn within(narrow: Possible, wide: Possible) -> bool {
    DECISIONS.into_iter().all(|decision| !narrow.includes(decision) || wide.includes(decision))
}

/// Adds a statement to the first policy of a layer, if there is one.
fn with(facts: &Facts, layer: usize, statement: &Value, effect: &str) -> Facts {
    let mut facts = facts.clone();
    let mut statement = statement.clone();
    statement["Effect"] = json!(effect);
    if let Some(levels) = &mut facts.layers[layer] {
        levels[0][0].push(statement);
    }
    facts
}

/// The same without any Deny, and with an Allow in each level of these layers that names the caller.
fn mended(facts: &Facts, layers: &[Layer]) -> Facts {
    let mut facts = facts.clone();
    let names =
        [json!("*"), json!({ "Service": "glue.amazonaws.com" }), json!({ "AWS": ROLE }), json!({ "AWS": USER })];
    let root = json!({ "AWS": "arn:aws:iam::111122223333:root" });
    let principal = names.get(facts.caller).unwrap_or(&root);
    let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Principal": principal });
    for (place, layer) in LAYERS.iter().enumerate() {
        for policy in facts.layers[place].iter_mut().flatten().flatten() {
            policy.retain(|statement| statement["Effect"] != json!("Deny"));
        }
        if layers.contains(layer) {
            let levels = facts.layers[place].get_or_insert_with(|| vec![Vec::new()]);
            for level in levels {
                level.push(vec![allow.clone()]);
            }
        }
    }
    if layers.contains(&Layer::Acl) {
        facts.acl = Some(1);
    }
    facts
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn patterns_match_as_their_definition_says(pattern in "[ab*?é]{0,9}", text in "[abé]{0,9}") {
        let syntax = Syntax { wildcards: true, variables: false, fold: false };
        let expect = naive(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
        let got = Pattern::new(&pattern, syntax).matches(&text, &|_| Binding::Missing);
        prop_assert_eq!(got, Truth::from(expect), "`{}` against `{}`", pattern, text);
    }

    #[test]
    fn a_variable_in_a_pattern_is_its_value_as_plain_text(before in "[ab*?]{0,4}", value in "[ab]{0,3}", after in "[ab*?]{0,4}", text in "[ab]{0,8}") {
        let syntax = Syntax { wildcards: true, variables: true, fold: false };
        let pattern = Pattern::new(&format!("{before}${{k}}{after}"), syntax);
        let written = format!("{before}{value}{after}");
        let expect = Truth::from(naive(&written.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>()));
        prop_assert_eq!(pattern.matches(&text, &|_| Binding::Value(value.as_str().into())), expect);
        prop_assert_eq!(pattern.matches(&text, &|_| Binding::Missing), Truth::False);
        // Not knowing the value, we say no only if no value would do.
        let unknown = pattern.matches(&text, &|_| Binding::Unknown);
        prop_assert!(unknown == Truth::Unknown || expect == Truth::False);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_statements_and_policies_never_matters(facts in facts(), mask in mask()) {
        // Hiding the first policy of a level would hide another one after turning.
        let mask = Mask { first: vec![false; 7], ..mask };
        let mut turned = facts.clone();
        for level in turned.layers.iter_mut().flatten().flatten() {
            level.reverse();
            for policy in level.iter_mut() {
                policy.reverse();
            }
        }
        let (one, other) = (facts.evaluate(&mask), turned.evaluate(&mask));
        prop_assert_eq!(one.possible, other.possible);
        prop_assert_eq!(one.blockers, other.blockers);
    }

    #[test]
    fn a_deny_never_allows_and_an_allow_never_denies(facts in facts(), mask in mask(), layer in 0..7_usize, statement in statement()) {
        let before = facts.evaluate(&mask).possible;
        let denied = with(&facts, layer, &statement, "Deny").evaluate(&mask).possible;
        prop_assert!(before.includes(Possible::ALLOWED) || !denied.includes(Possible::ALLOWED), "{:?} became {:?}", before, denied);
        prop_assert!(!before.includes(Possible::EXPLICIT_DENY) || denied.includes(Possible::EXPLICIT_DENY));
        let allowed = with(&facts, layer, &statement, "Allow").evaluate(&mask).possible;
        prop_assert!(allowed.includes(Possible::ALLOWED) || !before.includes(Possible::ALLOWED), "{:?} became {:?}", before, allowed);
        prop_assert!(before != Possible::ALLOWED || allowed == Possible::ALLOWED, "{:?} became {:?}", before, allowed);
    }

    #[test]
    fn what_is_said_of_hidden_facts_holds_however_they_turn_out(facts in facts(), other in facts(), mask in mask()) {
        let hidden = facts.evaluate(&mask);
        let nothing = Mask::nothing();
        for real in [facts.clone(), facts.filled(&mask, &other)] {
            let full = real.evaluate(&nothing);
            prop_assert!(within(full.possible, hidden.possible), "{:?} was not foreseen by {:?}", full.possible, hidden.possible);
            // So a decided answer never changes.
            if hidden.possible.is_denied() {
                prop_assert!(full.possible.is_denied());
            }
            for blocker in hidden.blockers.iter().filter(|b| b.certain) {
                let same = |b: &&Blocker| b.layer == blocker.layer && b.kind == blocker.kind;
                prop_assert!(full.blockers.iter().any(|b| same(&b)), "{:?} is not in {:?}", blocker, full.blockers);
            }
            for blocker in &full.blockers {
                let known = |b: &&Blocker| b.layer == blocker.layer && b.kind == blocker.kind;
                prop_assert!(hidden.blockers.iter().any(|b| known(&b)), "{:?} was not foreseen by {:?}", blocker, hidden.blockers);
            }
        }
    }

    #[test]
    fn each_way_out_is_enough_and_no_smaller_one_is(facts in facts()) {
        let nothing = Mask::nothing();
        let ways = facts.look(&nothing, |request, world| ways_out(request, world, &evaluate(request, world).outcomes));
        let decide = |layers: &[Layer]| mended(&facts, layers).evaluate(&nothing).possible;
        for way in &ways {
            // What AWS's pages leave open stays open.
            prop_assert!(decide(way).includes(Possible::ALLOWED), "{:?} of {:?}", way, ways);
            // An Allow by a user's own name would pass its boundary: that is no way to take.
            let passes_limits = facts.caller != 2 && way.contains(&Layer::ResourcePolicy);
            for layer in way.iter().filter(|_| !passes_limits) {
                let less: Vec<_> = way.iter().copied().filter(|one| one != layer).collect();
                let decided = decide(&less);
                prop_assert_ne!(decided, Possible::ALLOWED, "{:?} is enough without {:?}", way, layer);
            }
        }
        // Where a layer that must allow does not, there is a way.
        prop_assert_eq!(!decide(&[]).includes(Possible::ALLOWED), !ways.is_empty(), "{:?}", ways);
    }

    #[test]
    fn a_certain_blocker_means_a_denial(facts in facts(), mask in mask()) {
        let evaluation = facts.evaluate(&mask);
        for blocker in evaluation.blockers.iter().filter(|b| b.certain) {
            prop_assert!(evaluation.possible.is_denied(), "{:?} and {:?}", blocker, evaluation.possible);
            prop_assert!(blocker.kind != BlockerKind::ExplicitDeny || evaluation.possible == Possible::EXPLICIT_DENY);
        }
    }
}

/// A kind of caller that the laws above leave out.
#[test]
fn a_caller_of_unknown_kind_is_never_allowed_or_denied_for_sure() {
    let principal = Principal {
        kind: PrincipalKind::Other,
        arn: None,
        account: None,
        id: None,
        canonical_id: None,
        bounded: Truth::False,
        session: None,
    };
    let resource = Resource::new("arn:aws:s3:::b/k".parse().ok(), "111122223333".parse().ok());
    let request = Request::new(principal, Action::new("s3:GetObject"), resource, Context::new(Key::Unknown));
    let evidence = Evidence::default();
    let world = World::new(&request, &evidence, "eu-west-1");
    assert_eq!(evaluate(&request, &world).possible, Possible::ANYTHING);
}
