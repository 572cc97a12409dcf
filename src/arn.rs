//! Amazon Resource Names, account ids and partitions.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A 12-digit AWS account id.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccountId(u64);

/// The text is not 12 ASCII digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an account id of 12 digits")]
pub struct NotAnAccountId(String);

impl FromStr for AccountId {
    type Err = NotAnAccountId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotAnAccountId(text.chars().take(40).collect());
        if text.len() != 12 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        text.parse().map(Self).map_err(|_| wrong())
    }
}

impl TryFrom<String> for AccountId {
    type Error = NotAnAccountId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AccountId> for String {
    fn from(id: AccountId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A group of Regions with its own accounts and its own ARN prefix.
///
/// <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partition {
    /// The commercial Regions.
    Aws,
    /// The China Regions.
    China,
    /// AWS GovCloud (US).
    GovCloud,
    /// The AWS European Sovereign Cloud.
    EuropeanSovereign,
    /// The isolated Regions.
    Iso,
    /// The isolated Regions, secret.
    IsoB,
    /// The isolated Regions, Europe.
    IsoE,
    /// The isolated Regions, south.
    IsoF,
}

/// Every partition with its ARN name and the prefix of its Regions' names. The commercial one comes last: its
/// Regions share no prefix.
const PARTITIONS: &[(Partition, &str, &str)] = &[
    (Partition::China, "aws-cn", "cn-"),
    (Partition::GovCloud, "aws-us-gov", "us-gov-"),
    (Partition::EuropeanSovereign, "aws-eusc", "eusc-"),
    (Partition::IsoB, "aws-iso-b", "us-isob-"),
    (Partition::IsoE, "aws-iso-e", "eu-isoe-"),
    (Partition::IsoF, "aws-iso-f", "us-isof-"),
    (Partition::Iso, "aws-iso", "us-iso-"),
    (Partition::Aws, "aws", ""),
];

impl Partition {
    /// The partition of a Region. A Region with an unknown prefix is a commercial one.
    #[must_use]
    pub fn of_region(region: &str) -> Self {
        PARTITIONS.iter().find(|(_, _, prefix)| region.starts_with(prefix)).map_or(Self::Aws, |row| row.0)
    }

    /// The Region that records the calls to global services such as IAM.
    ///
    /// <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html>
    #[must_use]
    pub fn global_region(self) -> &'static str {
        match self {
            Self::Aws => "us-east-1",
            Self::China => "cn-north-1",
            Self::GovCloud => "us-gov-west-1",
            Self::EuropeanSovereign => "eusc-de-east-1",
            Self::Iso => "us-iso-east-1",
            Self::IsoB => "us-isob-east-1",
            Self::IsoE => "eu-isoe-west-1",
            Self::IsoF => "us-isof-south-1",
        }
    }

    /// The name as it stands in ARNs, `aws-cn` for example.
    #[must_use]
    pub fn name(self) -> &'static str {
        PARTITIONS.iter().find(|row| row.0 == self).map_or("aws", |row| row.1)
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Whether a text has the form of a Region's name, such as `us-gov-west-1`.
///
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
#[must_use]
pub fn is_region(text: &str) -> bool {
    let are = |part: &str, kind: fn(&u8) -> bool| !part.is_empty() && part.bytes().all(|byte| kind(&byte));
    text.rsplit_once('-').is_some_and(|(place, number)| {
        are(number, u8::is_ascii_digit)
            && place.contains('-')
            && place.split('-').all(|part| are(part, u8::is_ascii_lowercase))
    })
}

/// An ARN, `arn:partition:service:region:account:resource`. The resource may itself contain colons and slashes.
///
/// Nothing is checked but the shape: ARNs from events and policies name things that need not exist.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Arn {
    text: String,
    /// The byte offset behind each of the first five colons.
    starts: [usize; 5],
}

/// The fields of a text that has the shape of an ARN, without a copy of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ArnFields<'a> {
    text: &'a str,
    starts: [usize; 5],
}

impl<'a> ArnFields<'a> {
    /// Takes a text apart; `None` if it is not of the shape.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        let mut starts = [0; 5];
        let mut colons = memchr::memchr_iter(b':', text.as_bytes());
        for start in &mut starts {
            *start = colons.next()? + 1;
        }
        text.starts_with("arn:").then_some(Self { text, starts })
    }

    /// The whole text.
    pub(crate) fn text(self) -> &'a str {
        self.text
    }

    /// A field by its place: partition, service, Region, account, resource.
    pub(crate) fn field(self, index: usize) -> &'a str {
        let start = self.starts.get(index).copied().unwrap_or(self.text.len());
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        self.text.get(start..end).unwrap_or_default()
    }
}

