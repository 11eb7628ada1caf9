use super::*;

#[test]
fn lines_become_traces() {
    let text = "3 0 top 0 1 starts\n3 0 0 1 1 starts\n3 0 0 1 1 ignores\n3 2 0 2 4 killed 0\n3 done\n4 done\n";
    let traces = parse(text).expect("lines that mean something");
    let event = |step, child, life, what| Event { step, child, life, what };
    let killed = What::Ended { class: Class::Killed, farewell: false };
    let of_0 = vec![event(0, 1, 1, What::Starts), event(0, 1, 1, What::Ignores), event(2, 2, 4, killed)];
    assert_eq!(traces[&3].events[&Some(0)], of_0);
    assert_eq!(traces[&3].events[&None], vec![event(0, 0, 1, What::Starts)]);
    assert_eq!(traces[&4], Trace::default());
}

#[test]
fn a_line_that_means_nothing_is_refused() {
    for line in
        ["3", "x done", "3 0 0 1 1 explodes", "3 0 0 1 1 murdered 0", "3 0 0 1 one starts", "3 0 0 900 1 starts"]
    {
        assert!(parse(line).is_err(), "{line}");
    }
}

#[test]
fn a_tree_that_was_too_slow_is_no_answer() {
    let failure = parse("0 done\n1 late\n").expect_err("tree 1 was late");
    assert!(failure.to_string().contains("tree 1"), "{failure}");
}
