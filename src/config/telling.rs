//! Where is kept what people were told, and for how long they hear of no other denial of the kind.

use std::time::Duration;

use super::{is_table_name, shortened};

/// The quiet time, if nothing else is said.
pub const QUIET: Duration = Duration::from_hours(1);

/// The table of what was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// `DENIEDBY_TOLD_TABLE`: its name.
    pub table: String,
    /// `DENIEDBY_QUIET_MINUTES`: after a denial was told, others of the kind are counted for so long; zero tells each.
    pub quiet: Duration,
}

/// Without a table everything is told, however often it comes.
pub(super) fn telling(get: &impl Fn(&str) -> Option<String>, problems: &mut Vec<String>) -> Option<Telling> {
    let table = get("DENIEDBY_TOLD_TABLE")?;
    if !is_table_name(&table) {
        problems.push(format!(
            "DENIEDBY_TOLD_TABLE is `{}`: give the name of the table that keeps what was told",
            shortened(&table)
        ));
    }
    let minutes = get("DENIEDBY_QUIET_MINUTES");
    let quiet = match minutes.as_deref().map(str::parse::<u64>) {
        None => QUIET,
        Some(Ok(minutes @ 0..=1440)) => Duration::from_mins(minutes),
        Some(_) => {
            problems.push(format!(
                "DENIEDBY_QUIET_MINUTES is `{}`: give a number of minutes, from 0 to 1440",
                shortened(minutes.as_deref().unwrap_or_default())
            ));
            QUIET
        }
    };
    Some(Telling { table, quiet })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> (Option<Telling>, Vec<String>) {
        let get = |name: &str| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let mut problems = Vec::new();
        (telling(&get, &mut problems), problems)
    }

    #[test]
    fn a_table_makes_it_remember_and_the_time_has_a_default() {
        assert_eq!(read(&[("DENIEDBY_QUIET_MINUTES", "5")]), (None, vec![]));
        let table = ("DENIEDBY_TOLD_TABLE", "deniedby-Told-1A2B");
        for (minutes, quiet) in [(None, QUIET), (Some("0"), Duration::ZERO), (Some("5"), Duration::from_mins(5))] {
            let settings: Vec<_> = [table].into_iter().chain(minutes.map(|m| ("DENIEDBY_QUIET_MINUTES", m))).collect();
            let (telling, problems) = read(&settings);
            assert_eq!((telling.unwrap().quiet, problems), (quiet, vec![]));
        }
    }

    #[test]
    fn what_is_no_table_and_no_time_is_said() {
        let (_, problems) = read(&[("DENIEDBY_TOLD_TABLE", "a table"), ("DENIEDBY_QUIET_MINUTES", "an hour")]);
        assert_eq!(problems.len(), 2);
        assert!(problems[1].contains("`an hour`: give a number of minutes"), "{problems:?}");
    }
}
