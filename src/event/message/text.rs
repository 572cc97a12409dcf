//! A message as words, each at its place.

use std::ops::Range;

/// CloudTrail cuts a message at 1 KB, and no page says at which byte: what ends a message of this length may lack its
/// rest.
///
/// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>
const MAY_BE_CUT: usize = 1000;

/// A message. Words are numbered from 0; there is no word, and no text, behind the last.
pub(super) struct Text<'m> {
    text: &'m str,
    words: Vec<Range<usize>>,
}

impl<'m> Text<'m> {
    pub(super) fn new(text: &'m str) -> Self {
        let mut words = Vec::new();
        let mut start = None;
        for (at, char) in text.char_indices() {
            if !char.is_whitespace() {
                start.get_or_insert(at);
            } else if let Some(start) = start.take() {
                words.push(start..at);
            }
        }
        words.extend(start.map(|start| start..text.len()));
        Self { text, words }
    }

    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn may_be_cut(&self) -> bool {
        self.text.len() >= MAY_BE_CUT
    }

    pub(super) fn word(&self, at: usize) -> &'m str {
        self.words.get(at).and_then(|range| self.text.get(range.clone())).unwrap_or_default()
    }

    /// A word, unless there is none, or the message may be cut in it.
    pub(super) fn whole(&self, at: usize) -> Option<&'m str> {
        let range = self.words.get(at)?;
        let is_cut = self.may_be_cut() && range.end == self.text.len();
        self.text.get(range.clone()).filter(|_| !is_cut)
    }

    /// Where a word starts in the text.
    pub(super) fn start(&self, at: usize) -> usize {
        self.words.get(at).map_or(self.text.len(), |range| range.start)
    }

    /// The first word that starts at this place of the text or after it.
    pub(super) fn word_from(&self, place: usize) -> usize {
        self.words.partition_point(|range| range.start < place)
    }

    /// The text from one place to another.
    pub(super) fn slice(&self, from: usize, to: usize) -> &'m str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// The text from a place to its end.
    pub(super) fn rest(&self, from: usize) -> &'m str {
        self.text.get(from..).unwrap_or_default()
    }

    /// Whether the words from this one on are these. Case and punctuation behind a word do not count.
    pub(super) fn is(&self, at: usize, phrase: &str) -> bool {
        phrase.split(' ').enumerate().all(|(index, wanted)| bare(self.word(at + index)).eq_ignore_ascii_case(wanted))
    }

    /// The first word, from this one on, that the phrase starts with.
    pub(super) fn find(&self, from: usize, phrase: &str) -> Option<usize> {
        (from..self.len()).find(|at| self.is(*at, phrase))
    }

    /// Where the value of a label starts: behind the word, or in it after its colon.
    pub(super) fn labelled(&self, at: usize, label: &str) -> Option<usize> {
        if self.is(at, label) {
            return Some(self.start(at + 1));
        }
        let (name, value) = self.word(at).split_once(':')?;
        (name.eq_ignore_ascii_case(label) && !value.is_empty()).then(|| self.start(at) + name.len() + 1)
    }
}

/// A word without the punctuation behind it.
pub(super) fn bare(word: &str) -> &str {
    word.trim_end_matches(['.', ',', ';', ':'])
}

/// What stands around names in some messages.
pub(super) const QUOTES: [char; 5] = ['"', '\'', '`', '[', ']'];
