//! Watching: what the stages saw, put before the security officer as events and incidents. Names and ids only.

use assistant::{Run, RunStatus};
use egress::{CallOutcome, CallRecord};
use identity::{Denied, permit::Missing};
use security::{Opening, Outcome, Security, Sighting, Stage};

/// So many refusals at the door out, of one place, between two restarts, are an incident.
const EGRESS_REFUSALS: u32 = 5;

/// Notes what the guard saw on a run's way, and what waits for a person.
pub async fn run(security: &Security, caller: &str, run: &Run) {
    let see = |stage, rule: &str, category: &str, outcome| {
        security.saw(Sighting {
            stage,
            rule: rule.to_owned(),
            category: category.to_owned(),
            outcome,
            caller: caller.to_owned(),
            subject: run.id.to_string(),
        });
    };
    for seen in &run.seen {
        let stage = if seen.in_answer { Stage::Output } else { Stage::Input };
        let outcome = match seen.action {
            guard::Action::Observe => Outcome::Observed,
            guard::Action::Review => Outcome::Held,
            guard::Action::Block => Outcome::Blocked,
        };
        see(stage, &seen.rule, &seen.category, outcome);
    }
    if run.status == RunStatus::InReview {
        see(Stage::Review, "review.requested", run.scenario.as_str(), Outcome::Held);
    }
    let leaked = run.seen.iter().any(|seen| seen.rule == "leak.canary" && seen.action == guard::Action::Block);
    if leaked && let Err(error) = security.open_incident(Opening::new("canary", run.id.as_str())).await {
        tracing::error!(code = kernel::Fault::code(&error), "an incident could not be opened");
    }
}

/// Notes what the guard stopped of a program's text on its way to a model.
pub fn stopped(security: &Security, caller: &str, refusal: &guard::Refusal, route: &str) {
    let see = |rule: &str, category: &str| {
        security.saw(Sighting {
            stage: Stage::Input,
            rule: rule.to_owned(),
            category: category.to_owned(),
            outcome: Outcome::Blocked,
            caller: caller.to_owned(),
            subject: format!("route:{route}"),
        });
    };
    for finding in &refusal.findings {
        see(&finding.rule, &finding.kind);
    }
    if refusal.findings.is_empty() {
        see(refusal.code.as_str(), refusal.code.as_str());
    }
}

/// Notes what the guard stopped of an answer to a program by a route. Other ends of a call are none of its business.
pub fn answer_stopped(security: &Security, call: &models::Call) {
    if call.outcome != "models.answer_stopped" {
        return;
    }
    let see = |rule: &str, category: &str| {
        security.saw(Sighting {
            stage: Stage::Output,
            rule: rule.to_owned(),
            category: category.to_owned(),
            outcome: Outcome::Blocked,
            caller: call.actor.clone(),
            subject: format!("route:{}", call.route),
        });
    };
    for by in &call.stopped_by {
        see(&by.rule, &by.category);
    }
    if call.stopped_by.is_empty() {
        see("models.answer_stopped", "output");
    }
}

/// Notes a permit that the fence refused. What a role lacks is no event: somebody tried a closed door.
pub fn denied(security: &Security, caller: &str, denied: &Denied) {
    let (rule, category) = match &denied.missing {
        Missing::Fence { policies, zone } => {
            (policies.first().map_or("fence.nothing_permits", String::as_str), zone.as_str())
        }
        Missing::Region { .. } => ("place.region", "region"),
        Missing::Department => ("place.department", "department"),
        Missing::Level { .. } => ("level", "level"),
        Missing::Login | Missing::PasswordChange | Missing::Role { .. } | Missing::OtherPermit { .. } => return,
    };
    security.saw(Sighting {
        stage: Stage::Fence,
        rule: rule.to_owned(),
        category: category.to_owned(),
        outcome: Outcome::Blocked,
        caller: caller.to_owned(),
        subject: denied.scope.clone(),
    });
}

/// Notes a call that was refused at the door out; many of one place are an incident.
pub async fn egress(security: &Security, call: &CallRecord, refusals: &mut std::collections::HashMap<String, u32>) {
    let CallOutcome::Refused { code } = call.outcome else { return };
    security.saw(Sighting {
        stage: Stage::Egress,
        rule: code.to_owned(),
        category: call.purpose.as_str().to_owned(),
        outcome: Outcome::Blocked,
        caller: "platform".to_owned(),
        subject: call.place.clone(),
    });
    if refusals.len() > 1_000 {
        refusals.clear();
    }
    let count = refusals.entry(call.place.clone()).or_insert(0);
    *count += 1;
    if *count == EGRESS_REFUSALS {
        *count = 0;
        if let Err(error) = security.open_incident(Opening::new("egress", &call.place)).await {
            tracing::error!(code = kernel::Fault::code(&error), "an incident could not be opened");
        }
    }
}

/// Looks for personal data in a body that is to leave. Of JSON only texts and names are looked at: a number is no
/// identity card.
#[must_use]
pub fn personal_data(body: &[u8]) -> Vec<String> {
    // Those that have a form of their own. Names and addresses stand in every law; a draft's question has placeholders.
    let kinds = vec![
        guard::Kind::BankCard,
        guard::Kind::HkMoTwPermit,
        guard::Kind::IdCard,
        guard::Kind::MedicalRecord,
        guard::Kind::Mobile,
        guard::Kind::Passport,
        guard::Kind::SocialSecurity,
    ];
    let options = guard::Options { kinds, min_score: 0.8, ..guard::Options::default() };
    let mut texts = Vec::new();
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(value) => collect(value, &mut texts),
        Err(_) => texts.push(String::from_utf8_lossy(body).into_owned()),
    }
    let found = texts.iter().flat_map(|text| guard::find_personal_data(text, &options));
    let kinds: std::collections::BTreeSet<String> = found.map(|finding| finding.kind).collect();
    kinds.into_iter().collect()
}

fn collect(value: serde_json::Value, texts: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => texts.push(text),
        serde_json::Value::Array(values) => values.into_iter().for_each(|value| collect(value, texts)),
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                // Letters alone are no number of anybody, and every body has dozens of such names.
                if !name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_') {
                    texts.push(name);
                }
                collect(value, texts);
            }
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::personal_data;

    #[test]
    fn personal_data_is_found_in_texts_and_not_in_numbers() {
        assert_eq!(personal_data("{\"messages\":[{\"content\":\"电话13800138000\"}]}".as_bytes()), ["mobile"]);
        assert_eq!(personal_data(br#"{"messages":[{"content":"\u624b\u673a13800138000"}]}"#), ["mobile"]);
        assert!(personal_data(br#"{"seed":13800138000,"max_tokens":2048}"#).is_empty());
        assert_eq!(personal_data("{\"properties\":{\"手机13800138000\":{}}}".as_bytes()), ["mobile"]);
        assert!(personal_data("试用期不得超过六个月。".as_bytes()).is_empty());
        assert_eq!(personal_data("手机 13800138000".as_bytes()), ["mobile"]);
    }
}
