//! The guard's test box: a security officer tries the rules on a text of one's own. Nothing of it is kept or logged.

use axum::extract::State;
use identity::{Action, Cx, Scope};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::App;
use crate::http::body::Json;
use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};
use crate::views::test_box::{DeidentifiedView, RiskView, ScreenedView, VerifiedView};

/// The longest text of a test.
const MAX_CHARS: usize = 20_000;

/// A text to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TextBody {
    /// The text, at most 20,000 characters.
    text: String,
}

/// A text to screen.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScreenBody {
    /// What somebody enters.
    text: String,
    /// A text it comes with: pasted, uploaded or retrieved.
    #[serde(default)]
    context: Option<String>,
}

/// An answer to verify.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyBody {
    /// The answer.
    answer: String,
    /// The passages it must rest on.
    evidence: Vec<String>,
}

/// Whether the caller may test, and the texts are short enough for an answer at once.
fn admit<'t>(cx: &Cx, texts: impl IntoIterator<Item = &'t str>) -> Result<(), Problem> {
    cx.permit(Action::TestGuard, &Scope::Platform).map(drop)?;
    let chars: usize = texts.into_iter().map(|text| text.chars().count()).sum();
    if chars > MAX_CHARS {
        return Err(Problem::invalid(format!("the texts have {chars} characters, {MAX_CHARS} are allowed")));
    }
    Ok(())
}

/// Find and replace personal data in a text.
#[utoipa::path(post, path = "/api/v1/guard/deidentify", tag = "guard", request_body = TextBody,
    responses((status = 200, body = DeidentifiedView), (status = "4XX", body = ProblemView)))]
pub async fn deidentify(
    Person(cx): Person,
    Json(body): Json<TextBody>,
) -> Result<axum::Json<DeidentifiedView>, Problem> {
    admit(&cx, [body.text.as_str()])?;
    let options = guard::Options { today: Some(cx.now().date()), ..guard::Options::default() };
    let done = guard::deidentify(&body.text, &options);
    Ok(axum::Json(DeidentifiedView::of(done.text, guard::with_values(&body.text, done.findings))))
}

/// Screen a text that somebody might enter.
#[utoipa::path(post, path = "/api/v1/guard/screen", tag = "guard", request_body = ScreenBody,
    responses((status = 200, body = ScreenedView), (status = "4XX", body = ProblemView)))]
pub async fn screen(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<ScreenBody>,
) -> Result<axum::Json<ScreenedView>, Problem> {
    admit(&cx, [body.text.as_str()].into_iter().chain(body.context.as_deref()))?;
    Ok(axum::Json(app.platform.security.tuning().screen(&body.text, body.context.as_deref()).into()))
}

/// Sort a model's output into the 31 risks of GB/T 45654.
#[utoipa::path(post, path = "/api/v1/guard/risk", tag = "guard", request_body = TextBody,
    responses((status = 200, body = RiskView), (status = "4XX", body = ProblemView)))]
pub async fn risk(
    State(app): State<App>,
    Person(cx): Person,
    Json(body): Json<TextBody>,
) -> Result<axum::Json<RiskView>, Problem> {
    admit(&cx, [body.text.as_str()])?;
    Ok(axum::Json(app.platform.security.tuning().risk(&body.text).into()))
}

/// Verify every statement of an answer against passages.
#[utoipa::path(post, path = "/api/v1/guard/verify", tag = "guard", request_body = VerifyBody,
    responses((status = 200, body = VerifiedView), (status = "4XX", body = ProblemView)))]
pub async fn verify(Person(cx): Person, Json(body): Json<VerifyBody>) -> Result<axum::Json<VerifiedView>, Problem> {
    let evidence: Vec<&str> = body.evidence.iter().map(String::as_str).collect();
    admit(&cx, [body.answer.as_str()].into_iter().chain(evidence.iter().copied()))?;
    Ok(axum::Json(guard::verify(&body.answer, &evidence).into()))
}
