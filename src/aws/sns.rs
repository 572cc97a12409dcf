//! Publishes findings to an SNS topic.

use std::fmt;
use std::sync::OnceLock;

use aws_config::SdkConfig;
use aws_sdk_sns::Client;
use aws_sdk_sns::types::MessageAttributeValue;
use futures_util::future::BoxFuture;

use super::errors::Failure;
use crate::arn::Arn;
use crate::ports::{Notifier, NotifyError};
use crate::report::{Report, sns};

const NAME: &str = "sns";

/// One topic. Made by [`Edge::sns`](super::Edge::sns).
pub struct SnsNotifier {
    config: SdkConfig,
    client: OnceLock<Client>,
    topic: Arn,
}

impl SnsNotifier {
    pub(super) fn new(config: SdkConfig, topic: Arn) -> Self {
        Self { config, client: OnceLock::new(), topic }
    }

    /// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>
    async fn publish(&self, report: &Report) -> Result<(), NotifyError> {
        let message = sns(report);
        let client = self.client.get_or_init(|| Client::new(&self.config));
        let mut call = client.publish().topic_arn(self.topic.as_str()).subject(message.subject).message(message.body);
        for (name, value) in message.attributes {
            // SNS refuses an attribute without a value.
            let attribute = MessageAttributeValue::builder().data_type("String").string_value(&value).build();
            if let (false, Ok(attribute)) = (value.is_empty(), attribute) {
                call = call.message_attributes(name, attribute);
            }
        }
        if self.topic.resource().rsplit_once('.').is_some_and(|(_, kind)| kind == "fifo") {
            call = call.message_group_id("deniedby").message_deduplication_id(&report.event_id);
        }
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::from(error).notify_error(NAME, "publishing")),
        }
    }
}

impl Notifier for SnsNotifier {
    fn name(&self) -> &'static str {
        NAME
    }

    fn notify<'a>(&'a self, report: &'a Report) -> BoxFuture<'a, Result<(), NotifyError>> {
        Box::pin(self.publish(report))
    }
}

impl fmt::Debug for SnsNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SnsNotifier").field("topic", &self.topic).finish_non_exhaustive()
    }
}
