//! The protocols AWS Query and EC2 Query: a form, answered in XML.

use roxmltree::{Document, Node};

use super::calls::{Call, Query};
use super::{Message, Signer, pairs};
use crate::aws::errors::Failure;
use crate::aws::http::Reply;

impl Signer {
    /// Asks with parameters; `read` takes the answer out of the root element, or returns `None` if it is not what the
    /// service documents.
    pub(in crate::aws) async fn query<T>(
        &self,
        call: &Call<Query>,
        input: &[(&str, &str)],
        read: impl Fn(Node<'_, '_>) -> Option<T>,
    ) -> Result<T, Failure> {
        let mut parameters = vec![("Action", call.operation), ("Version", call.protocol.version)];
        parameters.extend_from_slice(input);
        let message = Message {
            method: "POST",
            path: "/".to_owned(),
            headers: vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8".to_owned())],
            body: pairs(&parameters),
        };
        let root = format!("{}Response", call.operation);
        let read = |body: &[u8]| {
            let document = Document::parse(std::str::from_utf8(body).ok()?).ok()?;
            let element = document.root_element();
            // A page of a proxy is no answer of the service.
            if element.tag_name().name() == root { read(element) } else { None }
        };
        Box::pin(self.exchange(call, &message, read, code)).await
    }
}

/// The element inside another, by its name alone: namespaces are those of the services' versions.
pub(in crate::aws) fn child<'a, 'input>(parent: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    parent.children().find(|node| node.tag_name().name() == name)
}

/// The text of an element inside another; `None` if there is no such element, or nothing in it.
pub(in crate::aws) fn text<'a>(parent: Node<'a, '_>, name: &str) -> Option<&'a str> {
    child(parent, name)?.text().map(str::trim).filter(|text| !text.is_empty())
}

/// The error code: `Error/Code`, at a depth that differs between services.
///
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>
pub(super) fn code(reply: &Reply) -> Option<String> {
    let document = Document::parse(std::str::from_utf8(&reply.body).ok()?).ok()?;
    let error = document.descendants().find(|node| node.tag_name().name() == "Error")?;
    text(error, "Code").map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_at_either_depth() {
        let code = |body: &str| {
            super::code(&Reply { status: 400, retry_after: None, error_type: None, body: body.as_bytes().to_vec() })
        };
        let ec2 = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>m</Message></Error></Errors></Response>";
        assert_eq!(code(ec2).as_deref(), Some("UnauthorizedOperation"));
        let sns = "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>NotFound</Code></Error></ErrorResponse>";
        assert_eq!(code(sns).as_deref(), Some("NotFound"));
        for body in ["", "<html><body>503</body></html>", "<Error><Code></Code></Error>", "{}"] {
            assert_eq!(code(body), None, "{body}");
        }
    }
}
