//! How numbers, times and long names are written on the page.

use foundation_core::port::clock::WallTime;

/// A number with at most four digits that mean something; whole numbers below a million keep theirs.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    if !value.is_finite() {
        return value.to_string();
    }
    let size = value.abs();
    if size.fract() == 0.0 && size < 1e6 {
        return grouped(value);
    }
    let written = format!("{value:.3e}");
    let Some((mantissa, power)) = written.split_once('e') else { return written };
    // The power after rounding: 0.00099999 is 0.001.
    let power: i32 = power.parse().unwrap_or(0);
    if (-3..6).contains(&power) {
        let decimals = usize::try_from(3 - power).unwrap_or(0);
        let plain = format!("{value:.decimals$}");
        return if decimals == 0 { grouped(value) } else { trimmed(&plain).to_owned() };
    }
    format!("{}e{power}", trimmed(mantissa))
}

/// Without the zeros at the end of its fraction.
fn trimmed(decimal: &str) -> &str {
    if decimal.contains('.') { decimal.trim_end_matches('0').trim_end_matches('.') } else { decimal }
}

/// A number rounded to a whole one, its digits in groups of three: "12,345".
pub(super) fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let sign = if value < 0.0 && digits != "0" { "-" } else { "" };
    let mut text = String::from(sign);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count, its digits in groups of three.
pub(super) fn count(number: u64) -> String {
    grouped(number as f64)
}

/// A count and what is counted: "1 epoch", "1,200 epochs".
pub(super) fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", count(number))
}

/// A length of time, with the two units that matter. Between a number and its unit the line does not break.
pub(super) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "unknown".to_owned();
    }
    let whole = |seconds: f64| seconds.round() as u64;
    let written = match seconds {
        _ if seconds == 0.0 => "0 s".to_owned(),
        _ if seconds < 0.001 => format!("{} µs", number(seconds * 1e6)),
        _ if seconds < 1.0 => format!("{:.0} ms", seconds * 1e3),
        _ if seconds < 99.95 => format!("{} s", trimmed(&format!("{seconds:.1}"))),
        _ if seconds < 3_599.5 => format!("{} min {} s", whole(seconds) / 60, whole(seconds) % 60),
        _ if seconds < 86_370.0 => format!("{} h {} min", whole(seconds / 60.0) / 60, whole(seconds / 60.0) % 60),
        _ => format!("{} d {} h", count(whole(seconds / 3_600.0) / 24), whole(seconds / 3_600.0) % 24),
    };
    // "1 min 5 s": each unit stays with its number.
    let mut parts = written.split(' ');
    let mut text = String::new();
    while let (Some(number), Some(unit)) = (parts.next(), parts.next()) {
        let gap = if text.is_empty() { "" } else { " " };
        text.push_str(&format!("{gap}{number}\u{a0}{unit}"));
    }
    text
}

/// A point in time, to the second: "2026-03-01 10:00:00 UTC".
pub(super) fn moment(wall: WallTime) -> String {
    let timestamp = jiff::Timestamp::from_nanosecond(i128::from(wall.0));
    timestamp.map_or_else(|_| "unknown".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// The text, and where it has more characters than `most` its beginning and its end with an ellipsis between them.
pub(super) fn clipped(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(1);
    let head = text.chars().take(kept.div_ceil(2));
    let tail = text.chars().skip(length - kept / 2);
    head.chain(['…']).chain(tail).collect()
}

#[cfg(test)]
mod tests;
