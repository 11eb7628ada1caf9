use foundation_core::Code;

use super::{Asha, Choice, Hyperband, MedianStopping, Pbt, Rung, Schedule};

fn one_of_each() -> Vec<Schedule> {
    let pbt = Pbt { fixed: vec!["hidden".to_owned()], ..Pbt::default() };
    vec![Asha::default().into(), Hyperband::default().into(), MedianStopping::default().into(), pbt.into()]
}

#[test]
fn what_is_written_is_read() {
    for schedule in one_of_each() {
        let written = serde_json::to_string(&schedule).unwrap();
        assert_eq!(serde_json::from_str::<Schedule>(&written).unwrap(), schedule, "{written}");
        schedule.check().unwrap();
    }
    let bare = serde_json::to_string(&Asha::default()).unwrap();
    assert_eq!(serde_json::from_str::<Schedule>(&bare).unwrap(), Schedule::default());
    assert!(serde_json::from_str::<Schedule>(r#"{"unheard_of":{}}"#).is_err());
}

#[test]
fn each_says_what_it_is() {
    let shown: Vec<String> = one_of_each().iter().map(Schedule::to_string).collect();
    assert_eq!(
        shown,
        [
            "asha(promotion, rungs 1/3/9/27, eta 3, reserve 26)",
            "hyperband(promotion, rungs 1/3/9/27, eta 3, 4 brackets, reserve 26)",
            "median(each 1 epochs to 27, grace 3, after 5 completed, reserve 26)",
            "pbt(10 members, rungs 3/6/9/12/15/18/21/24/27, bottom 20 %, resample 25 %, fixed hidden)",
        ]
    );
    let uneven = MedianStopping { rungs: vec![1, 4, 5], ..MedianStopping::default() };
    assert!(uneven.to_string().starts_with("median(rungs 1/4/5, "), "{uneven}");
    let far = MedianStopping { rungs: vec![1, 2, u32::MAX], ..MedianStopping::default() };
    assert!(far.to_string().starts_with("median(rungs 1/2/4294967295, "), "{far}");
    let nearly = MedianStopping { rungs: vec![2, 4, 6, 9], ..MedianStopping::default() };
    assert!(nearly.to_string().starts_with("median(rungs 2/4/6/9, "), "{nearly}");
    assert!(MedianStopping::every(2, 7).to_string().starts_with("median(each 2 epochs to 7, "));
}

#[test]
fn settings_that_make_no_sense_are_refused_with_their_names() {
    let rungs = |rungs: Vec<u32>| MedianStopping { rungs, ..MedianStopping::default() };
    let wrong: [(Schedule, &str); 9] = [
        (Asha { eta: 1, ..Asha::default() }.into(), "`eta` is 1"),
        (Hyperband { brackets: 0, ..Hyperband::default() }.into(), "`brackets` is 0"),
        (Hyperband { brackets: 5, ..Hyperband::default() }.into(), "`brackets` is 5; with 4 rungs"),
        (rungs(vec![]).into(), "`rungs` is empty"),
        (rungs(vec![2, 2]).into(), "they have to rise"),
        (MedianStopping { least_completed: 0, ..MedianStopping::default() }.into(), "`least_completed` is 0"),
        (Pbt { population: 4, ..Pbt::default() }.into(), "`population` is 4 and `share_percent` 20"),
        (Pbt { share_percent: 51, ..Pbt::default() }.into(), "`share_percent` is 51"),
        (Pbt { resample_percent: 101, ..Pbt::default() }.into(), "`resample_percent` is 101"),
    ];
    for (schedule, named) in wrong {
        let error = schedule.check().unwrap_err();
        assert_eq!(error.code(), Code::InvalidStudy);
        assert!(error.what().contains(named), "{named}: {error}");
    }
}

/// Decisions are public, and so may be asked of what was never checked.
#[test]
fn rungs_that_were_not_checked_are_no_accident() {
    for rungs in [vec![], vec![5, 2]] {
        let asha = Asha { rungs: rungs.clone(), ..Asha::default() };
        assert_ne!(asha.choose(&[], 100, false), Choice::Start);
        let _ = asha.choose(&[], 100, true);
        let hyperband = Hyperband { ladder: asha.clone(), brackets: 3 };
        let _ = (hyperband.weights(), hyperband.choose(&[], &[], 100, true), hyperband.next_bracket(&[], 100));
        for schedule in [asha.into(), hyperband.into(), MedianStopping { rungs, ..MedianStopping::default() }.into()] {
            let schedule: Schedule = schedule;
            assert_eq!(schedule.cost_above(0), 0);
            assert_eq!(schedule.cost_above(usize::MAX), 0);
        }
    }
    let none = Asha { eta: 0, ..Asha::default() };
    assert_eq!(none.choose(&vec![Rung::default(); 4], 100, true), Choice::Start);
}

#[test]
fn points_at_equal_distances_end_at_the_last_one() {
    assert_eq!(MedianStopping::every(2, 7).rungs, [2, 4, 6, 7]);
    assert_eq!(MedianStopping::every(3, 9).rungs, [3, 6, 9]);
    assert_eq!(MedianStopping::every(9, 3).rungs, [3]);
    assert_eq!(MedianStopping::every(0, 2).rungs, [1, 2]);
    assert_eq!(MedianStopping::every(1, 40).rungs.len(), 40);
}
