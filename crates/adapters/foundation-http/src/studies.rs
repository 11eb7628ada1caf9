//! Studies over HTTP: workers anywhere ask for trials and tell what they measured.
//!
//! All under `/v1`, all JSON, every body with `"version": 1`. What is behind the paths is a [`Studies`]; here requests
//! are checked and spoken for, and answers written.

mod answer;
mod guard;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use foundation_core::{Code, Error};
use mabeam::Studies;

use crate::routes::in_time;
use crate::settings::Settings;
use answer::{Refused, failed, json};

/// What the paths of studies begin with.
const PREFIX: &str = "/v1/";

/// What the handlers need.
#[derive(Clone)]
struct Desk {
    studies: Arc<dyn Studies>,
    settings: Arc<Settings>,
}

/// Whether a path is one of these.
pub(crate) fn is_at(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// The paths of studies.
pub(crate) fn routes(studies: Arc<dyn Studies>, settings: Arc<Settings>) -> Router<Arc<Settings>> {
    let desk = Desk { studies, settings };
    Router::new()
        .route("/v1/studies", get(list).post(open))
        .route("/v1/studies/{name}", get(show))
        .route("/v1/studies/{name}/ask", post(ask))
        .route("/v1/studies/{name}/renew", post(renew))
        .route("/v1/studies/{name}/report", post(report))
        .route("/v1/studies/{name}/tell", post(tell))
        .route("/v1/studies/{name}/release", post(release))
        .route("/v1/studies/{name}/enqueue", post(enqueue))
        .method_not_allowed_fallback(wrong_method)
        .layer(middleware::from_fn_with_state(desk.clone(), check))
        .with_state(desk)
}

/// Lets a request through that no page in somebody's browser can have made; see [`guard`].
async fn check(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let refused = guard::refusal(request.headers(), desk.settings.token.is_some());
    if let Some(why) = refused {
        return failed(StatusCode::FORBIDDEN, &why);
    }
    if request.method() == Method::POST && !guard::is_json(request.headers()) {
        let why = Error::new(Code::InvalidInput, "the body's content-type is not application/json")
            .advise("send JSON, and say so: content-type: application/json");
        return failed(StatusCode::UNSUPPORTED_MEDIA_TYPE, &why);
    }
    next.run(request).await
}

async fn wrong_method() -> Response {
    let why = Error::new(Code::InvalidInput, "this path does not take that method")
        .advise("studies are read with GET; everything else is a POST");
    failed(StatusCode::METHOD_NOT_ALLOWED, &why)
}

async fn list(State(desk): State<Desk>) -> Response {
    desk.answer(Duration::ZERO, async { Ok(json(&wire::Names::of(desk.studies.names().await?))) }).await
}

async fn open(State(desk): State<Desk>, request: Request) -> Response {
    desk.answer(Duration::ZERO, async {
        let wire::Description { config, enqueue } = desk.read(request).await?;
        let name = config.name.clone();
        let opened = desk.studies.open(config, enqueue).await?;
        let study = desk.studies.summary(&name, 0..0).await?;
        let status = if opened == mabeam::Opened::Begun { StatusCode::CREATED } else { StatusCode::OK };
        Ok((status, json(&wire::Shown::of(&study, 0))).into_response())
    })
    .await
}

async fn show(State(desk): State<Desk>, Path(name): Path<String>, RawQuery(query): RawQuery) -> Response {
    desk.answer(Duration::ZERO, async {
        let page = wire::Page::of(query.as_deref())?;
        let study = desk.studies.summary(&name, page.numbers()).await?;
        Ok(json(&wire::Shown::of(&study, page.offset)))
    })
    .await
}

async fn ask(State(desk): State<Desk>, Path(name): Path<String>, request: Request) -> Response {
    let longest = desk.settings.limits.longest_wait;
    desk.answer(longest, async {
        let asked: wire::Ask = desk.read(request).await?;
        let (length, patience) = asked.spans(longest)?;
        Ok(match desk.studies.ask(&name, &asked.worker, length, patience).await? {
            mabeam::Next::Trial(asked) => json(&wire::Asked::trial(&asked)),
            mabeam::Next::Finished => json(&wire::Asked::finished()),
            mabeam::Next::Nothing => StatusCode::NO_CONTENT.into_response(),
        })
    })
    .await
}

async fn renew(State(desk): State<Desk>, Path(name): Path<String>, request: Request) -> Response {
    desk.answer(Duration::ZERO, async {
        let held: wire::Held = desk.read(request).await?;
        Ok(json(&wire::Heard::of(desk.studies.renew(&name, held.lease).await?)))
    })
    .await
}

async fn report(State(desk): State<Desk>, Path(name): Path<String>, request: Request) -> Response {
    desk.answer(Duration::ZERO, async {
        let said: wire::Report = desk.read(request).await?;
        let course = desk.studies.report(&name, said.lease, said.step, said.value).await?;
        Ok(json(&wire::Heard::of(course)))
    })
    .await
}

async fn tell(State(desk): State<Desk>, Path(name): Path<String>, request: Request) -> Response {
    desk.answer(Duration::ZERO, async {
        let told: wire::Tell = desk.read(request).await?;
        let recorded = desk.studies.tell(&name, told.lease, told.answer).await?;
        Ok(json(&wire::Told::of(recorded)))
    })
    .await
}

async fn release(State(desk): State<Desk>, Path(name): Path<String>, request: Request) -> Response {
    desk.answer(Duration::ZERO, async {
        let held: wire::Held = desk.read(request).await?;
        Ok(json(&wire::Released::of(desk.studies.release(&name, held.lease).await?)))
    })
    .await
}

async fn enqueue(State(desk): State<Desk>, Path(name): Path<String>, request: Request) -> Response {
    desk.answer(Duration::ZERO, async {
        let wanted: wire::Enqueue = desk.read(request).await?;
        Ok(json(&wire::Told::of(desk.studies.enqueue(&name, &wanted.params).await?)))
    })
    .await
}

impl Desk {
    /// Answers within the time that an answer may take, and `more`.
    async fn answer(&self, more: Duration, work: impl Future<Output = Result<Response, Refused>>) -> Response {
        match in_time(&self.settings, more, work).await {
            Some(Ok(response)) => response,
            Some(Err(refused)) => refused.into_response(),
            None => Refused::from(
                Error::new(Code::Timeout, "the studies gave no answer in time")
                    .advise("say it again: saying it twice is harmless"),
            )
            .into_response(),
        }
    }

    /// Reads a body of the version that is known here.
    async fn read<T: wire::Body>(&self, request: Request<Body>) -> Result<T, Refused> {
        let most = self.settings.limits.body_bytes;
        let bytes = axum::body::to_bytes(request.into_body(), most).await.map_err(|error| {
            let what = format!("the body has more than {most} bytes, or broke off");
            let error = Error::new(Code::InvalidInput, what).caused_by(error).advise("send less");
            Refused { status: StatusCode::PAYLOAD_TOO_LARGE, error }
        })?;
        Ok(wire::read(&bytes)?)
    }
}