/// The text does not have the six colon-separated fields of an ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an ARN (`arn:partition:service:region:account:resource`)")]
pub struct NotAnArn(String);

impl FromStr for Arn {
    type Err = NotAnArn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for Arn {
    type Error = NotAnArn;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match ArnFields::of(&text) {
            Some(ArnFields { starts, .. }) => Ok(Self { text, starts }),
            None => Err(NotAnArn(text.chars().take(200).collect())),
        }
    }
}

impl From<Arn> for String {
    fn from(arn: Arn) -> Self {
        arn.text
    }
}

impl Arn {
    /// The whole ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The partition's name, `aws` for example.
    #[must_use]
    pub fn partition(&self) -> &str {
        self.field(0)
    }

    /// The service's namespace, `s3` for example.
    #[must_use]
    pub fn service(&self) -> &str {
        self.field(1)
    }

    /// The Region, empty for global resources.
    #[must_use]
    pub fn region(&self) -> &str {
        self.field(2)
    }

    /// The account, where the field holds one: S3 bucket ARNs leave it empty, AWS managed policies say `aws`.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.field(3).parse().ok()
    }

    /// The text of the account field, whatever it holds.
    #[must_use]
    pub fn account_field(&self) -> &str {
        self.field(3)
    }

    /// All behind the fifth colon.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.field(4)
    }

    /// What follows the resource type and its slash: `role/team/x` of an IAM role gives `team/x` for `role`.
    #[must_use]
    pub fn resource_of_type(&self, kind: &str) -> Option<&str> {
        self.resource().strip_prefix(kind)?.strip_prefix('/')
    }

    /// A Lambda function's ARN, and the version or alias: `function:NAME` or `function:NAME:QUALIFIER`.
    #[must_use]
    pub fn function(&self) -> (&str, Option<&str>) {
        let qualifier = self.resource().splitn(3, ':').nth(2);
        let function = qualifier.and_then(|qualifier| self.as_str().strip_suffix(qualifier)?.strip_suffix(':'));
        (function.unwrap_or(self.as_str()), qualifier)
    }

    /// The fields.
    pub(crate) fn fields(&self) -> ArnFields<'_> {
        ArnFields { text: &self.text, starts: self.starts }
    }

    fn field(&self, index: usize) -> &str {
        self.fields().field(index)
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_splits_at_its_first_five_colons() {
        let arn: Arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/x:*".parse().unwrap();
        assert_eq!((arn.partition(), arn.service(), arn.region()), ("aws", "logs", "eu-west-1"));
        assert_eq!(arn.account().unwrap().to_string(), "111122223333");
        assert_eq!(arn.resource(), "log-group:/aws/x:*");
    }

    #[test]
    fn a_bucket_arn_has_no_account_and_a_role_arn_has_a_path() {
        let bucket: Arn = "arn:aws:s3:::b/k:1".parse().unwrap();
        assert_eq!((bucket.account(), bucket.resource()), (None, "b/k:1"));
        let role: Arn = "arn:aws:iam::000000000001:role/team/x".parse().unwrap();
        assert_eq!(role.resource_of_type("role"), Some("team/x"));
        assert_eq!(role.account().unwrap().to_string(), "000000000001");
    }

    #[test]
    fn what_is_no_arn_or_account_is_refused_in_plain_words() {
        assert_eq!(
            "arn:aws:s3".parse::<Arn>().unwrap_err().to_string(),
            "`arn:aws:s3` is not an ARN (`arn:partition:service:region:account:resource`)"
        );
        assert!("urn:a:b:c:d:e".parse::<Arn>().is_err());
        assert_eq!("12345".parse::<AccountId>().unwrap_err().to_string(), "`12345` is not an account id of 12 digits");
        assert!("12345678901x".parse::<AccountId>().is_err());
    }

    #[test]
    fn a_region_has_a_form() {
        let named = ["us-east-1", "us-gov-west-1", "cn-northwest-1", "us-isob-east-1", "eusc-de-east-1", "xx-y-12"];
        assert!(named.iter().all(|text| is_region(text)));
        let others = ["mars", "", "-", "us-east", "us-east-", "us--1", "-east-1", "US-EAST-1", "us-east-1a", "us-1"];
        assert!(!others.iter().any(|text| is_region(text)));
    }

    #[test]
    fn a_region_tells_its_partition() {
        for (region, partition) in [
            ("eu-west-1", "aws"),
            ("cn-north-1", "aws-cn"),
            ("us-gov-west-1", "aws-us-gov"),
            ("us-isob-east-1", "aws-iso-b"),
            ("us-iso-east-1", "aws-iso"),
        ] {
            assert_eq!(Partition::of_region(region).name(), partition);
        }
    }
}
