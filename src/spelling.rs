//! How near two names are: what a slip of the pen was meant to be.

/// The most letters that may differ for a name to be taken for another.
const SLIP: usize = 2;

/// The name among `known` that is nearest to `written`, and near enough to be meant; letter case does not count.
///
/// `None` if none is near, or if `written` is one of them.
#[must_use]
pub fn meant<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    let nearest = known.into_iter().map(|name| (distance(&written, &name.to_lowercase()), name)).min()?;
    // Short names are near to each other by chance.
    let near = nearest.0 > 0 && nearest.0 <= SLIP && nearest.0 * 4 <= written.chars().count();
    near.then_some(nearest.1)
}

/// How many letters have to be put in, taken out, or replaced to make one text of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    // The distances of what was read of `one` so far to every beginning of `other`.
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = index;
        let mut left = index + 1;
        let mut next = vec![left];
        for (above, theirs) in row.iter().skip(1).zip(&other) {
            left = (diagonal + usize::from(letter != *theirs)).min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_put_in_taken_out_and_replaced() {
        for (one, other, expect) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("GetObject", "GetObject", 0),
            ("GetObjet", "GetObject", 1),
            ("GetObjects", "GetObject", 1),
            ("GetObject", "PutObject", 2),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, other), expect, "{one} {other}");
        }
    }

    #[test]
    fn a_slip_is_told_from_another_name() {
        let known = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"];
        assert_eq!(meant("s3:GetObjet", known), Some("s3:GetObject"));
        assert_eq!(meant("s3:getobjects", known), Some("s3:GetObject"));
        for written in ["s3:GetObject", "s3:getobject", "s3:ListObjects", "", "s3:"] {
            assert_eq!(meant(written, known), None, "{written}");
        }
        assert_eq!(meant("s3:GetObjet", []), None);
    }
}
