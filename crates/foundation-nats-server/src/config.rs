//! The server's configuration file. Its format takes JSON, so a path or a token needs no quoting rules of its own.

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::settings::{Access, ServerSettings};

/// A user for the questions of this crate, where clients have to sign.
pub(crate) const PROBE_USER: &str = "foundation-probe";

/// A server's place among others.
#[derive(Clone, Debug)]
pub(crate) struct Routes {
    pub(crate) port: u16,
    pub(crate) others: Vec<u16>,
}

/// What the file says.
pub(crate) fn config(
    name: &str,
    settings: &ServerSettings,
    folder: &Path,
    port: Option<u16>,
    probe_password: &str,
    routes: Option<&Routes>,
) -> Value {
    let mut root = Map::new();
    let mut set = |key: &str, value: Value| root.insert(key.to_owned(), value);
    set("server_name", json!(name));
    set("host", json!("127.0.0.1"));
    // -1: the system chooses; the file in `ports` says which.
    set("port", port.map_or(json!(-1), |port| json!(port)));
    set("http", json!("127.0.0.1:-1"));
    set("ports_file_dir", json!(folder.join("ports")));
    let mut jetstream = json!({ "store_dir": folder.join("store") });
    if settings.sync_always {
        jetstream["sync_interval"] = json!("always");
    }
    set("jetstream", jetstream);
    if let Some(bytes) = settings.max_payload {
        set("max_payload", json!(bytes));
    }
    match &settings.access {
        Access::Open => {}
        Access::Token(token) => drop(set("authorization", json!({ "token": token }))),
        Access::Nkey(public) => {
            let users = json!([{ "nkey": public }, { "user": PROBE_USER, "password": probe_password }]);
            set("authorization", json!({ "users": users }));
        }
    }
    if let Some(files) = &settings.tls {
        let mut tls = json!({ "cert_file": files.certificate, "key_file": files.key });
        if let Some(authority) = &files.clients {
            tls["ca_file"] = json!(authority);
            tls["verify"] = json!(true);
        }
        set("tls", tls);
    }
    if let Some(routes) = routes {
        let others: Vec<String> = routes.others.iter().map(|port| format!("nats://127.0.0.1:{port}")).collect();
        set(
            "cluster",
            json!({ "name": "foundation", "listen": format!("127.0.0.1:{}", routes.port), "routes": others }),
        );
    }
    Value::Object(root)
}
