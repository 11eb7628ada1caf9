//! Each check on a small workspace that keeps every invariant, and on one that breaks it in one place.

mod fixture;

use fixture::Fixture;

#[test]
fn the_fixture_breaks_nothing() {
    let tree = Fixture::new();
    for check in super::CHECKS {
        let found = tree.findings(check.id);
        assert!(found.is_empty(), "{}: {found:?}", check.id);
    }
}

/// Breaks the fixture with `break_it` and expects `check` to find it at `place`, with a message that says `why`.
#[track_caller]
fn assert_found(check: &str, place: &str, why: &str, break_it: impl FnOnce(&Fixture)) {
    let tree = Fixture::new();
    break_it(&tree);
    let found = tree.findings(check);
    assert!(
        found.iter().any(|(at, message)| at == place && message.contains(why)),
        "expected {place}: …{why}…, found {found:?}"
    );
}

const CORE: &str = "crates/foundation-core/src/lib.rs";
const CORE_TOML: &str = "crates/foundation-core/Cargo.toml";
const MABEAM_TOML: &str = "crates/mabeam/Cargo.toml";

#[test]
fn edges_against_the_hexagon_are_found() {
    let against = [
        ("crates/foundation-core", "foundation-infra"),
        ("crates/foundation-infra", "foundation-sled"),
        ("crates/mabeam", "foundation-memory"),
        ("crates/adapters/foundation-sled", "foundation-memory"),
        ("crates/adapters/foundation-sled", "mabeam"),
        ("crates/adapters/foundation-http", "foundation-sled"),
        ("crates/adapters/mabeam-exec", "foundation-sled"),
        ("crates/adapters/mabeam-exec", "foundation-infra"),
        ("crates/foundation-testkit", "foundation-sled"),
    ];
    for (from, to) in against {
        let tree = Fixture::new();
        if from == "crates/foundation-core" {
            // Cargo refuses cycles before any check sees them.
            tree.replace("crates/foundation-infra/Cargo.toml", "foundation-core.workspace = true\n", "");
            tree.replace(MABEAM_TOML, "foundation-infra.workspace = true\n", "");
        }
        let manifest = format!("{from}/Cargo.toml");
        tree.replace(&manifest, "[dependencies]\n", &format!("[dependencies]\n{to}.workspace = true\n"));
        let found = tree.findings("edges");
        let line = tree.line_of(&manifest, to);
        assert!(
            found.iter().any(|(at, message)| *at == format!("{manifest}:{line}") && message.contains(to)),
            "{from} → {to}: {found:?}"
        );
    }
}

#[test]
fn a_test_may_use_the_memory_adapter_and_no_other() {
    let manifest = "crates/adapters/foundation-http/Cargo.toml";
    let dev = |to: &str| format!("[dev-dependencies]\n{to}.workspace = true\n[lints]");
    let tree = Fixture::new();
    tree.replace(manifest, "[lints]", &dev("foundation-memory"));
    assert_eq!(tree.findings("edges"), []);
    let tree = Fixture::new();
    tree.replace(manifest, "[lints]", &dev("foundation-sled"));
    assert_eq!(tree.findings("edges").len(), 1);
}

#[test]
fn http_and_what_is_named_mabeam_may_know_mabeam() {
    for folder in ["crates/adapters/foundation-http", "crates/adapters/mabeam-exec"] {
        let tree = Fixture::new();
        let manifest = format!("{folder}/Cargo.toml");
        tree.replace(&manifest, "[dependencies]\n", "[dependencies]\nmabeam.workspace = true\n");
        assert_eq!(tree.findings("edges"), [], "{folder}");
    }
}

#[test]
fn engines_are_found_directly_and_through_others() {
    assert_found("engines", &format!("{CORE_TOML}:10"), "foundation-core → sled", |tree| {
        tree.replace(CORE_TOML, "[dependencies]\n", "[dependencies]\nsled.workspace = true\n");
    });
    assert_found("engines", &format!("{MABEAM_TOML}:10"), "mabeam → wrapper → sled", |tree| {
        tree.replace(MABEAM_TOML, "[dependencies]\n", "[dependencies]\nwrapper.workspace = true\n");
    });
    assert_found("engines", &format!("{MABEAM_TOML}:10"), "mabeam → tokio", |tree| {
        tree.replace(MABEAM_TOML, "[dependencies]\n", "[dependencies]\ntokio.workspace = true\n");
    });
}

