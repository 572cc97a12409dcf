//! Which statements of a policy can be about a service: policies speak of many, a request of one.

use super::document::Statement;
use super::pattern::Pattern;

/// The places of statements by the service of their actions.
#[derive(Debug, Default)]
pub struct ServiceIndex {
    /// Statements that may be about any service.
    any: Vec<usize>,
    /// The others, by service in lower case.
    services: Vec<(Box<str>, Vec<usize>)>,
}

impl ServiceIndex {
    pub(super) fn new(statements: &[Statement]) -> Self {
        let mut index = Self::default();
        for (place, statement) in statements.iter().enumerate() {
            if services(statement).all(|service| service.is_some()) {
                services(statement).flatten().for_each(|service| index.add(service, place));
            } else {
                index.any.push(place);
            }
        }
        index
    }

    fn add(&mut self, service: &str, place: usize) {
        match self.services.iter_mut().find(|row| &*row.0 == service) {
            Some((_, places)) if places.last() == Some(&place) => {}
            Some((_, places)) => places.push(place),
            None => self.services.push((service.into(), vec![place])),
        }
    }

    /// The places of all statements that can be about `service`, which is in lower case.
    pub(super) fn places(&self, service: &str) -> impl Iterator<Item = usize> {
        let own = self.services.iter().find(|row| &*row.0 == service).map_or(&[][..], |row| &row.1);
        self.any.iter().chain(own).copied()
    }
}

/// The service of each of a statement's actions; `None` for one that may be about any.
fn services(statement: &Statement) -> impl Iterator<Item = Option<&str>> {
    let any = statement.broken || statement.actions.negated;
    any.then_some(None).into_iter().chain(statement.actions.patterns.iter().map(service))
}

fn service(action: &Pattern) -> Option<&str> {
    let text = action.own();
    let end = text.bytes().position(|byte| matches!(byte, b':' | b'*' | b'?'))?;
    let (service, rest) = text.split_at_checked(end)?;
    rest.starts_with(':').then_some(service)
}
