//! Answers: what was found as JSON, and what failed as JSON with the status that fits.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use foundation_core::{Code, Error};
use serde::Serialize;

use super::wire::VERSION;

/// Why a request has no answer, and the status that says so.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) status: StatusCode,
    pub(super) error: Error,
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self { status: status(error.code()), error }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        failed(self.status, &self.error)
    }
}

/// What failed, for whoever asked.
#[derive(Debug, Serialize)]
struct Failed<'a> {
    version: u32,
    code: u16,
    name: &'static str,
    message: &'a str,
    advice: &'a str,
    /// Whether the same request may succeed later.
    transient: bool,
}

pub(super) fn json(found: &impl Serialize) -> Response {
    Json(found).into_response()
}

/// An error with a status of its own.
pub(super) fn failed(status: StatusCode, error: &Error) -> Response {
    let body = Failed {
        version: VERSION,
        code: error.code().number(),
        name: error.code().name(),
        message: error.what(),
        advice: error.advice(),
        transient: error.is_transient(),
    };
    let mut response = (status, Json(body)).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, axum::http::HeaderValue::from_static("1"));
    }
    response
}

/// The status that says most about a code.
fn status(code: Code) -> StatusCode {
    match code {
        Code::InvalidInput | Code::InvalidStudy | Code::InvalidConfiguration | Code::UnknownName => {
            StatusCode::BAD_REQUEST
        }
        Code::Encoding | Code::NewerVersion => StatusCode::BAD_REQUEST,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::StudyMismatch | Code::Conflict | Code::Held => StatusCode::CONFLICT,
        Code::LeaseLost => StatusCode::GONE,
        Code::ResourceExhausted
        | Code::Timeout
        | Code::ServiceUnavailable
        | Code::ProcessDown
        | Code::OutcomeUnknown
        | Code::Io => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
