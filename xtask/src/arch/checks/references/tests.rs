use super::*;

fn test(krate: &'static str, is_integration: bool, file: &'static str, path: &str) -> Test<'static> {
    Test { krate, is_integration, file, path: path.split("::").map(str::to_owned).collect() }
}

fn tests() -> Tests<'static> {
    Tests {
        tests: vec![
            test("core", true, "crates/core/tests/it/process/mail.rs", "process::mail::overflow_waits"),
            test("core", false, "crates/core/src/process/tests.rs", "process::tests::counts"),
            test("memory", true, "crates/memory/tests/it/key_value.rs", "key_value::*"),
        ],
        cases: vec!["writes_are_read"],
    }
}

#[test]
fn what_is_there_is_found() {
    for reference in [
        "core::it process::mail::overflow_waits",
        "core::it process::mail::overflow_*",
        "core::it process::mail::*",
        "mail::overflow_waits",
        "overflow_waits",
        "core process::tests::counts",
        "crates/core/tests/it/process/mail.rs::overflow_waits",
        "memory::it key_value::writes_are_read",
        "memory::it key_value::*",
        "writes_are_read",
        "cargo xtask chaos kill9 --kills 20",
    ] {
        assert_eq!(tests().resolve(reference), Ok(()), "{reference}");
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    for reference in [
        "core::it process::mail::overflow_drops",
        "core::it process::mail::under*",
        "core::it supervisor::mail::overflow_waits",
        "core process::mail::overflow_waits",
        "core::it process::tests::counts",
        "sled::it process::mail::overflow_waits",
        "crates/core/src/process/tests.rs::overflow_waits",
        "memory::it key_value::writes_are_lost",
        "core::it key_value::writes_are_read",
        "writes_are_lost",
        "cargo xtask choas kill9",
        "",
    ] {
        assert!(tests().resolve(reference).is_err(), "{reference}");
    }
}

#[test]
fn a_file_is_a_module() {
    for (path, expected) in [
        ("tests/it/main.rs", ""),
        ("src/strategy/tests/schedules.rs", "strategy::tests::schedules"),
        ("tests/it/process/mail.rs", "process::mail"),
        ("tests/it.rs", ""),
        ("src/process/tests.rs", "process::tests"),
        ("src/process.rs", "process::tests"),
        ("src/lib.rs", "tests"),
    ] {
        assert_eq!(modules_of(path).join("::"), expected, "{path}");
    }
}
