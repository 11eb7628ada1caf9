use super::*;

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, mode) in [("run", 0o755), ("data", 0o644)] {
        let path = folder.path().join(name);
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    folder
}

#[test]
fn a_name_is_searched_and_a_path_is_seen_from_the_directory() {
    let folder = folder();
    let search = std::env::join_paths([Path::new("/nowhere"), folder.path()]).unwrap();
    let here = Path::new("/");
    assert_eq!(find("run", here, Some(&search)).unwrap(), folder.path().join("run"));
    assert_eq!(find("./run", folder.path(), None).unwrap(), folder.path().join("run"));
    let full = folder.path().join("run");
    assert_eq!(find(full.to_str().unwrap(), here, None).unwrap(), full);
}

#[test]
fn what_is_missing_or_no_program_is_told() {
    let folder = folder();
    let code = |program: &str| find(program, folder.path(), Some(folder.path().as_os_str())).unwrap_err().code();
    assert_eq!(code("no-such"), Code::UnknownName);
    assert_eq!(code("./no-such"), Code::UnknownName);
    assert_eq!(code(""), Code::UnknownName);
    assert_eq!(code("./data"), Code::PermissionDenied);
    assert_eq!(code("data"), Code::UnknownName);
    assert_eq!(code("./"), Code::PermissionDenied);
}
