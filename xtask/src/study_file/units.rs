//! Durations and sizes: a number with its unit.

use std::time::Duration;

/// Units of time in milliseconds.
const TIMES: [(&str, f64); 5] = [("ms", 1.0), ("s", 1_000.0), ("m", 60_000.0), ("h", 3_600_000.0), ("d", 86_400_000.0)];

/// Units of size in bytes, as the International System and IEC 80000-13 have them.
const SIZES: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// The longest duration that is read: a hundred years.
const LONGEST_MS: f64 = 100.0 * 366.0 * 86_400_000.0;

/// What a duration looks like, for messages.
pub(super) const A_DURATION: &str = "a number with a unit: \"90s\", \"5m\", \"2h\", \"1h30m\"";
/// What a size looks like, for messages.
pub(super) const A_SIZE: &str = "a number with a unit: \"512MiB\", \"2GiB\", \"1500MB\"";

/// Reads `90s`, `5m`, `1h30m`, `250ms`, `1.5h`: numbers with units, above zero in all.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (mut rest, mut total) = (text, 0.0);
    while !rest.is_empty() {
        let (number, after) = leading_number(rest)?;
        let length = after.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(after.len());
        let (_, unit) = TIMES.iter().find(|(unit, _)| *unit == &after[..length])?;
        total += number * unit;
        rest = &after[length..];
    }
    (total > 0.0 && total <= LONGEST_MS).then(|| Duration::from_micros((total * 1_000.0).round() as u64))
}

/// Reads `512MiB`, `2GiB`, `1.5GB`, above zero.
pub(super) fn size(text: &str) -> Option<u64> {
    let (number, unit) = leading_number(text)?;
    let (_, bytes) = SIZES.iter().find(|(name, _)| *name == unit)?;
    let total = number * *bytes as f64;
    (1.0..9e18).contains(&total).then_some(total.round() as u64)
}

/// The number at the front, without sign and exponent, and what follows it.
fn leading_number(text: &str) -> Option<(f64, &str)> {
    let length = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    Some((text[..length].parse().ok()?, &text[length..]))
}

/// What somebody may have meant by a text that is no duration, written as one is.
pub(super) fn meant_duration(text: &str) -> Option<String> {
    let (number, unit) = loose(text)?;
    let unit = match unit.to_lowercase().as_str() {
        "ms" | "msec" | "millis" | "millisecond" | "milliseconds" => "ms",
        "" | "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        _ => return None,
    };
    let written = format!("{number}{unit}");
    duration(&written).map(|_| written)
}

/// What somebody may have meant by a text that is no size, written as one is.
pub(super) fn meant_size(text: &str) -> Option<String> {
    let (number, unit) = loose(text)?;
    let unit = match unit.to_lowercase().as_str() {
        "" | "b" | "byte" | "bytes" => "B",
        "k" | "kb" | "kib" | "kilobyte" | "kilobytes" => "KiB",
        "m" | "mb" | "mib" | "meg" | "megs" | "megabyte" | "megabytes" => "MiB",
        "g" | "gb" | "gib" | "gig" | "gigs" | "gigabyte" | "gigabytes" => "GiB",
        "t" | "tb" | "tib" | "terabyte" | "terabytes" => "TiB",
        _ => return None,
    };
    let written = format!("{number}{unit}");
    size(&written).map(|_| written)
}

/// A number and one word behind it, with blanks where people put them.
fn loose(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let (_, rest) = leading_number(text)?;
    Some((&text[..text.len() - rest.len()], rest.trim()))
}

#[cfg(test)]
mod tests;
