//! From a scenario's template to the two messages a chat model is given.
//!
//! Passages go in as numbered tokens `[1]`, `[2]`: the model never sees an address, an id or a raw name.

use minijinja::{Environment, context};

use crate::{DraftRequest, Error};

/// The most steps of one part of a template: a hundred passages take some two thousand.
const FUEL: u64 = 200_000;

/// The messages for a chat model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Messages {
    /// What the platform says.
    pub system: String,
    /// The question with its passages.
    pub user: String,
}

/// Checks that a template parses and has both parts.
pub fn check_template(scenario: &str, template: &str) -> Result<(), Error> {
    let (system, user) = split(scenario, template)?;
    let environment = Environment::new();
    for part in [system, user] {
        environment.template_from_str(part).map_err(|error| bad(scenario, error))?;
    }
    Ok(())
}

/// Renders the template of a request.
pub fn render(request: &DraftRequest<'_>) -> Result<Messages, Error> {
    let (system, user) = split(request.scenario, request.template)?;
    let mut environment = Environment::new();
    // A template that loops ends with an error.
    environment.set_fuel(Some(FUEL));
    let passages: Vec<_> = request
        .evidence
        .iter()
        .map(|e| context! { n => e.n, document => &e.document, label => &e.label, path => e.path.join(" "), text => &e.text })
        .collect();
    let values = context! {
        question => request.prompt.text(),
        passages => passages,
        as_of => request.as_of.to_string(),
    };
    let part = |text: &str| environment.render_str(text, &values).map_err(|error| bad(request.scenario, error));
    Ok(Messages { system: part(system)?, user: part(user)? })
}

fn bad(scenario: &str, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::BadPrompt { scenario: scenario.to_owned(), source: Box::new(error) }
}

/// The text after `# system` and the text after `# user`.
fn split<'t>(scenario: &str, template: &'t str) -> Result<(&'t str, &'t str), Error> {
    let missing = || bad(scenario, std::io::Error::other("the template needs a `# system` and a `# user` part"));
    let (_, rest) = template.split_once("# system\n").ok_or_else(missing)?;
    let (system, user) = rest.split_once("\n# user\n").ok_or_else(missing)?;
    Ok((system.trim(), user.trim()))
}
