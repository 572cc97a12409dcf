//! Reads renderings back as their readers do, and fails where a value is more than a value.

use deniedby::report::SnsMessage;
use html5gum::{Token, Tokenizer};
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

/// No character that acts on a terminal, is not seen, or turns the direction of text.
pub(crate) fn visible(text: &str) {
    let acts = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    assert_eq!(text.chars().find(acts), None, "{text}");
}

/// The tags of the page, and the attributes that each may have.
const TAGS: &[(&str, &[&str])] = &[
    ("html", &["lang"]),
    ("head", &[]),
    ("meta", &["charset", "http-equiv", "name", "content"]),
    ("title", &[]),
    ("style", &[]),
    ("body", &[]),
    ("main", &[]),
    ("article", &[]),
    ("section", &["class"]),
    ("h1", &[]),
    ("h2", &[]),
    ("h3", &[]),
    ("p", &["class"]),
    ("span", &["class"]),
    ("code", &[]),
    ("pre", &["tabindex"]),
    ("dl", &["class"]),
    ("div", &[]),
    ("dt", &[]),
    ("dd", &[]),
    ("ul", &[]),
    ("li", &[]),
    ("table", &[]),
    ("caption", &[]),
    ("thead", &[]),
    ("tbody", &[]),
    ("tr", &[]),
    ("th", &["scope"]),
    ("td", &[]),
    ("details", &[]),
    ("summary", &[]),
];

/// Every value that an attribute has. No value of a report is among them.
const VALUES: &[&str] = &[
    "en",
    "utf-8",
    "Content-Security-Policy",
    "viewport",
    "width=device-width, initial-scale=1",
    "color-scheme",
    "light dark",
    "referrer",
    "no-referrer",
    "event",
    "cause",
    "remedy",
    "place",
    "title",
    "more",
    "col",
    "0",
    "badge",
    "badge certain",
    "badge likely",
    "badge possible",
];

/// The page has our own tags, each closed where it has to be, and nothing else.
pub(crate) fn html(page: &str) {
    let mut open = Vec::new();
    let mut doctypes = 0;
    for Ok(token) in Tokenizer::new(page) {
        match token {
            Token::StartTag(tag) => {
                let name = String::from_utf8(tag.name.0).unwrap();
                let (_, attributes) =
                    TAGS.iter().find(|row| row.0 == name).unwrap_or_else(|| panic!("<{name}>: {page}"));
                for (attribute, value) in tag.attributes {
                    let attribute = String::from_utf8(attribute.0).unwrap();
                    let value = String::from_utf8(value.value.0).unwrap();
                    assert!(attributes.contains(&attribute.as_str()), "<{name} {attribute}>: {page}");
                    let policy = attribute == "content" && value.starts_with("default-src 'none'; style-src 'sha256-");
                    assert!(policy || VALUES.contains(&value.as_str()), "<{name} {attribute}={value:?}>: {page}");
                }
                if name != "meta" {
                    open.push(name);
                }
            }
            Token::EndTag(tag) => assert_eq!(open.pop(), Some(String::from_utf8(tag.name.0).unwrap()), "{page}"),
            Token::Doctype(_) => doctypes += 1,
            Token::String(_) => {}
            Token::Comment(_) => panic!("a comment: {page}"),
            Token::Error(error) => panic!("{error:?}: {page}"),
        }
    }
    assert!(open.is_empty() && doctypes == 1, "{open:?}: {page}");
}

/// Headings, paragraphs, lists, and code: no link, no image, no HTML, no table, and outside of code nothing that a site
/// makes more of after Markdown did.
#[expect(clippy::wildcard_enum_match_arm, reason = "whatever else Markdown has is too much")]
pub(crate) fn markdown(text: &str) {
    assert!(text.encode_utf16().count() <= 65_536);
    let mut in_code = false;
    for event in Parser::new_ext(text, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::List(None) | Tag::Item) | Event::Code(_) => {}
            Event::End(_) => in_code = false,
            Event::Text(_) if in_code => {}
            Event::Text(words) => {
                let active = ["@", "#", "://", "www.", "<", ">", "&", "[", "]", "`", "|", "*", "_", "$", "\\"];
                let found: Vec<_> = active.iter().filter(|part| words.contains(*part)).collect();
                assert!(found.is_empty(), "{found:?} in {words:?}: {text}");
            }
            other => panic!("{other:?}: {text}"),
        }
    }
}

fn length(text: &Value) -> usize {
    text.as_str().unwrap().encode_utf16().count()
}

/// A message that Slack takes, in which no value formats, mentions or links.
pub(crate) fn slack(message: &Value) {
    assert!((1..4_000).contains(&length(&message["text"])), "{message}");
    formats_nothing(message["text"].as_str().unwrap());
    let blocks = message["blocks"].as_array().unwrap();
    assert!((1..=50).contains(&blocks.len()), "{message}");
    for block in blocks {
        let kind = block["type"].as_str().unwrap();
        assert!(["header", "section", "context"].contains(&kind), "{block}");
        let (list, most) = if kind == "context" { (&block["elements"], 3_000) } else { (&block["fields"], 2_000) };
        if let Some(list) = list.as_array() {
            assert!((1..=10).contains(&list.len()), "{block}");
            for item in list {
                slack_text(item, most);
            }
        }
        match (kind, &block["text"]) {
            ("header", text) => {
                assert!((1..=150).contains(&length(&text["text"])) && text["type"] == "plain_text", "{text}");
                visible(text["text"].as_str().unwrap());
            }
            (_, Value::Null) => {}
            (_, text) => slack_text(text, 3_000),
        }
    }
}

fn slack_text(item: &Value, most: usize) {
    assert!((1..=most).contains(&length(&item["text"])), "{item}");
    assert!(item["type"] == "mrkdwn" && item["verbatim"] == true, "{item}");
    formats_nothing(item["text"].as_str().unwrap());
}

fn formats_nothing(text: &str) {
    visible(text);
    assert!(!text.contains(['<', '>']), "{text}");
    let entity = |rest: &str| ["amp;", "lt;", "gt;"].iter().any(|name| rest.starts_with(name));
    assert!(text.split('&').skip(1).all(entity), "{text}");
    assert!(text.matches('`').count().is_multiple_of(2) && !text.contains("``"), "{text}");
    let outside: String = text.split('`').step_by(2).collect();
    assert!(!outside.contains(['_', '~', '@']) && outside.matches('*').count() <= 2, "{text}");
}

/// A message that SNS takes.
pub(crate) fn sns(message: &SnsMessage) {
    let attributes: usize = message.attributes.iter().map(|(name, value)| name.len() + value.len() + 6).sum();
    assert!(message.body.len() + message.subject.len() + attributes <= 256 * 1024);
    assert!(message.subject.len() < 100 && message.subject.bytes().all(|b| (b' '..=b'~').contains(&b)));
    for (_, value) in &message.attributes {
        visible(value);
    }
}
