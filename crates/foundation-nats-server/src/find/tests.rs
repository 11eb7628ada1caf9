use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use super::find_in;
use crate::ServerError;

#[test]
fn the_named_one_comes_first_then_the_path_then_the_installed_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let place = |name: &str| {
        let place = root.join(name);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(&place, "").unwrap();
        place
    };
    let (named, on_path, installed) =
        (place("named"), place("bin/nats-server"), place("target/tools/nats-server/bin/nats-server"));
    let inside = [root.join("elsewhere"), root.join("crates/some")];
    let path = on_path.parent().unwrap();
    let nowhere = Path::new(OsStr::new(""));
    assert_eq!(find_in(Some(named.clone()), path, &inside).unwrap(), named);
    assert_eq!(find_in(None, path, &inside).unwrap(), on_path);
    assert_eq!(find_in(None, nowhere, &inside).unwrap(), installed);
}

#[test]
fn a_wrong_name_is_not_replaced_by_another_server() {
    let folder = tempfile::tempdir().unwrap();
    let tools = folder.path().join("target/tools/nats-server/bin");
    fs::create_dir_all(&tools).unwrap();
    fs::write(tools.join("nats-server"), "").unwrap();
    let wrong = folder.path().join("gone");
    let error = find_in(Some(wrong.clone()), Path::new(""), &[folder.path().to_owned()]).unwrap_err();
    assert!(matches!(&error, ServerError::Missing { looked } if looked.contains(&wrong.display().to_string())));
    assert!(error.to_string().contains("cargo xtask doctor --install nats-server"));
}
