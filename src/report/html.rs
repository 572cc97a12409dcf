//! The report as a web page in one file: no script, nothing from elsewhere, and a policy that forbids both.
//!
//! `templates/report.html` is the page. It escapes every value itself; nothing here writes markup.

use std::fmt;

use askama::Template;

use super::difference::difference;
use super::escape::{EMPTY, Markup, Piece, code_lines, middle, pieces, visible};
use super::gaps::gaps;
use super::headline::{Part, action, applicability, caller, confidence, event_rows, headline, order_note, place_rows};
use super::{CauseReport, Place, Remedy, Report, RequestReport};

/// The longest value.
const VALUE_MAX: usize = 1_000;
/// The longest title, and the longest paragraph.
const PROSE_MAX: usize = 4_000;
/// How many causes, paragraphs, places, or lines of a list are shown.
const LIST_MAX: usize = 50;

/// What the page's policy lets in: the one style sheet that it has.
const STYLE_HASH: &str = "sha256-f1K+I40s5Whyw2dRevHd57Zb+1g0TokOvFF0jFlpn9k=";

const MARKUP: Markup = Markup { words: visible, code: visible };

type Text = Vec<Piece>;
type Rows = Vec<(&'static str, String)>;
type Code = Result<String, &'static str>;

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    title: String,
    style_hash: &'static str,
    reports: Vec<Article>,
}

struct Article {
    headline: Text,
    event: Rows,
    order_note: Option<&'static str>,
    causes: List<Cause>,
    remedies: List<Offer>,
    ruled_out: List<Ruled>,
    unread: List<Gap>,
    notes: List<Text>,
    reused: List<Earlier>,
    requests: List<Request>,
}

struct Cause {
    code: String,
    confidence: &'static str,
    title: Text,
    detail: Vec<Text>,
    places: List<Rows>,
    remedies: Vec<String>,
}

