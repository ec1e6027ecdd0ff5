//! What a later version serves: each address is there, and says with 501 why it does nothing yet.

use crate::http::caller::Person;
use crate::http::problem::{Problem, ProblemView};

const WHY: &str = "the OpenAI-compatible gateway needs API keys with budgets and priority admission, which come with \
                   the model gateway; use POST /api/v1/ask meanwhile";

/// OpenAI-compatible chat completions.
#[utoipa::path(post, path = "/v1/chat/completions", tag = "later",
    responses((status = 501, body = ProblemView), (status = 401, body = ProblemView)))]
pub async fn chat_completions(_: Person) -> Result<(), Problem> {
    std::future::ready(Err(Problem::later(WHY))).await
}

/// OpenAI-compatible embeddings.
#[utoipa::path(post, path = "/v1/embeddings", tag = "later",
    responses((status = 501, body = ProblemView), (status = 401, body = ProblemView)))]
pub async fn embeddings(_: Person) -> Result<(), Problem> {
    std::future::ready(Err(Problem::later(WHY))).await
}

/// OpenAI-compatible list of models.
#[utoipa::path(get, path = "/v1/models", tag = "later",
    responses((status = 501, body = ProblemView), (status = 401, body = ProblemView)))]
pub async fn models(_: Person) -> Result<(), Problem> {
    std::future::ready(Err(Problem::later(WHY))).await
}
