//! Any input is read, and each denial in it is explained without evidence, saved, and read back.
#![no_main]

use deniedby::case::Case;
use deniedby::event;
use deniedby::evidence::Evidence;
use deniedby::pipeline::explain;
use deniedby::report::{Style, slack, sns, text};

libfuzzer_sys::fuzz_target!(|input: &str| {
    for item in event::read(input) {
        let Ok(Ok(denial)) = item.outcome else { continue };
        let evidence = Evidence::default();
        let report = explain(&denial, &evidence);
        let _rendered = (text(&report, Style { width: 80, color: true }), slack(&report), sns(&report));
        let case = Case::parse(&Case::new(&denial, &evidence).to_json()).expect("a case is read back");
        let again = case.read_denial().expect("a case holds its denial");
        assert_eq!(explain(&again, &evidence), report, "a saved case gives another report");
    }
});
