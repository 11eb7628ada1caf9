use proptest::prelude::*;

use super::*;

const FACTS: TrialFacts = TrialFacts { trial: 3, seed: 9, steps: 27 };

fn words(text: &str) -> Vec<String> {
    Command::parse(text).unwrap().argv(&Params::new(), &FACTS)
}

fn mistake(text: &str) -> (usize, String) {
    let error = Command::parse(text).unwrap_err();
    (error.column(), error.what().to_owned())
}

#[test]
fn a_line_is_split_as_a_shell_splits_it() {
    assert_eq!(words("python  train.py\t--lr 1"), ["python", "train.py", "--lr", "1"]);
    assert_eq!(words(r#"p 'a b' "c d" e\ f g'h'"i""#), ["p", "a b", "c d", "e f", "ghi"]);
    assert_eq!(words(r#"p "" '' "a\"b\\c\nd" 'x\y'"#), ["p", "", "", r#"a"b\c\nd"#, r"x\y"]);
    assert_eq!(words(r"p a\;b '|' \$"), ["p", "a;b", "|", "$"]);
}

#[test]
fn names_in_braces_are_values_and_double_braces_are_braces() {
    let command = Command::parse("p {lr} --x={lr}/{act} '{{\"a\": {lr}}}' {trial},{seed},{steps}").unwrap();
    let params = Params::new().with("lr", 0.5).with("act", "re lu");
    assert_eq!(command.argv(&params, &FACTS), ["p", "0.5", "--x=0.5/re lu", "{\"a\": 0.5}", "3,9,27"]);
    assert_eq!(command.names().collect::<Vec<_>>(), ["lr", "lr", "act", "lr", "trial", "seed", "steps"]);
    // A parameter of that name comes first.
    let own = Command::parse("p {seed}").unwrap();
    assert_eq!(own.argv(&Params::new().with("seed", 5), &FACTS), ["p", "5"]);
}

#[test]
fn a_word_without_a_value_is_left_out() {
    let command = Command::parse("p --momentum={momentum} --lr={lr}").unwrap();
    assert_eq!(command.argv(&Params::new().with("lr", 1), &FACTS), ["p", "--lr=1"]);
}

#[test]
fn mistakes_have_a_place() {
    assert_eq!(mistake(""), (1, "the command is empty".to_owned()));
    assert_eq!(mistake("p 'a").0, 3);
    assert_eq!(mistake("p \"a").0, 3);
    assert_eq!(mistake("p a\\").0, 4);
    assert_eq!(mistake("p {lr"), (3, "`{` is not closed".to_owned()));
    assert_eq!(mistake("p {l{r}"), (3, "`{` is not closed".to_owned()));
    assert_eq!(mistake("p {}").0, 3);
    assert_eq!(mistake("p äöü}").0, 6);
    assert_eq!(mistake("{p} a").1, "the program itself is a parameter");
    for (text, column) in [("p | q", 3), ("p && q", 3), ("p; q", 2), ("p > f", 3), ("p $HOME", 3), ("p \"`q`\"", 4)] {
        let (at, what) = mistake(text);
        assert_eq!(at, column, "{text}");
        assert!(what.contains("no shell"), "{what}");
    }
    let error = Command::from_words(["p", "ok", "--x={"]).unwrap_err();
    assert_eq!((error.word(), error.column()), (Some(3), 5));
}

#[test]
fn words_that_are_split_already_keep_their_quotes() {
    let command = Command::from_words(["p", "a 'b'", "$x | {lr}"]).unwrap();
    assert_eq!(command.argv(&Params::new().with("lr", 1), &FACTS), ["p", "a 'b'", "$x | 1"]);
}

#[test]
fn a_name_that_is_no_parameter_is_refused_with_its_column() {
    let space = SearchSpace::builder().float("lr", 0.0, 1.0).int("hidden", 1, 9).build().unwrap();
    let error = Command::parse("p {lr} {steps} {hiden}").unwrap().check(&space).unwrap_err();
    assert_eq!((error.column(), error.what()), (16, "no parameter is called `hiden`"));
    assert!(error.advice().contains("hidden"), "{}", error.advice());
    Command::parse("p {lr} {hidden}").unwrap().check(&space).unwrap();
}

#[test]
fn a_value_never_becomes_a_shells_text() {
    for text in ["sh -c 'train {lr}'", "/bin/bash -ec 'x; train {lr}'"] {
        let error = Command::parse(text).unwrap_err();
        assert!(error.what().contains("shell"), "{error}");
        assert!(error.advice().contains("\"$1\""), "{}", error.advice());
    }
    Command::parse("sh -c 'train \"$1\"' sh {lr}").unwrap();
    Command::parse("sh script.sh {lr}").unwrap();
}

proptest! {
    /// Whatever a value is, the number of arguments and all others stay as they are.
    #[test]
    fn a_value_is_one_argument(value in any::<String>()) {
        let command = Command::parse("p --x {v} '{v}' --y={v} z").unwrap();
        let argv = command.argv(&Params::new().with("v", value.as_str()), &FACTS);
        prop_assert_eq!(argv, ["p", "--x", &value, &value, &format!("--y={value}"), "z"]);
    }

    /// What is shown is read back as the same.
    #[test]
    fn a_command_is_read_back(words in proptest::collection::vec("[^\\x00]{0,8}", 1..5)) {
        let escaped: Vec<String> = words.iter().map(|word| word.replace('{', "{{").replace('}', "}}")).collect();
        let command = Command::from_words(escaped).unwrap();
        let again = Command::parse(&command.to_string()).unwrap();
        prop_assert_eq!(again.argv(&Params::new(), &FACTS), words);
    }

    /// No line brings the reader down.
    #[test]
    fn any_line_is_read_or_refused_with_a_place(text in any::<String>()) {
        if let Err(error) = Command::parse(&text) {
            prop_assert!(error.column() >= 1 && error.column() <= text.chars().count().max(1));
        }
    }
}
