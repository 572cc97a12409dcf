//! Values that others wrote (events, policies, object keys), made safe to show and kept short.
//!
//! A cause's title and detail are our own words with values between backticks. The renderings read those backticks
//! here and nowhere else, so a value that holds one cannot end its own span.

/// Appends a character as a rendering shows it.
pub(super) type Write = fn(char, &mut String);

/// How a rendering writes the two kinds of text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Markup {
    /// For words outside of code spans.
    pub words: Write,
    /// For values inside of code spans.
    pub code: Write,
}

/// What is shown for a value that is empty.
pub(super) const EMPTY: &str = "(empty)";

/// A part of a text as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Our own words.
    Words(String),
    /// A value, without its marks.
    Code(String),
}

/// A piece of a title or detail.
#[derive(Debug, PartialEq, Eq)]
enum Span<'a> {
    Words(&'a str),
    Code(&'a str),
}

/// The length of a text in UTF-16 units: no service counts a character as more than that.
pub(super) fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Whether a character is invisible, or changes how its neighbours are shown.
///
/// U+FFFE and U+FFFF are here because SQS, where SNS may deliver, refuses them.
pub(super) fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Writes a character, or `\u{..}` where it is [`hidden`].
pub(super) fn visible(c: char, out: &mut String) {
    if hidden(c) {
        out.extend(c.escape_unicode());
    } else {
        out.push(c);
    }
}

/// A value of somebody else's in a line of our own: hidden characters are escapes, and what is longer than `max` has an
/// ellipsis in its middle.
#[must_use]
pub fn shown(value: &str, max: usize) -> String {
    middle(value, max, visible)
}

/// The value, with an ellipsis in its middle where it is longer than `max` when written.
///
/// A space at either end is written as an escape: it is often the very fault, and nobody would see it.
pub(super) fn middle(value: &str, max: usize, write: Write) -> String {
    let piece = |at: usize, c: char| {
        let mut piece = String::new();
        if c == ' ' && (at == 0 || at + 1 == value.len()) {
            piece.extend(c.escape_unicode());
        } else {
            write(c, &mut piece);
        }
        piece
    };
    let head_max = max.saturating_mul(2) / 3;
    let (mut out, mut used, mut head) = (String::new(), 0, (0, 0));
    let mut rest = value.char_indices();
    let whole = rest.by_ref().all(|(at, c)| {
        let piece = piece(at, c);
        used += length(&piece);
        out.push_str(&piece);
        if used <= head_max {
            head = (out.len(), used);
        }
        used <= max
    });
    if whole {
        return out;
    }
    out.truncate(head.0);
    out.push('…');
    let (mut tail, mut left) = (Vec::new(), max.saturating_sub(head.1 + 1));
    for (at, c) in value.char_indices().rev() {
        let piece = piece(at, c);
        match left.checked_sub(length(&piece)) {
            Some(less) => left = less,
            None => break,
        }
        tail.push(piece);
    }
    out.extend(tail.into_iter().rev());
    out
}

/// The value as a code span.
pub(super) fn code(value: &str, max: usize, markup: Markup) -> String {
    if value.is_empty() { EMPTY.to_owned() } else { format!("`{}`", middle(value, max, markup.code)) }
}

/// A title or a paragraph: at most `max` long, each value in it at most `value_max`.
pub(super) fn prose(text: &str, max: usize, value_max: usize, markup: Markup) -> String {
    let mut out = String::new();
    for piece in pieces(text, max, value_max, markup) {
        match piece {
            Piece::Words(words) => out.push_str(&words),
            Piece::Code(code) => out.extend(["`", &code, "`"]),
        }
    }
    out
}

/// The same in pieces, for renderings that have marks of their own.
pub(super) fn pieces(text: &str, max: usize, value_max: usize, markup: Markup) -> Vec<Piece> {
    let mut room = Room { pieces: Vec::new(), left: max.saturating_sub(1) };
    for span in spans(text) {
        let fits = match span {
            Span::Code(value) => room.code(value, value_max, markup),
            Span::Words(words) => words.chars().all(|c| {
                let mut piece = String::new();
                (markup.words)(c, &mut piece);
                room.words(&piece)
            }),
        };
        if !fits {
            break;
        }
    }
    room.pieces
}

/// Pieces, and how much more of them may be written.
struct Room {
    pieces: Vec<Piece>,
    left: usize,
}

impl Room {
    /// Appends a value and its marks.
    fn code(&mut self, value: &str, max: usize, markup: Markup) -> bool {
        // Two spans that touch would read as one long fence.
        if matches!(self.pieces.last(), Some(Piece::Code(_))) && !self.words(" ") {
            return false;
        }
        if value.is_empty() {
            return self.words(EMPTY);
        }
        let code = middle(value, max, markup.code);
        let fits = self.take(length(&code) + 2);
        if fits {
            self.pieces.push(Piece::Code(code));
        }
        fits
    }

    fn words(&mut self, text: &str) -> bool {
        let fits = self.take(length(text));
        if fits {
            self.append(text);
        }
        fits
    }

    /// Makes room, or ends in an ellipsis.
    fn take(&mut self, length: usize) -> bool {
        let fits = self.left.checked_sub(length);
        match fits {
            Some(less) => self.left = less,
            None => self.append("…"),
        }
        fits.is_some()
    }

    fn append(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Words(words)) => words.push_str(text),
            Some(Piece::Code(_)) | None => self.pieces.push(Piece::Words(text.to_owned())),
        }
    }
}