#[test]
fn an_engine_that_only_tests_use_is_no_engine_of_the_domain() {
    let tree = Fixture::new();
    tree.replace(MABEAM_TOML, "[lints]", "[dev-dependencies]\nsled.workspace = true\n[lints]");
    assert_eq!(tree.findings("engines"), []);
}

#[test]
fn tokio_outside_its_module_is_found() {
    assert_found("tokio", &format!("{CORE}:3"), "spawner_tokio.rs", |tree| {
        tree.write(CORE, "//! Core.\n// tokio in a comment is fine.\nuse tokio::task;\n");
    });
    let tree = Fixture::new();
    tree.write("crates/foundation-core/src/spawner_tokio.rs", "//! Tasks.\nuse tokio::task;\n");
    tree.write("crates/foundation-core/tests/it/main.rs", "//! Tests.\nuse tokio::task;\n");
    assert_eq!(tree.findings("tokio"), []);
}

#[test]
fn what_ports_are_for_is_found() {
    for call in
        ["Instant::now()", "std::time::SystemTime::now()", "thread::sleep(x)", "thread::spawn(f)", "rand::rng()"]
    {
        assert_found("ports-only", &format!("{CORE}:2"), "port", |tree| {
            tree.write(CORE, &format!("//! Core.\nfn f() {{ {call}; }}\n"));
        });
    }
    let tree = Fixture::new();
    let fine = "//! Core.\n/// Not `Instant::now()`.\nfn f() { let a = \"Instant::now()\"; }\n#[cfg(test)]\nmod tests { fn g() { Instant::now(); } }\n";
    tree.write(CORE, fine);
    tree.write("crates/adapters/foundation-sled/src/lib.rs", "//! Sled.\nfn f() { Instant::now(); }\n");
    let lock = "crates/foundation-core/src/process/short_lock.rs";
    tree.write(lock, "//! A lock.\nfn f() { thread::park_timeout(x); }\n");
    assert_eq!(tree.findings("ports-only"), []);
    tree.write(lock, "//! A lock.\nfn f() { thread::sleep(x); }\n");
    assert_eq!(tree.findings("ports-only").len(), 1);
}

#[test]
fn a_market_that_knows_of_studies_is_found() {
    let market = "crates/mabeam/src/market/sale.rs";
    assert_found("apart-from-studies", &format!("{market}:2"), "knows of studies", |tree| {
        tree.write(market, "//! A sale.\nuse crate::study::Trial;\n")
    });
    let tree = Fixture::new();
    tree.write(market, "//! A sale, as a study has.\nuse crate::agent::Bidder;\n");
    tree.write("crates/mabeam/src/study/team.rs", "//! A team.\nuse crate::market::Market;\nmod study {}\n");
    assert!(tree.findings("apart-from-studies").is_empty(), "a study may know of markets");
}

#[test]
fn a_module_without_docs_is_found() {
    assert_found("module-docs", &format!("{CORE}:1"), "//!", |tree| {
        tree.write(CORE, "#![warn(x)]\n// No.\nfn f() {}\n")
    });
    let tree = Fixture::new();
    tree.write(CORE, "\n#![warn(x)]\n//! Core.\n");
    tree.write("crates/foundation-core/src/thing/tests.rs", "use super::*;\n");
    assert_eq!(tree.findings("module-docs"), []);
}

#[test]
fn unsafe_code_and_the_lack_of_its_ban_are_found() {
    assert_found("no-unsafe", &format!("{CORE}:2"), "unsafe", |tree| {
        tree.write(CORE, "//! Core.\nfn f() { unsafe { g() } }\n");
    });
    assert_found("no-unsafe", "crates/foundation-oneshot/Cargo.toml:1", "loom::model", |tree| {
        tree.replace("crates/foundation-oneshot/tests/it/main.rs", "loom::model(f)", "f()");
    });
    assert_found("manifests", "crates/foundation-oneshot/Cargo.toml:10", "unsafe_code is not", |tree| {
        tree.replace("crates/foundation-oneshot/Cargo.toml", "unsafe_code = \"deny\"", "unsafe_code = \"allow\"");
    });
    assert_found("no-unsafe", "Cargo.toml:1", "forbid", |tree| {
        tree.replace("Cargo.toml", "unsafe_code = \"forbid\"", "")
    });
}

