//! Decisions per second, without other engines. Run by hand: `cargo bench --bench evaluate`.

#![expect(clippy::unwrap_used, reason = "the data is our own, and a test reads it first")]

mod policy_set;

use deniedby::evaluate::evaluate;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use policy_set::{Texts, requests};

fn main() {
    divan::main();
}

/// The policies are compiled once.
#[divan::bench]
fn decide(bencher: Bencher<'_, '_>) {
    let set = Texts::new().compile();
    let (world, requests) = (set.world(), requests());
    bencher.counter(ItemsCount::new(requests.len())).bench_local(|| {
        for (request, _) in &requests {
            black_box(evaluate(black_box(request), &world));
        }
    });
}

/// The policies are new for each decision.
#[divan::bench]
fn parse_and_decide(bencher: Bencher<'_, '_>) {
    let texts = Texts::new();
    let requests = requests();
    let mut next = requests.iter().cycle();
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| {
        let set = black_box(&texts).compile();
        next.next().map(|(request, _)| evaluate(request, &set.world()).possible)
    });
}
