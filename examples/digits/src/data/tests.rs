use super::{CLASSES, PIXELS, Part, SPLITS, STUDY_SPLIT, seen, unseen};

fn per_class(part: &Part) -> [usize; CLASSES] {
    let mut counted = [0; CLASSES];
    for &label in &part.labels {
        counted[label] += 1;
    }
    counted
}

#[test]
fn the_split_has_its_known_sizes() {
    let (seen, unseen) = (seen(STUDY_SPLIT), unseen());
    let sizes = [&seen.training, &seen.validation, &unseen].map(|part| part.labels.len());
    assert_eq!(sizes, [1_085, 357, 355]);
    assert_eq!(seen.training.pixels.len(), 1_085 * PIXELS);
}

#[test]
fn the_classes_are_equally_frequent_in_each_part() {
    let (seen, unseen) = (seen(STUDY_SPLIT), unseen());
    let of_training = per_class(&seen.training);
    for part in [per_class(&seen.validation), per_class(&unseen)] {
        for (class, (count, training)) in part.iter().zip(&of_training).enumerate() {
            assert!((34..=37).contains(count), "{count} digits of class {class}");
            assert!(training.abs_diff(3 * count) <= 4, "{training} and {count} digits of class {class}");
        }
    }
}

#[test]
fn pixels_lie_between_0_and_1() {
    let unseen = unseen();
    let darkest = unseen.pixels.iter().copied().fold(0.0, f32::max);
    assert_eq!(darkest, 1.0);
    assert!(unseen.pixels.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
}

#[test]
fn every_split_is_of_the_same_digits_and_of_none_of_the_test_part() {
    let sum = |part: &Part| part.pixels.iter().copied().map(f64::from).sum::<f64>();
    let whole = |split| {
        let seen = seen(split);
        assert_eq!(seen.training.labels.len() + seen.validation.labels.len(), 1_797 - 355, "split {split}");
        sum(&seen.training) + sum(&seen.validation)
    };
    for split in 1..SPLITS {
        assert!((whole(split) - whole(0)).abs() < 1.0, "split {split}");
        assert!((sum(&seen(split).validation) - sum(&seen(split - 1).validation)).abs() > 1.0, "split {split}");
    }
}