/// The longest line of code that is shown.
const CODE_LINE_MAX: usize = 8_000;
/// How many lines of code are shown.
const CODE_LINES_MAX: usize = 200;

/// The lines of a command or a snippet. Code that is cut, or has an escape in it that it did not have, does something
/// else: such code is not shown at all, and the error says so.
pub(super) fn code_lines(code: &str) -> Result<Vec<&str>, &'static str> {
    if code.chars().any(|c| hidden(c) && c != '\n') {
        return Err("(not shown, since it has characters that nobody would see; the JSON report has it)");
    }
    let lines: Vec<_> = code.lines().take(CODE_LINES_MAX + 1).collect();
    if lines.len() > CODE_LINES_MAX || lines.iter().any(|line| line.len() > CODE_LINE_MAX) {
        return Err("(too long to show here; the JSON report has it)");
    }
    Ok(lines)
}

/// The pieces of a title or detail. A backtick without a partner is a word.
fn spans(text: &str) -> impl Iterator<Item = Span<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(behind) = rest.strip_prefix('`') else {
            let (words, after) = rest.split_at(rest.find('`').unwrap_or(rest.len()));
            rest = after;
            return Some(Span::Words(words));
        };
        let (span, after) = behind.split_once('`').map_or((Span::Words(rest), ""), |(c, a)| (Span::Code(c), a));
        rest = after;
        Some(span)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Markup = Markup { words: visible, code: visible };

    #[test]
    fn hidden_characters_are_shown_as_escapes() {
        for (value, shown) in [
            ("plain/ключ/鍵.csv", "plain/ключ/鍵.csv"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
            ("a\nb\r\tc\0", "a\\u{a}b\\u{d}\\u{9}c\\u{0}"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            ("gpj.\u{202e}exe", "gpj.\\u{202e}exe"),
            ("\u{2066}a\u{2069}\u{200f}\u{61c}", "\\u{2066}a\\u{2069}\\u{200f}\\u{61c}"),
            ("a\u{200b}b\u{feff}c\u{2060}", "a\\u{200b}b\\u{feff}c\\u{2060}"),
            ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"),
            ("\u{e0041}\u{fffe}\u{a0}", "\\u{e0041}\\u{fffe}\\u{a0}"),
            (" in front and behind ", "\\u{20}in front and behind\\u{20}"),
            (" ", "\\u{20}"),
        ] {
            assert_eq!(middle(value, 300, visible), shown, "{value:?}");
        }
    }

    #[test]
    fn long_values_lose_their_middle() {
        assert_eq!(middle("abcdefghij", 10, visible), "abcdefghij");
        assert_eq!(middle("abcdefghijk", 9, visible), "abcdef…jk");
        assert_eq!(middle("日本語日本語", 5, visible), "日本語…語");
        assert_eq!(middle("😀😀😀😀", 5, visible), "😀…😀");
        assert_eq!(middle("\u{1b}\u{1b}\u{1b}", 14, visible), "\\u{1b}…\\u{1b}");
        assert_eq!(middle("abc", 0, visible), "…");
        assert_eq!(length(&middle(&"k".repeat(10 << 20), 300, visible)), 300);
    }

    #[test]
    fn backticks_pair_from_the_left() {
        let of = |text| spans(text).collect::<Vec<_>>();
        assert_eq!(of("role `r` may"), [Span::Words("role "), Span::Code("r"), Span::Words(" may")]);
        assert_eq!(of("a`b``c`"), [Span::Words("a"), Span::Code("b"), Span::Code("c")]);
        assert_eq!(of("a`b"), [Span::Words("a"), Span::Words("`b")]);
        assert_eq!(of("``"), [Span::Code("")]);
        assert_eq!(prose("a`b``c` ``", 90, 90, PLAIN), "a`b` `c` (empty)");
    }

    #[test]
    fn prose_ends_where_its_room_ends() {
        assert_eq!(prose("one `two` three", 12, 90, PLAIN), "one `two` t…");
        assert_eq!(prose("one `two` three", 8, 90, PLAIN), "one …");
        assert_eq!(prose("one `0123456789` three", 90, 5, PLAIN), "one `012…9` three");
        assert!(length(&prose(&"`".repeat(10 << 20), 600, 300, PLAIN)) <= 600);
        assert_eq!(length(&prose(&"w".repeat(10 << 20), 600, 300, PLAIN)), 600);
    }
}
