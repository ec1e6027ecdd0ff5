//! The page: the built UI, embedded. Every address that is no file of it is the application's own.

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::assets::Ui;
use crate::http::problem::Problem;

/// Serves a file of the UI, or its index for the addresses that the application routes by itself.
pub async fn page(method: Method, uri: Uri) -> Response {
    std::future::ready(serve(&method, uri.path())).await
}

fn serve(method: &Method, path: &str) -> Response {
    if !matches!(*method, Method::GET | Method::HEAD) || path.starts_with("/api/") || path.starts_with("/v1/") {
        return Problem::not_found("there is no such address").into_response();
    }
    let name = path.trim_start_matches('/');
    if let Some(response) = file(name) {
        return response;
    }
    // A missing file of the build is a 404; anything else is a place inside the application.
    if name.starts_with("assets/") {
        return Problem::not_found("there is no such file").into_response();
    }
    file("index.html").unwrap_or_else(|| {
        let text = "The page is not built into this binary. Run bin/up, or build ui/ and then the server.\n";
        (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
    })
}

fn file(name: &str) -> Option<Response> {
    let found = Ui::get(name)?;
    let cache = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = found.data.into_owned().into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    Some(response)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
