use super::*;

fn attempt(epochs: u32) -> Attempt {
    Attempt { epochs, test: None }
}

#[test]
fn attempts_are_read_in_their_order_and_as_far_as_they_came() {
    let folder = tempfile::tempdir().unwrap();
    let write = |attempt: u32, text: &str| {
        let folder = folder_of(folder.path(), 3).join(format!("attempt-{attempt}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("stdout.txt"), text).unwrap();
    };
    assert_eq!(epochs_of_last(folder.path(), 3), 0);
    write(1, "{\"step\": 1, \"value\": 0.5}\nhello\n{\"step\": 2, \"value\": 0.6}\n{\"step\": 3, \"va");
    assert_eq!(epochs_of_last(folder.path(), 3), 2);
    write(2, "");
    assert_eq!(epochs_of_last(folder.path(), 3), 0);
    write(2, "{\"step\": 1, \"value\": 0.5}\n{\"test\": 0.75}\n");
    assert_eq!(attempts(folder.path(), 3), [attempt(2), Attempt { epochs: 1, test: Some(0.75) }]);
    assert_eq!(attempts(folder.path(), 4), []);
}

#[test]
fn what_no_trial_needed_was_trained_in_vain() {
    let attempts = BTreeMap::from([(0, vec![attempt(27)]), (1, vec![attempt(9), attempt(27)]), (2, vec![attempt(5)])]);
    assert_eq!(epochs(&attempts, |trial| trial < 2), (68, 14));
    assert_eq!(epochs(&attempts, |_| false), (68, 68));
}
