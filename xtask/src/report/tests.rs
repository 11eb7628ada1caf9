mod team;

use std::fs;

use foundation_core::Code;
use foundation_core::event::Event;
use mabeam::{Asha, Direction, Evaluated, SearchSpace, StudyEvent, TeamConfig, VariableState};
use proptest::prelude::*;

use super::simulation::Course;
use super::{render, write};

/// Elements that HTML lets stand without an end.
const VOID: [&str; 1] = ["meta"];
const HEADINGS: [&str; 8] = [
    "Best trial",
    "Progress",
    "Learning curves",
    "Importance of parameters",
    "Parameters, together",
    "Parameters, one by one",
    "Slots",
    "All trials",
];

/// Checks what holds for every page, and answers it.
fn page(log: &[(Event, StudyEvent)]) -> String {
    page_with(log, &[])
}

/// The same, with what the team voted on.
fn page_with(log: &[(Event, StudyEvent)], variables: &[(String, VariableState)]) -> String {
    let page = render(log, variables).unwrap();
    for foreign in ["http:", "https:", "//", "url(", "@import", "src=", "href=", "<script", "<link", "<img", " on"] {
        // The words of a page may hold " on"; an attribute of that kind has an equals sign.
        let found = page.match_indices(foreign).find(|(at, _)| {
            foreign != " on" || page[at + 1..].split(' ').next().is_some_and(|word| word.contains('='))
        });
        assert!(found.is_none(), "`{foreign}` in {}", &page[found.unwrap().0..][..60]);
    }
    for word in ["NaN", "inf\"", "-inf"] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'"), "no policy");
    for heading in HEADINGS {
        assert!(page.contains(heading), "{heading} is missing");
    }
    assert_balanced(&page);
    page
}

/// Every element that begins also ends, in the right order.
fn assert_balanced(page: &str) {
    let mut open = Vec::new();
    for piece in page.split('<').skip(1).filter(|piece| !piece.starts_with('!')) {
        let name = piece.split([' ', '>']).next().unwrap();
        if let Some(ended) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(ended), "before {piece}");
        } else if !VOID.contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} never end");
}

fn evaluated(label: &str, value: f64) -> StudyEvent {
    StudyEvent::Evaluated(Evaluated { label: label.to_owned(), value, params: None })
}

#[test]
fn a_finished_study_has_every_picture_and_the_same_log_the_same_page() {
    let mut course = Course::usual();
    course.dies_after = vec![20, 61];
    course.fails = Some((11, "the loss is not finite"));
    let mut log = course.log();
    let envelope = log.last().unwrap().0.clone();
    log.push((envelope, evaluated("test", 0.912_345)));
    let page = page(&log);
    assert_eq!(page.matches("role=\"img\"").count(), 5 + 6, "five pictures and one per parameter");
    assert!(page.contains("finished"));
    assert!(!page.contains("unfinished</span>"));
    assert!(page.contains("0.9123"), "the test value");
    assert!(page.contains("data that no decision saw"));
    assert!(page.contains("the loss is not finite"));
    assert!(page.contains("3 runs together"));
    assert!(page.contains("cut off and begun again"));
    assert_eq!(render(&log, &[]).unwrap(), page);
}

#[test]
fn a_study_that_was_only_described_has_a_page() {
    let log = Course::usual().log();
    let page = page(&log[..1]);
    assert!(page.contains("unfinished"));
    assert!(page.contains("No trial was started."));
    assert!(page.contains("No trial is completed, so there is no best one."));
    assert!(!page.contains("role=\"img\""));
}

#[test]
fn every_prefix_of_a_log_has_a_page() {
    let mut course = Course::usual();
    course.config.budget = 90;
    course.config.schedule = Asha { reserve: 20, ..Asha::default() }.into();
    course.dies_after = vec![7];
    course.fails = Some((5, "no"));
    let log = course.log();
    for end in 1..=log.len() {
        page(&log[..end]);
    }
}

#[test]
fn an_unfinished_study_shows_what_is_under_way() {
    let mut course = Course::usual();
    course.ends_after = 12;
    let page = page(&course.log());
    assert!(page.contains("unfinished"));
    assert!(page.contains("last heard of"));
    assert!(page.contains("under way at the log's end"));
    assert!(page.contains("No trial is completed yet"));
}

#[test]
fn a_study_whose_trials_all_failed_says_why() {
    let mut course = Course::usual();
    course.fails = Some((1, "the data are missing"));
    let page = page(&course.log());
    assert!(page.contains("the data are missing"));
    assert!(page.contains("No trial has reached a rung."));
    assert_eq!(page.matches("role=\"img\"").count(), 1, "only the slots");
}

