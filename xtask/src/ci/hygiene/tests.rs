use super::*;

/// Puts a path together, so that this file does not hold one.
fn path(parts: &[&str]) -> String {
    parts.iter().map(|part| format!("/{part}")).collect()
}

#[test]
fn a_path_of_a_machine_is_found() {
    for parts in [["home", "eve", "x"], ["root", "target", "x"], ["Users", "eve", "x"]] {
        for line in [path(&parts), format!("see `{}`", path(&parts)), format!("\"{}\"", path(&parts))] {
            assert!(trace(&line, "/nowhere").is_some(), "{line}");
        }
    }
    let here = path(&["builds", "eve", "tree"]);
    assert!(trace(&format!("at {here}/src"), &here).is_some());
}

#[test]
fn a_registry_host_is_found() {
    let host = ["static.crates", "io"].join(".");
    assert!(trace(&format!("get it from https://{host}/"), "/nowhere").is_some());
}

#[test]
fn other_paths_are_let_be() {
    for line in [
        format!("crates{}", path(&["home", "x"])),
        format!("https://host{}", path(&["home", "x"])),
        "/usr/bin/env bash".to_owned(),
        "/metrics and /healthz".to_owned(),
        "a root/or a home/is no path".to_owned(),
        "crates of any kind".to_owned(),
    ] {
        assert_eq!(trace(&line, "/src"), None, "{line}");
    }
}
