use super::*;

/// Reads what cargo printed; answers what came of it and what a person would see.
fn read(text: &str) -> (Tally, Vec<String>) {
    let mut tally = Tally::default();
    let marks = Marks {
        properties: BTreeSet::from(["a_law_holds".to_owned()]),
        contracts: BTreeSet::from(["key_value::".to_owned()]),
        ..Marks::default()
    };
    let mut reader = Reader::new(&mut tally, &marks);
    let shown = text.lines().filter(|line| reader.line(line)).map(|line| line.trim().to_owned()).collect();
    (tally, shown)
}

const RUN: &str = "\
   Compiling foundation-core v0.1.0
     Running unittests src/lib.rs (target/debug/deps/foundation_core-01ab)

running 3 tests
test event::tests::a_law_holds ... ok
test event::tests::reads ... ok
test port::tests::fails ... FAILED

successes:

---- event::tests::reads stdout ----
test other ... FAILED
some words

successes:
    event::tests::a_law_holds
    event::tests::reads

failures:

---- port::tests::fails stdout ----

thread 'port::tests::fails' panicked at src/port/tests.rs:7:5:
assertion failed: 1 == 2

failures:
    port::tests::fails

test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

     Running tests/it/main.rs (target/debug/deps/it-02cd)

running 3 tests
test key_value::writes_are_read ... ok
test nats::reaches_the_server ... ok
test study::resumes ... ok

successes:

---- nats::reaches_the_server stdout ----
SKIPPED: the NATS contract — no server is installed — cargo xtask doctor --install nats-server
SKIPPED: said twice — x — y

successes:
    nats::reaches_the_server

test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests foundation_core

running 2 tests
test crates/foundation-core/src/lib.rs - (line 10) - compile ... ok
test crates/foundation-core/src/port.rs - port (line 3) ... ignored

test result: ok. 1 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s
";

#[test]
fn each_test_is_counted_once_in_its_group() {
    let (tally, _) = read(RUN);
    let counts = |passed, failed, skipped| Counts { passed, failed, skipped };
    let expected = BTreeMap::from([
        (Group::Unit, counts(1, 1, 0)),
        (Group::Property, counts(1, 0, 0)),
        (Group::Contract, counts(1, 0, 0)),
        (Group::Integration, counts(1, 0, 1)),
        (Group::Doc, counts(1, 0, 1)),
    ]);
    assert_eq!(tally.groups, expected);
    assert_eq!((tally.passed(), tally.failed(), tally.skipped()), (5, 1, 2));
    assert_eq!(tally.failures, ["port::tests::fails"]);
}

#[test]
fn a_skip_says_why_and_what_helps() {
    let (tally, _) = read(RUN);
    assert_eq!(tally.skips[0].what, "the NATS contract");
    assert_eq!(tally.skips[0].reason, "no server is installed");
    assert_eq!(tally.skips[0].command, "cargo xtask doctor --install nats-server");
    assert_eq!(tally.skips.len(), 2);
}

#[test]
fn a_required_skip_is_a_failure() {
    let (mut tally, _) = read(RUN);
    tally.fail_skips();
    assert_eq!((tally.passed(), tally.failed(), tally.skipped()), (5, 3, 0));
    assert!(tally.failures.iter().any(|failure| failure.contains("no server is installed")), "{:?}", tally.failures);
}

#[test]
fn a_person_sees_what_fails_and_how_far_it_is() {
    let (_, shown) = read(RUN);
    for seen in [
        "Compiling foundation-core v0.1.0",
        "Running tests/it/main.rs (target/debug/deps/it-02cd)",
        "test port::tests::fails ... FAILED",
        "assertion failed: 1 == 2",
    ] {
        assert!(shown.iter().any(|line| line == seen), "`{seen}` is missing: {shown:#?}");
    }
    for hidden in ["test event::tests::reads ... ok", "some words", "running 3 tests", "test other ... FAILED"] {
        assert!(!shown.iter().any(|line| line == hidden), "`{hidden}` is noise: {shown:#?}");
    }
}

#[test]
fn an_error_of_the_compiler_is_seen() {
    let (tally, shown) = read("error[E0432]: unresolved import\n  --> src/lib.rs:1:5\n");
    assert_eq!(shown.len(), 2);
    assert_eq!(tally, Tally::default());
}
