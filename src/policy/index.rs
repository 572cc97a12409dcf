//! Which statements of a policy can be about a service: policies speak of many, a request of one.

use super::document::Statement;

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
            match services(statement) {
                None => index.any.push(place),
                Some(services) => services.into_iter().for_each(|service| index.add(service, place)),
            }
        }
        index
    }

    fn add(&mut self, service: Box<str>, place: usize) {
        match self.services.iter_mut().find(|row| row.0 == service) {
            Some((_, places)) if places.last() == Some(&place) => {}
            Some((_, places)) => places.push(place),
            None => self.services.push((service, vec![place])),
        }
    }

    /// The places of all statements that can be about `service`, which is in lower case.
    pub(super) fn places(&self, service: &str) -> impl Iterator<Item = usize> {
        let own = self.services.iter().find(|row| &*row.0 == service).map_or(&[][..], |row| &row.1);
        self.any.iter().chain(own).copied()
    }
}

/// The services of a statement's actions; `None` if it may be about any.
fn services(statement: &Statement) -> Option<Vec<Box<str>>> {
    if statement.broken || statement.actions.negated {
        return None;
    }
    let service = |text: &str| {
        let (service, _) = text.split_once(':')?;
        (!service.contains(['*', '?'])).then(|| service.to_lowercase().into())
    };
    statement.actions.patterns.iter().map(|pattern| service(pattern.text())).collect()
}
