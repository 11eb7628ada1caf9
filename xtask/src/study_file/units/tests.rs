use std::time::Duration;

use super::{duration, meant_duration, meant_size, size};

#[test]
fn durations_are_numbers_with_units() {
    for (text, ms) in [
        ("90s", 90_000),
        ("5m", 300_000),
        ("1h30m", 5_400_000),
        ("250ms", 250),
        ("1.5h", 5_400_000),
        ("2d", 172_800_000),
    ] {
        assert_eq!(duration(text), Some(Duration::from_millis(ms)), "{text}");
    }
    for text in ["", "5", "m", "5 m", "5 minutes", "-5m", "0s", "1e3s", "5M", "5m5", "1.2.3s", "999999999d", "5µs"] {
        assert_eq!(duration(text), None, "{text}");
    }
}

#[test]
fn sizes_are_numbers_with_units() {
    for (text, bytes) in
        [("512MiB", 512 << 20), ("2GiB", 2 << 30), ("1.5GB", 1_500_000_000), ("1B", 1), ("3kB", 3_000), ("4KiB", 4_096)]
    {
        assert_eq!(size(text), Some(bytes), "{text}");
    }
    for text in ["", "512", "2 GiB", "2gb", "2 gigs", "-1B", "0MiB", "1e3MB", "99999999999TiB"] {
        assert_eq!(size(text), None, "{text}");
    }
}

#[test]
fn what_was_meant_is_written_as_it_should_be() {
    for (text, meant) in [
        ("5 minutes", Some("5m")),
        ("5min", Some("5m")),
        ("300", Some("300s")),
        ("2 Hours", Some("2h")),
        ("1.5 days", Some("1.5d")),
        ("soon", None),
        ("0 s", None),
        ("5 parsecs", None),
    ] {
        assert_eq!(meant_duration(text).as_deref(), meant, "{text}");
    }
    for (text, meant) in [
        ("2 gigs", Some("2GiB")),
        ("512 MB", Some("512MiB")),
        ("512", Some("512B")),
        ("much", None),
        ("2 stones", None),
    ] {
        assert_eq!(meant_size(text).as_deref(), meant, "{text}");
    }
}
