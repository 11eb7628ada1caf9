use proptest::prelude::*;

use super::*;

fn kept(chunks: &[&[u8]]) -> (String, Kept) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out");
    let mut kept = Kept::create(&path).unwrap();
    let mut total = 0;
    for chunk in chunks {
        total = kept.take(chunk).unwrap();
    }
    assert_eq!(total, chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>());
    kept.finish().unwrap();
    (fs::read_to_string(&path).unwrap(), kept)
}

#[test]
fn little_output_is_kept_as_it_is() {
    let (text, mut kept) = kept(&[b"one\n", b"", b"two\n\nthree"]);
    assert_eq!(text, "one\ntwo\n\nthree");
    assert_eq!(kept.last_lines(2), ["two", "three"]);
    assert_eq!(kept.last_lines(9), ["one", "two", "three"]);
}

#[test]
fn much_output_is_kept_at_both_ends() {
    let head = "a".repeat(HEAD);
    let (middle, tail) = ("b".repeat(1_000_000), "c".repeat(TAIL));
    let (text, _) = kept(&[head.as_bytes(), middle.as_bytes(), tail.as_bytes()]);
    assert_eq!(text, format!("{head}\n[… 1000000 bytes left out …]\n{tail}"));
    // Where both ends meet, nothing is left out.
    let (text, _) = kept(&[head.as_bytes(), b"end"]);
    assert_eq!(text, format!("{head}end"));
}

#[test]
fn a_failure_quotes_a_thousand_characters_at_most() {
    let (_, mut kept) = kept(&["ä\n".repeat(30).as_bytes(), "x".repeat(5_000).as_bytes()]);
    let lines = kept.last_lines(10);
    assert_eq!(lines.iter().map(|line| line.chars().count()).sum::<usize>(), 1_000);
}

#[test]
fn lines_end_at_either_end_of_line() {
    let mut lines = Lines::default();
    assert_eq!(lines.take(b"one\r\ntw").unwrap(), ["one", ""]);
    assert_eq!(lines.take(b"o\rthree").unwrap(), ["two"]);
    assert_eq!(lines.rest(), "three");
    assert_eq!(lines.rest(), "");
}

#[test]
fn a_line_without_an_end_is_too_long_at_some_point() {
    let mut lines = Lines::default();
    let piece = [b'x'; 4_096];
    let taken = (0..20).find_map(|at| lines.take(&piece).err().map(|error| (at, error)));
    let (at, error) = taken.unwrap();
    assert_eq!(at, LONGEST_LINE / piece.len());
    assert!(error.beginning.starts_with("xxx"));
}

proptest! {
    /// How the bytes are cut into reads changes nothing.
    #[test]
    fn lines_do_not_depend_on_how_bytes_arrive(text in "[a-c\\r\\n{}\":]{0,60}", cut in 0_usize..60) {
        let bytes = text.as_bytes();
        let read = |parts: &[&[u8]]| {
            let mut lines = Lines::default();
            let mut read: Vec<String> = parts.iter().flat_map(|part| lines.take(part).unwrap()).collect();
            read.push(lines.rest());
            read
        };
        let (first, second) = bytes.split_at(cut.min(bytes.len()));
        prop_assert_eq!(read(&[bytes]), read(&[first, second]));
    }
}
