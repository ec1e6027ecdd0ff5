//! Entitlements through the front door: the shipped fields, rules and sample policies.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and reads the samples"
)]

mod calculations;
mod laws;
mod matching;
mod proposals;
mod tables;

use entitlement::{Calculators, EnterprisePolicy, Fields, Proposal, Source, SourceArticle, propose};
use kernel::{Date, Region};

pub(crate) fn fields() -> Fields {
    Fields::parse(include_str!("../../../../scenarios/enterprise_policies/fields.toml")).unwrap()
}

pub(crate) fn calculators() -> Calculators {
    Calculators::parse(include_str!("../../../../scenarios/provident_fund/rules.toml")).unwrap()
}

pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A sample document of the demo agency, decomposed.
pub(crate) fn sample(name: &str) -> Proposal {
    let path = format!("{}/../../demo/enterprise-policies/{name}.md", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    let (document, defects) = documents::read(&format!("{name}.md"), &bytes, &documents::Limits::default());
    assert!(defects.iter().all(|defect| !defect.is_fatal()), "{defects:?}");
    let source = Source {
        title: document.title.clone(),
        region: Some(Region::parse("510100").unwrap()),
        articles: document
            .articles
            .iter()
            .map(|article| SourceArticle {
                article_id: None,
                label: article.label.clone(),
                path: article.path.clone(),
                text: article.text.clone(),
            })
            .collect(),
        ..Source::default()
    };
    propose(&fields(), &source)
}

pub(crate) const TECHNOLOGY: &str = "锦城市支持科技型企业创新发展若干措施（示例）";
pub(crate) const JOBS: &str = "锦城市促进中小微企业稳岗扩岗实施办法（示例）";
pub(crate) const INDUSTRY: &str = "锦城市推动制造业高质量发展支持政策（示例）";
pub(crate) const FINANCE: &str = "锦城市金融支持小微企业和个体工商户措施（示例）";

/// All sample policies, numbered.
pub(crate) fn policies() -> Vec<EnterprisePolicy> {
    let all = [TECHNOLOGY, JOBS, INDUSTRY, FINANCE].into_iter().flat_map(|name| sample(name).policies);
    all.enumerate().map(|(at, policy)| EnterprisePolicy { id: format!("p{at:02}"), ..policy }).collect()
}

/// A policy and what was read of it, a line for each part.
pub(crate) fn shown(policy: &EnterprisePolicy) -> String {
    let fields = fields();
    let mut out = format!("{} [{}] {:?}", policy.title, policy.theme, policy.benefit.kind);
    for (name, figure) in
        [("amount", policy.benefit.amount), ("rate", policy.benefit.rate), ("cap", policy.benefit.cap)]
    {
        if let Some(figure) = figure {
            out += &format!(" {name}={figure}");
        }
    }
    if let Some(base) = &policy.benefit.base {
        out += &format!(" of {base}");
    }
    out += "\n";
    for condition in &policy.conditions {
        match (&condition.field, &condition.operator, &condition.value) {
            (Some(field), Some(operator), Some(value)) => {
                assert!(fields.get(field).is_some(), "{field}");
                out += &format!("  {} {field} {operator:?} {value}\n", condition.group);
            }
            _ => out += &format!("  {} person: {}\n", condition.group, condition.evidence.quote),
        }
    }
    out
}
