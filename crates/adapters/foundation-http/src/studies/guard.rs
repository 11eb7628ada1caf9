//! Who may speak to a server on loopback that asks for no token.
//!
//! Every page that somebody looks at on this machine can send requests to loopback. A browser tells them apart: it names
//! the page's origin, it names the host that the page believes to speak to (a name of the attacker's that was made to
//! lead to loopback), and it sends no JSON to another origin without asking first. So a request is refused that names a
//! foreign origin, or a host that is not this machine, or that is no JSON. With a token, which no page can know, the
//! host does not matter.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};
use foundation_core::{Code, Error};

/// Why a request is refused.
pub(super) fn refusal(headers: &HeaderMap, has_token: bool) -> Option<Error> {
    let text = |name| headers.get(name).map(|value: &axum::http::HeaderValue| value.to_str().unwrap_or("?"));
    let host = text(header::HOST).unwrap_or("");
    if !has_token && !is_here(host) {
        let what = format!("the request is for the host `{}`, which is not this machine", shown(host));
        return Some(
            Error::new(Code::PermissionDenied, what).advise("speak to 127.0.0.1 or localhost, or set a token"),
        );
    }
    let origin = text(header::ORIGIN)?;
    let authority = origin.split_once("://").map_or("", |(_, authority)| authority);
    if !authority.is_empty() && authority.eq_ignore_ascii_case(host) {
        return None;
    }
    let what = format!("the request comes from a page of `{}`", shown(origin));
    Some(Error::new(Code::PermissionDenied, what).advise("no page of another origin may speak to this server"))
}

/// Whether a body says that it is JSON.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let said = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    said.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json")
}

/// Whether the value of a `Host` header is this machine's loopback.
fn is_here(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or("", |(name, _)| name),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
}

/// What a client wrote, cut to what a message can bear.
fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests;