#[test]
fn a_manifest_that_goes_its_own_way_is_found() {
    let breaks = [
        ("license.workspace = true", "license = \"MIT\"", 6, "license.workspace"),
        ("edition.workspace = true", "edition = \"2021\"", 4, "edition.workspace"),
        ("[lints]\nworkspace = true", "", 1, "[lints]"),
        ("[dependencies]\n", "[dependencies]\nsled = { path = \"../../engines/sled\" }\n", 10, "sled.workspace"),
    ];
    for (old, new, line, why) in breaks {
        assert_found("manifests", &format!("{CORE_TOML}:{line}"), why, |tree| tree.replace(CORE_TOML, old, new));
    }
    assert_found("manifests", &format!("{MABEAM_TOML}:2"), "a folder named mabeam", |tree| {
        tree.replace(MABEAM_TOML, "name = \"mabeam\"", "name = \"mabeam-core\"");
    });
}

#[test]
fn files_that_grow_are_found() {
    assert_found("file-size", &format!("{CORE}:801"), "801 lines", |tree| {
        tree.write(CORE, &"//! Core.\n".repeat(801));
    });
    let tree = Fixture::new();
    tree.write("crates/foundation-core/tests/it/main.rs", &"//! Tests.\n".repeat(900));
    assert_eq!(tree.findings("file-size"), []);

    let tree = Fixture::new();
    for n in 0..30 {
        tree.write(&format!("crates/mabeam/src/part{n}.rs"), &"//! Part.\n".repeat(451));
    }
    let found = tree.findings("file-size");
    assert!(found.iter().any(|(_, message)| message.contains("median")), "{found:?}");
    assert!(found.iter().any(|(_, message)| message.contains("90th")), "{found:?}");
}

#[test]
fn tests_that_sham_are_found() {
    let test = "crates/foundation-core/tests/it/main.rs";
    for (line, why) in [
        ("#[ignore]", "never runs"),
        ("#[test] #[ignore = \"slow\"]", "never runs"),
        ("#[cfg_attr(debug_assertions, ignore)]", "never runs"),
        ("#[should_panic(expected = \"x\")]", "should_panic"),
        ("fn f() { std::thread::sleep(x); }", "sleeps"),
        ("fn f() { assert!(true); }", "cannot fail"),
    ] {
        assert_found("honest-tests", &format!("{test}:2"), why, |tree| {
            tree.write(test, &format!("//! T.\n{line}\nfn g() {{}}\n"))
        });
    }
}

#[test]
fn a_sleep_outside_of_tests_is_no_sham() {
    let adapter = "crates/adapters/foundation-sled/src/lib.rs";
    let tree = Fixture::new();
    tree.write(adapter, "//! S.\nfn f() { std::thread::sleep(x); }\n");
    assert_eq!(tree.findings("honest-tests"), []);
    assert_found("honest-tests", &format!("{adapter}:4"), "sleeps", |tree| {
        tree.write(adapter, "//! S.\n#[cfg(test)]\nmod tests {\n    fn f() { std::thread::sleep(x); }\n}\n");
    });
}

#[test]
fn a_metric_named_twice_is_found() {
    let names = "crates/foundation-core/src/telemetry/names.rs";
    assert_found("metric-names", "crates/mabeam/src/lib.rs:2", "mabeam_trials_total", |tree| {
        tree.write("crates/mabeam/src/lib.rs", "//! M.\nconst A: &str = \"mabeam_trials_total\";\n");
    });
    assert_found("metric-names", &format!("{names}:3"), "line 2 already", |tree| {
        tree.write(names, "//! N.\nconst A: &str = \"mabeam_a_total\";\nconst B: &str = \"mabeam_a_total\";\n");
    });
    let tree = Fixture::new();
    tree.write(CORE, "//! C.\nconst A: &str = \"foundation_core\";\nconst B: &str = \"foundation_Not a metric\";\n");
    assert_eq!(tree.findings("metric-names"), []);
}

