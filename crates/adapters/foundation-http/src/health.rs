//! What `/healthz` says.

use serde::Serialize;

/// The health of the whole: of each component that must be up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// The components, in the order in which they are shown.
    pub components: Vec<Component>,
}

/// The health of one component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// What it is called.
    pub name: String,
    /// Whether it does its work.
    pub up: bool,
    /// What is to be said about it; may be empty.
    pub detail: String,
}

impl Component {
    /// A component that does its work.
    #[must_use]
    pub fn up(name: impl Into<String>) -> Self {
        Self { name: name.into(), up: true, detail: String::new() }
    }

    /// A component that does not, and why.
    #[must_use]
    pub fn down(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self { name: name.into(), up: false, detail: why.into() }
    }
}

impl Health {
    /// The health of these components.
    #[must_use]
    pub fn of(components: impl IntoIterator<Item = Component>) -> Self {
        Self { components: components.into_iter().collect() }
    }

    /// Whether every component is up.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.components.iter().all(|component| component.up)
    }

    /// As JSON, with the components or, for those who may not see them, without.
    pub(crate) fn to_body(&self, with_components: bool) -> Body<'_> {
        let components = with_components.then(|| self.components.iter().map(ComponentBody::from).collect());
        Body { status: Status::from(self.is_up()), components }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Body<'a> {
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    components: Option<Vec<ComponentBody<'a>>>,
}

#[derive(Debug, Serialize)]
struct ComponentBody<'a> {
    name: &'a str,
    status: Status,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Up,
    Down,
}

impl From<bool> for Status {
    fn from(up: bool) -> Self {
        if up { Self::Up } else { Self::Down }
    }
}

impl<'a> From<&'a Component> for ComponentBody<'a> {
    fn from(component: &'a Component) -> Self {
        Self { name: &component.name, status: component.up.into(), detail: &component.detail }
    }
}
