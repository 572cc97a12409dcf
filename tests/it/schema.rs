//! The report's JSON Schema is made from its types.

use deniedby::report::Report;

use crate::world::{read, root};

const FILE: &str = "schema/report-1.json";

#[test]
#[expect(clippy::disallowed_methods, reason = "a test is told by its environment to write what it would compare")]
fn the_schema_is_that_of_the_types() {
    let made = serde_json::to_string_pretty(&schemars::schema_for!(Report)).unwrap() + "\n";
    if std::env::var("DENIEDBY_BLESS").is_ok() {
        std::fs::write(root().join(FILE), &made).unwrap();
    }
    assert!(read(root().join(FILE)) == made, "{FILE} is stale: run the tests once with DENIEDBY_BLESS=1");
}
