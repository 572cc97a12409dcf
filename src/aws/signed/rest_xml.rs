//! The protocol REST-XML, as far as reads need it: `GET`, answered in XML.

use roxmltree::{Document, Node};

use super::calls::{Call, RestXml};
use super::query::code;
use super::{Message, Signer, encode, pairs};
use crate::aws::errors::Failure;

impl Signer {
    /// Asks for the thing that `name` stands for in the path, with parameters; `read` takes the answer out of the root
    /// element, or returns `None` if it is not what the service documents.
    pub(in crate::aws) async fn get_xml<T>(
        &self,
        call: &Call<RestXml>,
        name: &str,
        parameters: &[(&str, &str)],
        read: impl Fn(Node<'_, '_>) -> Option<T>,
    ) -> Result<T, Failure> {
        self.get_xml_with(call, name, parameters, Vec::new(), read).await
    }

    /// The same with headers of the service's own.
    pub(in crate::aws) async fn get_xml_with<T>(
        &self,
        call: &Call<RestXml>,
        name: &str,
        parameters: &[(&str, &str)],
        headers: Vec<(&'static str, String)>,
        read: impl Fn(Node<'_, '_>) -> Option<T>,
    ) -> Result<T, Failure> {
        let mut path = call.protocol.path.replace("{}", &encode(name));
        if !parameters.is_empty() {
            path = format!("{path}?{}", pairs(parameters));
        }
        let message = Message { method: "GET", path, headers, body: String::new() };
        let root = call.protocol.root;
        let read = |body: &[u8]| {
            let document = Document::parse(std::str::from_utf8(body).ok()?).ok()?;
            let element = document.root_element();
            // A page of a proxy is no answer of the service.
            if element.tag_name().name() == root { read(element) } else { None }
        };
        Box::pin(self.exchange(call, &message, read, code)).await
    }
}
