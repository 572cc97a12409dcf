//! Groups as a person reads them.

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};
use jiff::Timestamp;
use textwrap::WordSplitter;
use textwrap::core::display_width;

use super::groups::Group;

const HEADER: [&str; 7] = ["count", "cause", "who", "action", "resource", "first", "last"];

/// The column that may take several lines.
const RESOURCE: usize = 4;

/// The least that is left to it.
const RESOURCE_MIN: usize = 24;

/// Between two columns.
const GAP: u16 = 2;

/// The lines of a table, or of a paragraph for each group where it is too wide for the terminal. Where nobody looks at a
/// terminal, and so there is no width, a line for each group is better to search.
pub(super) fn lines(groups: &[Group], width: Option<usize>) -> Vec<String> {
    if groups.is_empty() {
        return Vec::new();
    }
    let with_times = rows(groups, "%Y-%m-%dT%H:%M:%SZ");
    let Some(width) = width else { return table(with_times, None) };
    if least(&with_times, true) <= width {
        return table(with_times, None);
    }
    let with_dates = rows(groups, DATE);
    if least(&with_dates, false) <= width {
        return table(with_dates, Some(width));
    }
    groups.iter().flat_map(|group| paragraph(group, width)).collect()
}

const DATE: &str = "%Y-%m-%d";

fn time(time: Timestamp, format: &str) -> String {
    time.strftime(format).to_string()
}

fn rows(groups: &[Group], format: &str) -> Vec<[String; 7]> {
    let row = |group: &Group| {
        [
            group.count.to_string(),
            group.code.clone(),
            group.who.clone(),
            group.action.clone(),
            group.resource(),
            time(group.first.time, format),
            time(group.last, format),
        ]
    };
    groups.iter().map(row).collect()
}

/// The width of a table, with the whole resource or the least of it.
fn least(rows: &[[String; 7]], whole: bool) -> usize {
    let widths = HEADER.iter().enumerate().map(|(column, name)| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| display_width(cell));
        let widest = cells.chain([display_width(name)]).max().unwrap_or_default();
        if column == RESOURCE && !whole { widest.min(RESOURCE_MIN) } else { widest }
    });
    widths.sum::<usize>() + usize::from(GAP) * (HEADER.len() - 1)
}

/// A table, whose resources are wrapped if there is a width.
fn table(rows: Vec<[String; 7]>, width: Option<usize>) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(HEADER).add_rows(rows);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if index + 1 < HEADER.len() { GAP } else { 0 }));
        if index == 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
        if index != RESOURCE {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// What a row says, in lines. Names and ARNs stay whole.
fn paragraph(group: &Group, width: usize) -> Vec<String> {
    let [first, last] = [time(group.first.time, DATE), time(group.last, DATE)];
    let since = if first == last { first } else { format!("{first} to {last}") };
    let options = |indent| {
        textwrap::Options::new(width)
            .initial_indent(indent)
            .subsequent_indent("  ")
            .break_words(false)
            .word_splitter(WordSplitter::NoHyphenation)
    };
    let head = format!("{} x {}, {since}", group.count, group.code);
    let rest = format!("{}: {} on {}", group.who, group.action, group.resource());
    let lines = [textwrap::wrap(&head, options("")), textwrap::wrap(&rest, options("  "))];
    lines.into_iter().flatten().map(std::borrow::Cow::into_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::groups::tests::group;
    use super::*;

    const ARN: &str = "arn:aws:s3:::acme-reports/2026/november/quarterly/figures/q3.csv";

    fn groups() -> Vec<Group> {
        vec![
            group(12, "identity-policy-no-allow", "role reporting (111122223333)", "s3:GetObject", ARN),
            group(1, "scp-explicit-deny", "user ann (111122223333)", "s3:PutObject", "arn:aws:s3:::b/k"),
        ]
    }

    #[test]
    fn a_row_is_one_line_where_there_is_room_or_no_terminal() {
        for width in [None, Some(300)] {
            let lines = lines(&groups(), width);
            assert_eq!(lines.len(), 3, "{lines:#?}");
            assert!(lines[1].ends_with(&format!("{ARN}  2026-11-01T00:00:00Z  2026-11-02T00:00:00Z")), "{lines:#?}");
        }
        assert!(lines(&[], Some(80)).is_empty());
    }

    #[test]
    fn only_resources_are_wrapped() {
        for width in 126..166 {
            let lines = lines(&groups(), Some(width));
            assert!(lines.iter().all(|line| display_width(line) <= width), "{lines:#?}");
            assert!(lines.len() > 3 && lines[0].starts_with("count  cause"), "{lines:#?}");
            let text = lines.join("\n");
            for whole in
                ["identity-policy-no-allow", "role reporting (111122223333)", "s3:GetObject", "2026-11-01  2026-11-02"]
            {
                assert!(text.contains(whole), "{whole}: {text}");
            }
        }
    }

    #[test]
    fn a_narrow_terminal_gets_a_paragraph_for_each_group_and_no_word_is_broken() {
        for width in [20, 40, 80, 100] {
            let text = lines(&groups(), Some(width)).join("\n");
            let words: Vec<_> = text.split_whitespace().collect();
            for word in ["12", "identity-policy-no-allow,", "(111122223333):", "s3:GetObject", ARN] {
                assert!(words.contains(&word), "{word}: {text}");
            }
        }
        assert_eq!(
            lines(&groups(), Some(80)).first().map(String::as_str),
            Some("12 x identity-policy-no-allow, 2026-11-01 to 2026-11-02")
        );
    }
}
