use super::text;

#[test]
fn a_command_gives_a_parameter_for_each_name_in_braces() {
    let written = text("mabeam tune", "a b.toml", Some(r#"train "x" --lr {lr} {{no}} {trial} --lr={lr} {batch size}"#));
    assert!(written.contains(r#"command = 'train "x" --lr {lr} {{no}} {trial} --lr={lr} {batch size}'"#), "{written}");
    let headers: Vec<&str> = written.lines().filter(|line| line.starts_with("[space")).collect();
    assert_eq!(headers, ["[space.lr]", "[space.\"batch size\"]"]);
    assert!(written.contains("mabeam tune --study 'a b.toml'"));
}

#[cfg(feature = "app")]
mod with_the_reader {
    use std::path::Path;

    use super::super::super::keys::tests::tables;
    use super::super::super::{Problem, Severity, StudyFile, parse};
    use super::text;

    fn read(text: &str) -> (Option<StudyFile>, Vec<Problem>) {
        parse(Path::new("study.toml"), text)
    }

    /// `key = value`, or a header, that a line is or has behind its `#`.
    fn is_toml(line: &str) -> bool {
        let is_name =
            |name: &str| !name.is_empty() && name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
        line.starts_with('[') || line.split_once(" = ").is_some_and(|(name, _)| is_name(name))
    }

    #[test]
    fn it_is_read_without_a_complaint() {
        for command in [None, Some("train --lr {lr}"), Some("train --a={a} 'b {b}' {seed}")] {
            let (file, problems) = read(&text("cargo xtask run", "study.toml", command));
            assert_eq!(problems, [], "{command:?}");
            assert!(file.is_some());
        }
    }

    #[test]
    fn every_key_is_explained_in_it() {
        let text = text("cargo xtask run", "study.toml", None);
        for (path, keys) in tables() {
            for key in keys {
                let is_there = text.lines().any(|line| {
                    let line = line.trim_start_matches("# ");
                    line.starts_with(&format!("{} = ", key.name))
                        || line.starts_with(&format!("[{}]", key.name))
                        || line.starts_with(&format!("[{}.", key.name))
                        || line.starts_with(&format!("[[{}]]", key.name))
                        || line.contains(&format!(".{}]]", key.name))
                        || (path.starts_with("space") && line.contains(&format!("{} = ", key.name)))
                });
                assert!(is_there, "{path}.{}", key.name);
            }
        }
    }

    /// Each key or section that stands behind `#` may be taken out of it, alone.
    #[test]
    fn what_is_commented_out_can_be_taken_in() {
        let text = text("cargo xtask run", "study.toml", None);
        let lines: Vec<&str> = text.lines().collect();
        let mut taken = 0;
        let mut at = 0;
        while at < lines.len() {
            let first = at;
            at += 1;
            let Some(inner) = lines[first].strip_prefix("# ").filter(|inner| is_toml(inner)) else { continue };
            let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            changed[first] = inner.to_owned();
            // A header brings everything up to the next empty line.
            while inner.starts_with('[') && lines.get(at).is_some_and(|line| !line.is_empty()) {
                if let Some(inner) = lines[at].strip_prefix("# ").filter(|inner| is_toml(inner)) {
                    changed[at] = inner.to_owned();
                }
                at += 1;
            }
            if inner == "[[objective]]" {
                changed.retain(|line| !line.starts_with("direction = ") || line.contains("minimize"));
                let header = changed.iter().position(|line| line == "[[objective]]").unwrap();
                changed.insert(header + 2, "direction = \"maximize\"".to_owned());
            }
            // A key of a schedule goes with some kind of it.
            let kinds = ["none", "asha", "hyperband", "median", "pbt"];
            let faults: Vec<_> = kinds
                .iter()
                .map(|kind| read(&changed.join("\n").replace("kind = \"none\"", &format!("kind = \"{kind}\""))).1)
                .collect();
            // The template has a program, and a population is for trainers without one.
            let is_error = |problem: &Problem| {
                problem.severity == Severity::Error && !problem.what.contains("keeps no checkpoint")
            };
            assert!(faults.iter().any(|problems| !problems.iter().any(is_error)), "{inner}: {:#?}", faults[0]);
            taken += 1;
        }
        assert!(taken > 25, "{taken}");
    }
}
