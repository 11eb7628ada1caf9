use super::*;

fn code(text: &str) -> String {
    Source::scan(text).code
}

fn literals(text: &str) -> Vec<(usize, String)> {
    Source::scan(text).literals
}

#[test]
fn comments_are_no_code() {
    assert_eq!(code("a // unsafe\nb"), "a \nb");
    assert_eq!(code("a /* x /* unsafe */ y\n */ b"), "a \n b");
    assert_eq!(code("/// unsafe\n//! unsafe\nfn f() {}"), "\n\nfn f() {}");
    assert_eq!(code("a /* never closed"), "a ");
}

#[test]
fn strings_are_no_code_and_are_kept_apart() {
    let text = r####"let a = "unsafe \" // x";
let b = r#"a "quoted" word"#;
let c = b"bytes"; let d = br##"raw # bytes"##; let e = c"c";"####;
    assert!(!code(text).contains("unsafe"));
    assert!(!code(text).contains("quoted"));
    let expected = [(1, r#"unsafe \" // x"#), (2, r#"a "quoted" word"#), (3, "bytes"), (3, "raw # bytes"), (3, "c")];
    assert_eq!(literals(text), expected.map(|(line, text)| (line, text.to_owned())));
}

#[test]
fn a_string_over_lines_counts_them() {
    let source = Source::scan("let a = \"one\ntwo\";\nlet b = \"three\";");
    assert_eq!(source.literals, [(1, "one\ntwo".to_owned()), (3, "three".to_owned())]);
    assert_eq!(source.lines_with("b"), [3]);
}

#[test]
fn an_unclosed_string_ends_with_the_file() {
    assert_eq!(literals("a \"b"), [(1, "b".to_owned())]);
    assert_eq!(literals("r#\"b"), [(1, "b".to_owned())]);
}

#[test]
fn character_literals_are_told_from_lifetimes() {
    assert_eq!(code("'\"' x"), " x");
    assert_eq!(code(r"'\'' x '\\' y '\u{7f}' z b'q' w"), " x  y  z b w");
    assert_eq!(
        code("fn f<'a>(x: &'a str) { 'outer: loop { break 'outer } }"),
        "fn f<'a>(x: &'a str) { 'outer: loop { break 'outer } }"
    );
    assert_eq!(code("('ä', '/', '/')"), "(, , )");
}

#[test]
fn raw_identifiers_and_words_ending_in_r_are_words() {
    assert_eq!(code("r#type + bar"), "r#type + bar");
    assert_eq!(code(r#"var"x""#), r#"var"""#);
}

#[test]
fn whole_words_only() {
    let source = Source::scan("tokio::spawn\nmy_tokio::spawn\ntokio::spawner\nx.tokio::spawn()");
    assert_eq!(source.lines_with("tokio::spawn"), [1, 4]);
    assert_eq!(source.lines_with("tokio::"), [1, 3, 4]);
}

#[test]
fn items_under_cfg_test_are_left_out() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { \"in\" }\n}\nfn c() { \"out\" }\n#[cfg(test)]\nmod tests;\nfn d() {}\n#[cfg(test)]\nuse x::{y, z};\nfn e() {}";
    let rest = Source::scan(text).without_tests();
    for (name, line) in [("a", 1), ("c", 6), ("d", 9), ("e", 12)] {
        assert_eq!(rest.lines_with(name), [line], "{name}");
    }
    for name in ["b", "y", "z"] {
        assert!(rest.lines_with(name).is_empty(), "{name}");
    }
    assert_eq!(rest.literals, [(6, "out".to_owned())]);
}

#[test]
fn functions_of_a_macro_are_those_inside_of_it() {
    let text = "fn a() {}\nproptest! {\n    #[test]\n    fn b(x: u8) { f(|y| { y }) }\n    fn c() {}\n}\nfn d() {}\nproptest! { fn e() {} } // proptest! { fn g() {} }";
    assert_eq!(Source::scan(text).functions_in("proptest!"), ["b", "c", "e"]);
}
