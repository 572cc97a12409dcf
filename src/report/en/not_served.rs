//! Words about accounts and Regions that AWS does not serve.

use super::code;
use crate::diagnosis::Diagnosis;
use crate::finding::NotServed;

/// `sts` of `sts.amazonaws.com`.
fn service(diagnosis: &Diagnosis<'_>) -> String {
    diagnosis.denial.event_source.split('.').next().unwrap_or_default().to_ascii_uppercase()
}

/// One line that stands alone.
pub(super) fn title(why: NotServed, diagnosis: &Diagnosis<'_>) -> String {
    let service = service(diagnosis);
    match why {
        NotServed::Region if service == "STS" => {
            format!("STS is not activated in Region {} for the account", code(&diagnosis.denial.region))
        }
        NotServed::Region => "the account has not enabled the Region".to_owned(),
        NotServed::Service => format!("the account has not signed up for {service}, or is not active yet"),
        NotServed::Disabled => "AWS disabled access to the account or the resource".to_owned(),
    }
}

/// What it means, and what to do.
pub(super) fn lines(why: NotServed, diagnosis: &Diagnosis<'_>, lines: &mut Vec<String>) {
    let region = &diagnosis.denial.region;
    lines.push(format!("The error code, {}, says so. No policy can change that.", code(&diagnosis.denial.error_code)));
    lines.extend(diagnosis.denial.error_message.as_deref().map(|message| format!("AWS said: {}", code(message))));
    lines.push(match why {
        NotServed::Region if service(diagnosis) == "STS" => format!(
            "To fix: activate STS in {} (IAM console, Account settings) in the account whose credentials are asked for; or call STS in another Region, such as the one that the program runs in.",
            code(region)
        ),
        NotServed::Region => format!(
            "To fix: enable the Region ({}), or use another.",
            code("aws account enable-region --region-name REGION")
        ),
        NotServed::Service => "To fix: finish the account's sign-up and its means of payment, and subscribe to the service in its console. A new account may take a day.".to_owned(),
        NotServed::Disabled => "To fix: look at the bills and the messages to the root user of the account that owns the resource, and ask AWS Support.".to_owned(),
    });
}