#[test]
fn one_rung_and_one_slot_are_enough() {
    let mut course = Course::usual();
    course.config.slots = 1;
    course.config.schedule = Asha::single_rung(3).into();
    course.config.direction = Direction::Minimize;
    let page = page(&course.log());
    assert!(page.contains("one rung, so a trial has one value and no curve"));
    assert!(page.contains("smaller is better"));
    assert!(page.contains("best tenth"), "the colours of parallel lines tell values");
}

#[test]
fn whatever_the_log_says_is_text() {
    const EVIL: &str = "<script>alert('1')</script>";
    let mut course = Course::usual();
    course.config.name = format!("{EVIL}\"");
    course.config.team = TeamConfig::one("random", serde_json::Value::Null);
    course.config.space = SearchSpace::builder()
        .choice(format!("\"><img src=x>{EVIL}"), [EVIL, "</title></svg></style>"])
        .float("' onload='x", 0.0, 1.0)
        .build()
        .unwrap();
    course.fails = Some((3, EVIL));
    let mut log = course.log();
    let envelope = log.last().unwrap().0.clone();
    log.push((envelope, evaluated(EVIL, 1.0)));
    let page = render(&log, &[]).unwrap();
    assert!(!page.contains("<script"), "an element came through");
    assert!(!page.contains("<img"), "an element came through");
    assert!(!page.contains("</title></svg>"), "an element was ended");
    assert!(page.contains("&lt;script&gt;"));
    assert_balanced(&page);
    // Whatever stands in quotes does not end them: with all quoted text taken out no word of an attribute is left.
    let outside: String = page.split('"').step_by(2).collect();
    assert!(!outside.contains("<img"));
}

#[test]
fn what_is_too_much_is_left_out_and_said() {
    let mut course = Course::usual();
    course.config.team = TeamConfig::one("random", serde_json::Value::Null);
    course.config.slots = 30;
    course.config.budget = 12_000;
    course.config.schedule = Asha::single_rung(2).into();
    let page = page(&course.log());
    for said in [
        "4,000 of 6,000 dots",
        "1,000 of 6,000 lines",
        "1,001 of 6,000 trials",
        "4,000 of 4,800 pieces",
        "24 of 30 slots",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(page.contains("Table of 6,000 trials"));
    assert_eq!(page.matches("(best)").count(), 1);
}

#[test]
fn a_log_that_tells_no_study_is_refused() {
    assert_eq!(render(&[], &[]).unwrap_err().code(), Code::NotFound);
    let log = Course::usual().log();
    assert_eq!(render(&log[1..], &[]).unwrap_err().code(), Code::Corrupt);
    let twice: Vec<_> = log[..3].iter().chain(&log[2..3]).cloned().collect();
    let error = render(&twice, &[]).unwrap_err();
    assert_eq!(error.code(), Code::Corrupt);
    assert!(error.what().contains("event 4 of 4"), "{error}");
}

#[test]
fn a_page_replaces_the_one_before_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    write(&path, "one").unwrap();
    write(&path, "two").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "two");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_page_that_cannot_be_written_says_where_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let error = write(&folder.path().join("missing").join("report.html"), "page").unwrap_err();
    assert_eq!(error.code(), Code::Io);
    assert!(error.what().contains("missing"), "{error}");
    // A folder cannot be replaced by a file: the draft is there by then, and goes.
    let taken = folder.path().join("taken");
    fs::create_dir(&taken).unwrap();
    fs::write(taken.join("full"), "").unwrap();
    assert_eq!(write(&taken, "page").unwrap_err().code(), Code::Io);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(write(std::path::Path::new("/"), "page").unwrap_err().code(), Code::Io);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn studies_of_any_shape_have_a_page(
        (slots, budget, eta, order) in (1_u32..6, 30_u64..400, 2_u32..5, any::<u64>()),
        rungs in prop::collection::btree_set(1_u32..30, 1..7),
        (ends_after, dies_after) in (0_usize..200, prop::collection::vec(0_usize..60, 0..4)),
        fails in prop::option::of(1_u64..8),
        is_minimized in any::<bool>(),
    ) {
        let mut course = Course::usual();
        course.config.slots = slots;
        course.config.budget = budget;
        course.config.schedule = Asha { rungs: rungs.into_iter().collect(), eta, ..Asha::default() }.into();
        course.config.direction = if is_minimized { Direction::Minimize } else { Direction::Maximize };
        course.config.team = TeamConfig::one("random", serde_json::Value::Null);
        (course.order, course.ends_after, course.dies_after) = (order, ends_after, dies_after);
        course.fails = fails.map(|every| (every, "no"));
        page(&course.log());
    }
}