struct Offer {
    id: String,
    summary: Text,
    applicability: &'static str,
    commands: Vec<Code>,
    values: Rows,
    words: Vec<(&'static str, Text)>,
    snippets: Vec<(String, Code)>,
}

struct Ruled {
    code: String,
    because: Text,
}

struct Gap {
    question: String,
    account: Option<String>,
    why: Text,
    needs: Text,
}

struct Earlier {
    question: String,
    account: Option<String>,
    read_at: String,
}

struct Request {
    action: String,
    resource: Option<String>,
    decision: String,
    layers: Vec<(&'static str, String)>,
}

/// The rows that are shown, and how many are not.
struct List<T> {
    rows: Vec<T>,
    more: usize,
}

impl<T> List<T> {
    fn of<S>(all: &[S], row: impl Fn(&S) -> T) -> Self {
        Self { rows: all.iter().take(LIST_MAX).map(row).collect(), more: all.len().saturating_sub(LIST_MAX) }
    }
}

/// Reports as one HTML file.
///
/// # Errors
/// None that a report can cause: text is written to a string.
pub fn html(reports: &[Report]) -> Result<String, fmt::Error> {
    let title = match reports {
        [only] => title(only),
        many => format!("{} denials", many.len()),
    };
    let page = Page { title, style_hash: STYLE_HASH, reports: reports.iter().map(article).collect() };
    page.render().map(|page| page + "\n").map_err(|_| fmt::Error)
}

/// What, and by whom: a browser shows little more in a tab.
fn title(report: &Report) -> String {
    let mut text = format!("Denied: {} by ", value(action(report)));
    for part in caller(&report.principal) {
        match part {
            Part::Words(words) => text.push_str(words),
            Part::Name(name) | Part::Id(name) | Part::Prose(name) => text.push_str(&value(name)),
            Part::More(_) => {}
        }
    }
    text
}

fn article(report: &Report) -> Article {
    Article {
        headline: first_line(report),
        event: event(report),
        order_note: order_note(report),
        causes: List::of(&report.causes, cause),
        remedies: List::of(&report.remedies, offer),
        ruled_out: List::of(&report.ruled_out, |row| Ruled { code: value(&row.code), because: prose(&row.because) }),
        unread: List::of(&gaps(&report.unread), |row| Gap {
            question: value(&row.questions),
            account: row.account.map(value),
            why: prose(row.why),
            needs: prose(&row.needs),
        }),
        notes: List::of(&report.notes, |row| prose(&row.text)),
        reused: List::of(&report.reused, |row| Earlier {
            question: value(&row.question),
            account: row.account.as_deref().map(value),
            read_at: value(&row.read_at),
        }),
        requests: List::of(&report.requests, request),
    }
}

fn first_line(report: &Report) -> Text {
    let mut line = Vec::new();
    for part in headline(report) {
        match part {
            Part::Words(words) => line.push(Piece::Words(words.to_owned())),
            Part::Name(name) | Part::Id(name) => line.push(Piece::Code(value(name))),
            Part::Prose(title) => line.extend(prose(title)),
            Part::More(1) => line.push(Piece::Words(" (and 1 more cause)".to_owned())),
            Part::More(count) => line.push(Piece::Words(format!(" (and {count} more causes)"))),
        }
    }
    line
}

fn event(report: &Report) -> Rows {
    rows(event_rows(report))
}

fn cause(cause: &CauseReport) -> Cause {
    let paragraphs = cause.detail.lines().filter(|line| !line.trim().is_empty());
    Cause {
        code: value(&cause.code),
        confidence: confidence(cause.confidence),
        title: prose(&cause.title),
        detail: paragraphs.take(LIST_MAX).map(prose).collect(),
        places: List::of(&cause.places, place),
        remedies: cause.remedies.iter().take(LIST_MAX).map(|id| value(id)).collect(),
    }
}

fn place(place: &Place) -> Rows {
    rows(place_rows(place))
}

fn offer(remedy: &Remedy) -> Offer {
    let words = [("proof", remedy.proof.as_str()), ("outcome", remedy.outcome.as_deref().unwrap_or_default())];
    let words = words.into_iter().filter(|(_, text)| !text.is_empty());
    let snippets = remedy.snippets.iter().take(LIST_MAX);
    let (before, after) = difference(&remedy.before, &remedy.after, VALUE_MAX);
    Offer {
        id: value(&remedy.id),
        summary: prose(&remedy.summary),
        applicability: applicability(remedy.applicability),
        commands: remedy.commands.iter().take(LIST_MAX).map(|command| code(command)).collect(),
        values: rows([("kind", &remedy.kind), ("account", &remedy.account), ("before", &before), ("after", &after)]),
        words: words.map(|(label, text)| (label, prose(text))).collect(),
        snippets: snippets.map(|snippet| (value(&snippet.form), code(&snippet.text))).collect(),
    }
}

fn request(request: &RequestReport) -> Request {
    let layers = request.layers.iter().take(LIST_MAX);
    Request {
        action: value(&request.action),
        resource: (request.resource != "*").then(|| value(&request.resource)),
        decision: value(&request.decision),
        layers: layers.map(|row| (row.layer.name(), value(&row.decision))).collect(),
    }
}

/// What there is of these.
fn rows<const N: usize>(all: [(&'static str, &str); N]) -> Rows {
    all.into_iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| (label, value(text))).collect()
}

fn value(text: &str) -> String {
    if text.is_empty() { EMPTY.to_owned() } else { middle(text, VALUE_MAX, visible) }
}

fn prose(text: &str) -> Text {
    pieces(text, PROSE_MAX, VALUE_MAX, MARKUP)
}

fn code(text: &str) -> Code {
    code_lines(text).map(|lines| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::super::{Verdict, sample};
    use super::*;

    fn page(report: Report) -> String {
        html(&[report]).unwrap()
    }

    #[test]
    fn the_policy_lets_in_the_style_sheet_and_nothing_else() {
        use base64::Engine;
        use sha2::{Digest, Sha256};
        let page = page(sample::partly_explained());
        let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(style));
        assert_eq!(STYLE_HASH, format!("sha256-{hash}"));
        let policy =
            format!("content=\"default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action 'none'\"");
        assert!(page.contains(&policy));
        assert!(!page.contains("<script") && !page.contains("http:") && !page.contains("https:"));
        assert!(page.matches("url(").count() == 0 && page.matches("@import").count() == 0);
    }

    #[test]
    fn it_says_what_the_text_says() {
        let page = page(sample::partly_explained());
        for shown in [
            "<title>Denied: s3:GetObject by user alice</title>",
            "<h1>user <code>alice</code> (<code>111122223333</code>) was denied <code>s3:GetObject</code> on \
             <code>arn:aws:s3:::acme-reports/2026/q3.csv</code>: most likely, the policy of key <code>1234abcd</code> \
             allows kms:Decrypt to nobody in account 111122223333 (and 1 more cause)</h1>",
            "<p>Each of these denies the request, or may; fix them in this order:</p>",
            "<h2>1. <code>kms-key-policy-no-allow</code> <span class=\"badge likely\">likely</span></h2>",
            "<h2>2. <code>identity-policy-no-allow</code> <span class=\"badge certain\">certain</span></h2>",
            "<p>statement <code>ReadReports</code> of <code>inline:reports</code> nearly does: its resource is \
             <code>arn:aws:s3::: acme-reports/*</code>, with a space</p>",
            "<p>What would remove it: <code>r1</code></p>",
            "<div><dt>wants</dt><dd><code>arn:aws:s3::: acme-reports/*</code></dd></div>",
            "<h3><code>r1</code> let account 111122223333 use key <code>1234abcd</code> for kms:Decrypt \
             <span class=\"badge\">needs-approval</span></h3>",
            "<pre tabindex=\"0\"><code>aws kms put-key-policy --key-id 1234abcd --policy file://policy.json</code></pre>",
            "<div><dt>after</dt><dd><code>{&#34;Statement&#34;:[]}</code></dd></div>",
            "<div><dt>proof</dt><dd>allows the request, and 12 probes stay denied</dd></div>",
            "<details><summary>as terraform</summary>\n<pre tabindex=\"0\"><code>resource &#34;aws_kms_key_policy",
            "<li><code>bucket-policy acme-reports</code> in account <code>444455556666</code>: the read role may not be \
             assumed; needs a role <code>deniedby-read</code> that trusts account 111122223333</li>",
            "<h2>Read earlier, for another denial</h2>",
            "<li><code>kms-key-policy 1234abcd</code> in account <code>444455556666</code>, at \
             <code>2026-07-01T02:13:51Z</code></li>",
            "<tr><td><code>scp</code></td><td><code>allowed</code></td></tr>",
        ] {
            assert!(page.contains(shown), "{shown}\n{page}");
        }
    }

    #[test]
    fn what_there_is_not_has_no_heading() {
        let page = page(sample::not_reproduced());
        assert!(!page.contains("<h2>") && !page.contains("<table>"), "{page}");
    }

    #[test]
    fn several_reports_are_one_page() {
        let page = html(&[sample::explained(), sample::unexplained()]).unwrap();
        assert!(page.contains("<title>2 denials</title>") && page.matches("<article>").count() == 2);
        assert!(page.matches("<html").count() == 1 && page.ends_with("</html>\n"));
        assert!(html(&[]).unwrap().contains("<title>0 denials</title>"));
    }

    #[test]
    fn huge_reports_are_of_a_sane_size() {
        for huge in sample::HOSTILE.iter().map(|text| text.repeat((1 << 20) / text.len().max(1))) {
            assert!(page(sample::of(&[huge], 3, Verdict::Explained, "role")).len() < 1 << 20);
        }
        let mut report = sample::explained();
        report.causes = vec![report.causes[0].clone(); 500];
        let page = page(report);
        assert!(page.len() < 1 << 20 && page.contains("<p class=\"more\">and 450 more</p>"));
    }
}
