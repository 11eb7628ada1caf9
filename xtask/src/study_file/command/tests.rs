use std::path::Path;

use super::super::{CommandText, parse};

fn read(command: &str) -> (Option<CommandText>, Vec<(usize, String)>) {
    let text = format!("trials = 1\n[space.lr]\nkind = \"bool\"\n[exec]\ncommand = {command}\n");
    let (file, problems) = parse(Path::new("study.toml"), &text);
    let told = problems.iter().map(|problem| (problem.line_and_column(&text).1, problem.what.clone()));
    (file.and_then(|file| file.exec).map(|exec| exec.command), told.collect())
}

#[test]
fn braces_are_names_and_twice_they_are_braces() {
    let (command, told) = read(r#"'train {{"a": {lr}}} {trial} {seed} {steps}'"#);
    assert_eq!(told, []);
    assert_eq!(command, Some(CommandText::Line(r#"train {{"a": {lr}}} {trial} {seed} {steps}"#.to_owned())));
    let (command, told) = read(r#"["train", "--lr", "{lr}", ""]"#);
    assert_eq!(told, []);
    assert_eq!(command, Some(CommandText::Words(["train", "--lr", "{lr}", ""].map(str::to_owned).to_vec())));
}

#[test]
fn each_fault_has_its_column() {
    for (command, wanted) in [
        ("\"train {lr} {rl} {x}\"", vec![(23, "there is no parameter `rl`"), (28, "there is no parameter `x`")]),
        ("\"train {lr} {\"", vec![(23, "this brace is not closed")]),
        ("\"train {lr} }\"", vec![(23, "this brace closes nothing")]),
        ("\"train {lr} {}\"", vec![(23, "`{}` names no parameter")]),
        ("\"train {lr} {a {lr}\"", vec![(23, "this brace is not closed")]),
        ("[\"train\", \"{lr}\", \"é{lrx}\"]", vec![(31, "there is no parameter `lrx`")]),
        ("\"train {lr} 'a\"", vec![(23, "the quote ' is not closed")]),
        ("\"train {lr} | tee\"", vec![(23, "`|` does nothing: no shell runs the command")]),
        ("['sh', '-c', 'é {lr}']", vec![(27, "`{lr}` would become part of a shell's program text")]),
        ("'{lr} --fast'", vec![(12, "the program itself is a parameter")]),
        // Escapes make the text and the file differ, so the whole value is marked.
        ("\"train \\t{lr} {x}\"", vec![(11, "there is no parameter `x`")]),
        ("\" \"", vec![(11, "`command` is empty"), (11, "the command names no parameter")]),
        (
            "[\"train\", 3]",
            vec![
                (11, "the command names no parameter"),
                (21, "`command` is a whole number and must be a list of texts"),
            ],
        ),
        ("[]", vec![(11, "`command` is an empty list"), (11, "the command names no parameter")]),
    ] {
        let (file, told) = read(command);
        let told: Vec<(usize, &str)> = told.iter().map(|(column, what)| (*column, what.as_str())).collect();
        assert_eq!(told, wanted, "{command}");
        assert!(file.is_none(), "{command}");
    }
}
