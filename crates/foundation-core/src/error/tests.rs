use super::{Category, Code, Error, Transience};

#[test]
fn numbers_rise_and_names_differ() {
    for pair in Code::ALL.windows(2) {
        assert!(pair[0].number() < pair[1].number(), "{} before {}", pair[0], pair[1]);
    }
    let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Code::ALL.len());
}

#[test]
fn a_number_leads_back_to_its_code() {
    for &code in Code::ALL {
        assert_eq!(Code::from_number(code.number()), Some(code));
        assert!((1_000..10_000).contains(&code.number()));
    }
    assert_eq!(Code::from_number(1), None);
}

/// These numbers are on disk and on the wire.
#[test]
fn numbers_do_not_change() {
    assert_eq!(Code::InvalidConfiguration.number(), 1201);
    assert_eq!(Code::Corrupt.number(), 3301);
    assert_eq!(Code::OutcomeUnknown.number(), 3404);
    assert_eq!(Code::OutcomeUnknown.transience(), Transience::Unknown);
    assert_eq!(Code::SlowConsumer.category(), Category::Distributed);
}

#[test]
fn one_line_says_what_failed_and_what_to_do() {
    let error = Error::new(Code::Held, "open folder `x`: held by process 7").during("run");
    assert_eq!(
        error.to_string(),
        "[2203] run: open folder `x`: held by process 7 (stop the other process or choose another place)"
    );
    let error = error.advise("wait").caused_by(std::io::Error::other("lock"));
    assert_eq!(error.chain(), "[2203] run: open folder `x`: held by process 7 (wait): lock");
    assert!(error.is_transient());
}
