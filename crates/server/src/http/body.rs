//! Bodies and parameters: JSON whose unknown fields are refused by name, ids that are checked at the door.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::http::problem::Problem;

/// A JSON body. Errors name the field and the place.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|error| {
            Problem::new(error.status(), "http.unreadable_body", "the body could not be read to its end")
        })?;
        parsed(&bytes).map(Self)
    }
}

/// Reads JSON that has come.
pub fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if std::str::from_utf8(bytes).is_err() {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "http.bad_encoding", "the body is not UTF-8"));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let code = if error.is_data() { "http.bad_field" } else { "http.bad_json" };
        Problem::new(StatusCode::BAD_REQUEST, code, error.to_string())
    })
}

/// Query parameters; unknown ones are refused by name.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        axum::extract::Query::<T>::try_from_uri(&parts.uri)
            .map(|query| Self(query.0))
            .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "http.bad_parameter", error.body_text()))
    }
}

/// A path parameter of an id type.
#[derive(Debug)]
pub struct Id<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|path| Self(path.0))
            .map_err(|_| Problem::not_found("the address holds something that is not an id"))
    }
}
