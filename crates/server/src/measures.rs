//! Measures for Prometheus: counts and times by route and outcome, never by person.

use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Buckets for seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// Installs the recorder once per process and gives the handle that renders the page.
pub fn install() -> Option<PrometheusHandle> {
    static HANDLE: std::sync::OnceLock<Option<PrometheusHandle>> = std::sync::OnceLock::new();
    HANDLE
        .get_or_init(|| {
            PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
                .and_then(PrometheusBuilder::install_recorder)
                .ok()
        })
        .clone()
}

/// Counts a finished request.
pub fn request(route: &str, status: u16, took: Duration) {
    let labels = [("route", route.to_owned()), ("status", status.to_string())];
    metrics::counter!("shuzheng_http_requests_total", &labels).increment(1);
    metrics::histogram!("shuzheng_http_request_seconds", "route" => route.to_owned()).record(took.as_secs_f64());
}

/// Counts a finished question.
pub fn question(scenario: &str, status: &str, took: Duration) {
    let labels = [("scenario", scenario.to_owned()), ("status", status.to_owned())];
    metrics::counter!("shuzheng_questions_total", &labels).increment(1);
    metrics::histogram!("shuzheng_question_seconds", "scenario" => scenario.to_owned()).record(took.as_secs_f64());
}

/// Counts a call of a model, by the names of the OpenTelemetry conventions for generative AI.
pub fn model_call(call: &models::Call) {
    let labels = [("gen_ai_request_model", call.route.clone()), ("gen_ai_response_model", call.model.clone())];
    let outcome = [("route", call.route.clone()), ("outcome", call.outcome.clone())];
    metrics::counter!("shuzheng_model_calls_total", &outcome).increment(1);
    for (kind, tokens) in [("input", call.tokens_in), ("output", call.tokens_out)] {
        let labels = [labels[0].clone(), labels[1].clone(), ("gen_ai_token_type", kind.to_owned())];
        metrics::counter!("gen_ai_client_token_usage_total", &labels).increment(u64::from(tokens));
    }
    let secs = |ms: u32| f64::from(ms) / 1000.0;
    metrics::histogram!("gen_ai_client_operation_duration_seconds", &labels).record(secs(call.total_ms));
    metrics::histogram!("gen_ai_server_time_to_first_token_seconds", &labels).record(secs(call.first_token_ms));
    metrics::histogram!("shuzheng_model_wait_seconds", "route" => call.route.clone()).record(secs(call.wait_ms));
    metrics::counter!("shuzheng_model_energy_milliwatt_hours_total").increment(u64::from(call.energy_mwh));
}

/// Counts something that was turned away at the door.
pub fn turned_away(limit: &str) {
    metrics::counter!("shuzheng_turned_away_total", "limit" => limit.to_owned()).increment(1);
}
