//! What is answered on which path.

use std::sync::Arc;
use std::time::Duration;

use axum::body::HttpBody as _;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use foundation_core::port::clock;
use foundation_core::telemetry::names;

use crate::health::{Component, Health};
use crate::settings::Settings;

/// The one path that needs no token.
const OPEN_PATH: &str = "/healthz";
/// The content type of Prometheus' text format.
const PROMETHEUS_TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

pub(crate) fn router(settings: Arc<Settings>) -> Router {
    let router = Router::new().route("/metrics", get(metrics)).route(OPEN_PATH, get(health)).fallback(unknown_path);
    #[cfg(feature = "studies")]
    let router = match &settings.studies {
        Some(studies) => router.merge(crate::studies::routes(Arc::clone(studies), Arc::clone(&settings))),
        None => router,
    };
    router
        // Around the fallback too: who brings no token does not learn which paths there are.
        .layer(middleware::from_fn_with_state(Arc::clone(&settings), admit))
        .layer(middleware::from_fn_with_state(Arc::clone(&settings), count))
        .with_state(settings)
}

/// Lets in who brings the token and no body.
async fn admit(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Response {
    let mut response = if request.uri().path() != OPEN_PATH && !is_authorized(&settings, request.headers()) {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
        (StatusCode::UNAUTHORIZED, challenge, "bring the token: Authorization: Bearer …\n").into_response()
    } else if !request.body().is_end_stream() && !takes_body(&settings, request.uri().path()) {
        let close = [(header::CONNECTION, "close")];
        (StatusCode::PAYLOAD_TOO_LARGE, close, "no path here takes a body\n").into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Counts the answer by its route, which is one of those in the source, and by its status.
async fn count(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    settings.telemetry.counter(names::HTTP_REQUESTS, &[route, response.status().as_str()]).increment(1);
    response
}

/// Whether a path may take a body; how long, its own handler says.
#[cfg(feature = "studies")]
fn takes_body(settings: &Settings, path: &str) -> bool {
    settings.studies.is_some() && crate::studies::is_at(path)
}

/// Whether a path may take a body.
#[cfg(not(feature = "studies"))]
fn takes_body(_settings: &Settings, _path: &str) -> bool {
    false
}

fn is_authorized(settings: &Settings, headers: &HeaderMap) -> bool {
    let Some(token) = &settings.token else { return true };
    headers.get(header::AUTHORIZATION).is_some_and(|brought| token.is_brought_by(brought.as_bytes()))
}

async fn metrics(State(settings): State<Arc<Settings>>) -> Response {
    let source = Arc::clone(&settings.metrics);
    let text = settings.spawner.spawn_blocking("http-metrics", move || source());
    match in_time(&settings, Duration::ZERO, text).await {
        Some(Ok(text)) => ([(header::CONTENT_TYPE, PROMETHEUS_TEXT)], text).into_response(),
        Some(Err(aborted)) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{aborted}\n")).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, late("the metrics", settings.limits.answer_time)).into_response(),
    }
}

async fn health(State(settings): State<Arc<Settings>>, headers: HeaderMap) -> Response {
    let health = in_time(&settings, Duration::ZERO, (settings.health)()).await.unwrap_or_else(|| {
        Health::of([Component::down("health", late("the components", settings.limits.answer_time))])
    });
    let status = if health.is_up() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health.to_body(is_authorized(&settings, &headers)))).into_response()
}

async fn unknown_path() -> Response {
    let here = if cfg!(feature = "studies") { "/metrics, /healthz and /v1/studies" } else { "/metrics and /healthz" };
    (StatusCode::NOT_FOUND, format!("here are {here}\n")).into_response()
}

/// What `work` answers within the time of an answer and `more`.
pub(crate) async fn in_time<T>(settings: &Settings, more: Duration, work: impl Future<Output = T>) -> Option<T> {
    let end = settings.clock.now() + settings.limits.answer_time + more;
    clock::deadline(settings.clock.as_ref(), end, work).await.ok()
}

fn late(what: &str, after: Duration) -> String {
    format!("no answer from {what} within {} s", after.as_secs_f64())
}
