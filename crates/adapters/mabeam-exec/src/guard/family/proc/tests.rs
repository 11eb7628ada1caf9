use super::*;

const LINE: &str =
    "77 (a (b) c) 9) S 5 77 70 0 -1 4194560 100 0 0 0 11 22 33 44 20 0 1 0 12345 1000000 250 184467 1 1 0";

#[test]
fn a_stat_line_is_read_whatever_the_name_is() {
    let process = Process::parse(77, LINE).unwrap();
    let expected = Process {
        process: 77,
        is_dead: false,
        parent: 5,
        group: 77,
        began: 12_345,
        own_ticks: 33,
        buried_ticks: 77,
        pages: 250,
    };
    assert_eq!(process, expected);
    assert!(Process::parse(77, &LINE.replace(") S ", ") Z ")).unwrap().is_dead);
    assert_eq!(Process::parse(77, "77 (cut"), None);
    assert_eq!(Process::parse(77, "77 (cut) S 5"), None);
}

#[test]
fn descendants_are_children_and_theirs() {
    let process = |process, parent| Process { process, parent, ..Process::parse(77, LINE).unwrap() };
    // 1 → 2 → 4 → 6; 1 → 3; 5 is another's; 7 and 8 point at each other.
    let all = [process(6, 4), process(2, 1), process(5, 9), process(4, 2), process(3, 1), process(7, 8), process(8, 7)];
    let mut found: Vec<i32> = descendants(1, all.into_iter()).iter().map(|process| process.process).collect();
    found.sort_unstable();
    assert_eq!(found, [2, 3, 4, 6]);
    assert_eq!(descendants(7, all.into_iter()).len(), 2);
}

#[test]
fn this_process_is_read_and_is_not_below_itself() {
    let this = Process::of(this_process()).unwrap();
    assert!(!this.is_dead && this.pages > 0);
    assert!(family().iter().all(|process| process.process != this.process));
    assert!(usage().is_some());
}
