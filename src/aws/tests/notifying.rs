//! SNS and Slack: taken, refused, asked to wait, and no secret in what we say about it.

use super::edge;
use super::server::{Says, Server, query, query_error, says};
use crate::aws::Own;
use crate::ports::{Notifier, NotifyError};
use crate::report::{PrincipalReport, Report, SCHEMA, Verdict};

const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:slack-AbCdEf";
const PARAMETER: &str = "arn:aws:ssm:eu-west-1:111122223333:parameter/slack";

fn report() -> Report {
    Report {
        schema: SCHEMA.to_owned(),
        event_id: "6f0d9d3e".to_owned(),
        event_time: "2026-01-01T00:00:00Z".to_owned(),
        event_name: "GetObject".to_owned(),
        event_source: "s3.amazonaws.com".to_owned(),
        error_code: "AccessDenied".to_owned(),
        account: None,
        region: "eu-west-1".to_owned(),
        principal: PrincipalReport { arn: None, kind: "anonymous".to_owned(), account: None, who: None },
        viewer: None,
        verdict: Verdict::Unexplained,
        requests: Vec::new(),
        causes: Vec::new(),
        ruled_out: Vec::new(),
        unread: Vec::new(),
        stated: None,
        notes: Vec::new(),
        reused: Vec::new(),
        remedies: Vec::new(),
    }
}

/// Serves the secret, the parameter and the webhook `/hook/N`, whose answer the function gives.
fn slack_server(hook: impl Fn(usize) -> Says + Send + 'static) -> Server {
    let hooks = std::sync::atomic::AtomicUsize::new(0);
    Server::start(move |asked, _| {
        let url = format!("http://{}/hook/s3cr3t", asked.header("host").unwrap());
        match asked.header("x-amz-target") {
            Some("secretsmanager.GetSecretValue") => says(
                200,
                serde_json::json!({ "SecretString": serde_json::json!({ "url": url }).to_string() }).to_string(),
            ),
            Some("AmazonSSM.GetParameter") => {
                let signed =
                    asked.header("authorization").is_some_and(|text| text.contains("/eu-west-1/ssm/aws4_request"));
                assert!(signed && asked.body.contains("\"WithDecryption\":true"), "{asked:?}");
                says(200, serde_json::json!({ "Parameter": { "Value": url } }).to_string())
            }
            _ => hook(hooks.fetch_add(1, std::sync::atomic::Ordering::Relaxed)),
        }
    })
}

async fn post(server: &Server, source: &str) -> Result<(), NotifyError> {
    edge(server, None, Own::Assume).slack(source.parse().unwrap()).notify(&report()).await
}

fn posts(server: &Server) -> usize {
    server.asked().iter().filter(|asked| asked.path == "/hook/s3cr3t").count()
}

#[tokio::test]
async fn slack_takes_a_finding_and_the_address_is_read_once() {
    for source in [SECRET, PARAMETER] {
        let server = slack_server(|_| says(200, "ok"));
        let slack = edge(&server, None, Own::Assume).slack(source.parse().unwrap());
        assert_eq!(slack.notify(&report()).await, Ok(()));
        assert_eq!(slack.notify(&report()).await, Ok(()));
        assert_eq!((posts(&server), server.asked().len()), (2, 3));
        assert!(!format!("{slack:?}").contains("s3cr3t"));
        let asked = server.asked();
        let json: serde_json::Value = serde_json::from_str(&asked[1].body).unwrap();
        assert!(json.is_object());
    }
}

#[tokio::test]
async fn slack_is_given_the_time_that_it_asks_for() {
    let server =
        slack_server(|number| if number == 0 { says(429, "").with("retry-after", "0") } else { says(200, "ok") });
    assert_eq!(post(&server, SECRET).await, Ok(()));
    assert_eq!(posts(&server), 2);
}

#[tokio::test]
async fn slack_that_stays_down_is_left_for_later() {
    let server = slack_server(|_| says(503, "").with("retry-after", "0"));
    assert_eq!(
        post(&server, SECRET).await,
        Err(NotifyError::Retryable { sink: "slack", reason: "HTTP 503".to_owned() })
    );
    assert_eq!(posts(&server), 3);
}

#[tokio::test]
async fn a_refusal_says_slacks_word_and_never_the_address() {
    let server = slack_server(|_| says(404, "no_service"));
    assert_eq!(
        post(&server, SECRET).await,
        Err(NotifyError::Permanent { sink: "slack", reason: "no_service".to_owned() })
    );
    assert_eq!(posts(&server), 1);

    let server = slack_server(|_| says(403, "no such hook: /hook/s3cr3t"));
    assert_eq!(
        post(&server, PARAMETER).await,
        Err(NotifyError::Permanent { sink: "slack", reason: "HTTP 403".to_owned() })
    );
}

#[tokio::test]
async fn a_replaced_webhook_is_picked_up() {
    // The second post is refused, as if the webhook had been revoked after the first.
    let server = slack_server(|number| if number == 1 { says(404, "no_service") } else { says(200, "ok") });
    let slack = edge(&server, None, Own::Assume).slack(SECRET.parse().unwrap());
    assert_eq!(slack.notify(&report()).await, Ok(()));
    assert_eq!(slack.notify(&report()).await, Ok(()));
    assert_eq!((posts(&server), server.asked().len()), (3, 5), "the secret was read twice");
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_said_with_what_to_do() {
    let denied = says(400, "{\"__type\":\"com.amazonaws#AccessDeniedException\"}");
    for source in [SECRET, PARAMETER] {
        let error = post(&Server::always(denied.clone()), source).await.unwrap_err();
        let expected = "reading the webhook's address failed: AWS denied it".to_owned();
        assert_eq!(error, NotifyError::Permanent { sink: "slack", reason: expected });
    }
    let plain = says(200, "{\"Parameter\":{\"Value\":\"http://example.com/s3cr3t\"}}");
    let error = post(&Server::always(plain), PARAMETER).await.unwrap_err().to_string();
    assert!(error.contains("no https address") && !error.contains("s3cr3t"), "{error}");
}

#[tokio::test]
async fn sns_publishes_in_the_topics_region() {
    let server = Server::always(query("Publish", "<MessageId>m</MessageId>"));
    let topic = "arn:aws:sns:us-west-2:111122223333:findings";
    let sns = edge(&server, None, Own::Assume).sns(topic.parse().unwrap());
    assert_eq!(sns.notify(&report()).await, Ok(()));
    let asked = server.asked();
    assert!(asked[0].header("authorization").unwrap().contains("/us-west-2/sns/"));
    assert!(asked[0].body.contains("TopicArn=arn%3Aaws%3Asns%3Aus-west-2") && asked[0].body.contains("&Subject="));
}

#[tokio::test]
async fn sns_that_refuses_differs_from_sns_that_is_busy() {
    let publish = async |says: Says| {
        let topic = "arn:aws:sns:eu-west-1:111122223333:findings";
        edge(&Server::always(says), None, Own::Assume).sns(topic.parse().unwrap()).notify(&report()).await.unwrap_err()
    };
    assert!(matches!(publish(query_error(404, "NotFound")).await, NotifyError::Permanent { .. }));
    assert!(matches!(publish(query_error(403, "AuthorizationError")).await, NotifyError::Permanent { .. }));
    assert!(matches!(publish(query_error(400, "Throttled")).await, NotifyError::Permanent { .. }));
    assert!(matches!(publish(query_error(400, "Throttling")).await, NotifyError::Retryable { .. }));
    assert!(matches!(publish(query_error(500, "InternalError")).await, NotifyError::Retryable { .. }));
}
