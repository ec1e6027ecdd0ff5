//! The further files of a scenario's folder: lists and rules that are data.

use std::collections::BTreeMap;
use std::sync::Arc;

use entitlement::{Calculators, Fields};

use crate::Error;
use crate::consultation::Consultation;

/// What a scenario's folder holds besides its record and prompt.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parts {
    /// `fields.toml`: the fields of enterprises, for the flow `match`.
    pub fields: Option<Arc<Fields>>,
    /// `rules.toml`: the calculators.
    pub calculators: Option<Arc<Calculators>>,
    /// `consultation.toml`: facts that are asked back, plain words, signs of a next step.
    pub consultation: Option<Arc<Consultation>>,
}

impl Parts {
    /// Reads what is there.
    pub(crate) fn read(folder: &str, files: &BTreeMap<String, String>) -> Result<Self, Error> {
        let bad = |name: &str, problem: &dyn std::fmt::Display| Error::BadScenario {
            file: format!("scenarios/{folder}/{name}"),
            problem: problem.to_string().trim_end().to_owned(),
        };
        let fields = files.get("fields.toml").map(|text| Fields::parse(text)).transpose();
        let calculators = files.get("rules.toml").map(|text| Calculators::parse(text)).transpose();
        let consultation = files.get("consultation.toml").map(|text| Consultation::parse(text)).transpose();
        Ok(Self {
            consultation: consultation.map_err(|error| bad("consultation.toml", &error))?.map(Arc::new),
            fields: fields.map_err(|error| bad("fields.toml", &error))?.map(Arc::new),
            calculators: calculators.map_err(|error| bad("rules.toml", &error))?.map(Arc::new),
        })
    }
}
