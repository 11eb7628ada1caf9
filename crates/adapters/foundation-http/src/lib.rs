//! Operations over HTTP: metrics and health; and with the feature `studies`, studies for workers anywhere.
//!
//! [`OperationsServer`] answers two paths to whoever looks after a program. `/metrics` is the text that a Prometheus server scrapes; `/healthz` is 200
//! where every component is up and 503 where one is not, with the components as JSON. It listens on loopback. An
//! address that other machines can reach is refused unless a [`Token`] is set, which every request but `/healthz` must
//! then bring as `Authorization: Bearer …`; without it `/healthz` says up or down and names no component.
//!
//! Where the metrics' text and the health come from is not known here: [`Settings`] takes a closure for each.
//!
//! ```no_run
//! # use foundation_core::{Result, Spawner, port::clock::Clock};
//! # async fn example(spawner: Spawner, clock: std::sync::Arc<dyn Clock>) -> Result<()> {
//! use std::sync::Arc;
//! use foundation_http::{Address, Component, Health, OperationsServer, Settings};
//!
//! let settings = Settings::new(
//!     Arc::new(|| "restarts_total 0\n".to_owned()),
//!     Arc::new(|| Box::pin(async { Health::of([Component::up("storage")]) })),
//!     spawner,
//!     clock,
//! );
//! let server = OperationsServer::bind(Address::default(), settings).await?;
//! println!("metrics at http://{}/metrics", server.address());
//! server.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # Studies
//! With the feature `studies` and a `mabeam::Studies` in [`Settings`], workers that speak HTTP tune with it. Everything is
//! JSON, and every body says `"version": 1`; a field that is not known is refused.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET /v1/studies` | | the names of all studies |
//! | `POST /v1/studies` | `name`, `space`, and if wanted what stands [below](#a-study) | 201 and the study where it was begun, 200 where it goes on |
//! | `GET /v1/studies/NAME?offset=0&limit=100` | | the study, its best trial and a page of at most 1,000 trials |
//! | `POST /v1/studies/NAME/ask` | `worker`, and if wanted `lease_s` (60) and `wait_s` (0) | a trial on a lease; 204 where there is none in that time; or that the study is finished |
//! | `POST /v1/studies/NAME/renew` | `lease` | whether to go on |
//! | `POST /v1/studies/NAME/report` | `lease`, `step`, `value` | whether to go on |
//! | `POST /v1/studies/NAME/tell` | `lease`, and `value`, or `values` in several objectives, or `failed` | whether it was recorded now, before, or is not needed |
//! | `POST /v1/studies/NAME/release` | `lease` | whether the worker had the trial; it is free at once for the next one |
//! | `POST /v1/studies/NAME/enqueue` | `params` | whether it will be tried now, or was known before |
//!
//! Every request may be repeated: what was done before is answered and not done again. What fails is answered with
//! `code`, `name`, `message` and `advice`, and says whether the same may succeed later (`transient`): 400 for what the
//! request has wrong, 404 for a study or a trial that is not there, 409 for a study that is described otherwise, 410 for
//! a lease that another worker has taken over, 503 for what is not running now.
//!
//! A mistake in a body is told with its place, as in `schedule.rungs[2]`, and with the word that was probably meant. A
//! field that stands twice is a mistake.
//!
//! ## A study
//! The words are those of a study file. `direction` (`maximize`), or `objective` with a list of `name` and `direction`;
//! `seed` (0), `slots` (2), `trials`, `budget`, `time_limit_s`, `max_failures` (2); `sampler` (`tpe`), or `team` with
//! `samplers` or a list of `member` (`sampler`, `name`, `settings`), `allocation` (`second_price`) and `credit` (1,000);
//! `schedule` with `kind` and the keys of that kind, where `reserve` is 0 unless said otherwise; `enqueue` with
//! configurations that are tried first. `space` is written as in a log, with its conditions and constraints. Without
//! `trials` and `budget` there are 100 trials, without `budget` as many epochs as the trials can take.
//!
//! Critics need a judge, a population needs checkpoints, and a program is none of a worker's: `critics`, `exec`, `agents`
//! and the schedule `pbt` are refused by name.
//!
//! ## Reading a study
//! The answer has the number of trials in each state, the best trial by the first objective, and a page of trials by
//! number, from `offset` on; `next` is the offset of the page behind it, null for the last one. With `limit=0` it is a
//! summary alone. `is_front` stands with the trials that no other one beats. An answer costs what its page costs, however
//! many trials there are; a study that is not open is read from its log at the first look, and read on at the next ones.
//!
//! ## Answers that come twice, late, or make no sense
//! Telling the same again is answered `before`, something else 409: the first answer stands. An answer after the end of
//! its lease counts as long as nobody else was given the trial; then it is 410, unless it says the same. A value that is
//! no number has no JSON, so it is 400 and the trial stays open: tell it as `failed`. Of a failure's reason the first
//! 2,048 bytes are kept. One value too many or too few is 400.
//!
//! No page in a browser can speak to these paths: a foreign origin is refused, without a token a host other than
//! loopback too, and a body that is not said to be JSON.
//!
//! # Limits
//! [`Limits`] bounds what a client can take: connections at a time, the size of a request's head and body, the time to
//! send it, the time to answer, how long a worker may wait for a trial, and a connection's age. Only the paths of
//! studies take a body; elsewhere a request that brings one is refused.

mod address;
mod connection;
mod health;
mod routes;
mod server;
mod settings;
#[cfg(feature = "studies")]
mod studies;
mod timer;
mod token;

pub use address::Address;
pub use health::{Component, Health};
pub use server::OperationsServer;
pub use settings::{HealthSource, Limits, Settings, TextSource};
pub use token::Token;