#[test]
fn an_event_type_named_twice_is_found() {
    let lib = "crates/mabeam/src/lib.rs";
    assert_found("event-types", &format!("{lib}:2"), "study.created", |tree| {
        tree.write(lib, "//! M.\nfn f() -> &'static str { \"study.created\" }\n");
    });
    assert_found("event-types", &format!("{lib}:2"), "made from a literal", |tree| {
        tree.write(lib, "//! M.\nfn f() { EventType::new(\"a.b\") }\n");
    });
    let home = "crates/mabeam/src/study/event.rs";
    assert_found("event-types", &format!("{home}:2"), "already", |tree| {
        tree.write(home, "//! E.\nconst TYPES: [&str; 2] = [\"study.created\", \"study.created\"];\n");
    });
}

#[test]
fn an_error_code_that_stands_twice_is_found() {
    let codes = "crates/foundation-core/src/error/code.rs";
    assert_found("error-codes", &format!("{codes}:4"), "`1201` stands on line 3", |tree| {
        tree.replace(codes, "}\n", "    1201 Other \"other\" Permanent \"x\";\n}\n");
    });
    assert_found("error-codes", &format!("{CORE}:2"), "invalid_configuration", |tree| {
        tree.write(CORE, "//! C.\nconst A: Code = Code::named(\"invalid_configuration\");\n");
    });
    assert_found("error-codes", &format!("{CORE}:2"), "second table", |tree| {
        tree.write(CORE, "//! C.\ncodes! { }\n");
    });
}

#[test]
fn planted_bugs_in_an_ordinary_build_are_found() {
    let planted = "[features]\nplanted-bugs = []\n";
    let tree = Fixture::new();
    tree.replace(CORE_TOML, "[lints]", &format!("{planted}[lints]"));
    assert_eq!(tree.findings("planted-bugs"), []);

    assert_found("planted-bugs", &format!("{CORE_TOML}:12"), "`default`", |tree| {
        tree.replace(CORE_TOML, "[lints]", &format!("{planted}default = [\"planted-bugs\"]\n[lints]"));
    });
    assert_found("planted-bugs", &format!("{MABEAM_TOML}:13"), "`fast`", |tree| {
        tree.replace(CORE_TOML, "[lints]", &format!("{planted}[lints]"));
        tree.replace(MABEAM_TOML, "[lints]", "[features]\nfast = [\"foundation-core/planted-bugs\"]\n[lints]");
    });
    assert_found("planted-bugs", &format!("{MABEAM_TOML}:10"), "every build", |tree| {
        tree.replace(CORE_TOML, "[lints]", &format!("{planted}[lints]"));
        let with = "foundation-core = { workspace = true, features = [\"planted-bugs\"] }";
        tree.replace(MABEAM_TOML, "foundation-core.workspace = true", with);
    });
}

#[test]
fn invariants_and_checks_that_differ_are_found() {
    let page = "docs/architecture.md";
    assert_found("documented", &format!("{page}:1"), "`edges`", |tree| {
        tree.replace(page, "**Invariant** (`edges`)", "Also")
    });
    assert_found("documented", &format!("{page}:2"), "no check is called `hedges`", |tree| {
        tree.replace(page, "**Invariant** (`edges`)", "**Invariant** (`hedges`)");
    });
    assert_found("documented", &format!("{page}:2"), "without the id", |tree| {
        tree.replace(page, "**Invariant** (`edges`)", "**Invariant**");
    });
}

#[test]
fn guarantees_without_a_test_are_found() {
    let page = "docs/semantics.md";
    let row = "| Nothing is lost | `crates/foundation-core/tests/it/main.rs::nothing_is_lost` |";
    for (new, why) in [
        ("| Nothing is lost | |", "names no test"),
        ("| Nothing is lost | `all_is_well` |", "no such test"),
        ("| Nothing is lost | `crates/mabeam/tests/it.rs::nothing_is_lost` |", "no such test"),
        ("| Nothing is lost | `crates/foundation-core/src/lib.rs::nothing_is_lost` |", "no such test"),
        ("| Nothing is lost | `helper` |", "no such test"),
    ] {
        assert_found("guarantees", &format!("{page}:5"), why, |tree| tree.replace(page, row, new));
    }
    for new in
        ["| Nothing is lost | `foundation-core::it nothing_is_lost`, `cargo xtask chaos kill9` |", "| x | `suite` |"]
    {
        let tree = Fixture::new();
        tree.replace(page, row, new);
        assert_eq!(tree.findings("guarantees"), [], "{new}");
    }
}
