//! Every case that is written is run: the macros name each public case exactly once.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The names of the cases in a file, by the form of their signatures.
fn cases(path: &Path, form: &str, found: &mut BTreeSet<String>) {
    for line in fs::read_to_string(path).unwrap().lines() {
        if let Some(rest) = line.strip_prefix(form) {
            let name = rest.split(['(', '<']).next().unwrap().to_owned();
            assert!(found.insert(name.clone()), "two cases are named `{name}`");
        }
    }
}

/// The identifiers that a macro lists.
fn listed(suite: &str, macro_name: &str) -> BTreeSet<String> {
    let body = suite.split(&format!("macro_rules! {macro_name} ")).nth(1).unwrap();
    let body = body.split("\n}\n").next().unwrap();
    let list = body.split("case! {").nth(1).unwrap().split('}').next().unwrap();
    let words = list.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.contains('_') && *word != "key_value" && *word != "event_log").map(str::to_owned).collect()
}

#[test]
fn every_case_is_run() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let suite = fs::read_to_string(source.join("suite.rs")).unwrap();
    for name in ["key_value", "event_log", "registry", "coordination", "messaging", "clock", "entropy", "spawner"] {
        let (mut written, mut durable) = (BTreeSet::new(), BTreeSet::new());
        let mut files = vec![source.join(format!("{name}.rs"))];
        if let Ok(folder) = fs::read_dir(source.join(name)) {
            files.extend(folder.map(|file| file.unwrap().path()));
        }
        for file in files {
            cases(&file, "pub async fn ", &mut written);
            cases(&file, "pub fn ", &mut durable);
        }
        assert!(!written.is_empty());
        assert_eq!(listed(&suite, &format!("{name}_contract")), written, "{name}");
        if !durable.is_empty() {
            assert_eq!(listed(&suite, &format!("{name}_durable_contract")), durable, "{name}");
        }
    }
}
