use super::{Key, Kind, ROOT};

/// Every table of keys with the path to it, the top of the file first.
pub(in crate::study_file) fn tables() -> Vec<(String, &'static [Key])> {
    let mut found = vec![(String::new(), ROOT)];
    let mut next = 0;
    while let Some((path, keys)) = found.get(next).cloned() {
        for key in keys {
            if let Kind::Table(inner) | Kind::Tables(inner) | Kind::Named(inner) = key.kind {
                found.push((if path.is_empty() { key.name.to_owned() } else { format!("{path}.{}", key.name) }, inner));
            }
        }
        next += 1;
    }
    found
}

#[test]
fn every_key_stands_once_and_is_explained() {
    for (path, keys) in tables() {
        for (at, key) in keys.iter().enumerate() {
            assert!(!keys[..at].iter().any(|other| other.name == key.name), "{path}.{} twice", key.name);
            assert!(key.about.ends_with(['.', '`']) || key.about.ends_with("no point"), "{path}.{}", key.name);
        }
    }
}

#[cfg(feature = "app")]
mod with_the_library {
    use std::path::Path;

    use super::super::schedule::SCHEDULE_WORDS;
    use super::super::team::{ALLOCATIONS, SAMPLERS};
    use super::super::{Need, SCHEDULE_KINDS};
    use super::tables;

    #[test]
    fn the_names_are_those_of_the_library() {
        assert_eq!(SAMPLERS, mabeam::SAMPLER_NAMES);
        assert_eq!(ALLOCATIONS, mabeam::Allocation::ALL.map(mabeam::Allocation::name));
        let kinds: Vec<&str> = SCHEDULE_KINDS.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(SCHEDULE_WORDS, kinds);
        let (_, schedule) = tables().into_iter().find(|(path, _)| path == "schedule").unwrap();
        for (kind, keys) in SCHEDULE_KINDS {
            for key in *keys {
                assert!(schedule.iter().any(|other| other.name == *key), "{key} of {kind}");
            }
        }
    }

    /// Whoever writes a default out gets the same study.
    #[test]
    fn the_defaults_are_those_that_hold() {
        let least = |root: &str, inner: &[(&str, String)]| {
            let mut sections = vec![
                ("space.x", "kind = \"float\"\nlow = 1.0\nhigh = 9.0".to_owned()),
                ("exec", "command = \"train {x}\"".to_owned()),
                ("critics", "command = \"judge {x} {critic}\"".to_owned()),
            ];
            for (name, lines) in inner {
                match sections.iter_mut().find(|(other, _)| other == name) {
                    Some((_, before)) => *before = format!("{before}\n{lines}"),
                    None => sections.push((*name, lines.clone())),
                }
            }
            // A population is for trainers in Rust, so there is no program beside it.
            let is_population = sections.iter().any(|(_, lines)| lines.contains("\"pbt\""));
            sections.retain(|(name, _)| !(is_population && matches!(*name, "exec" | "critics")));
            let sections: String = sections.iter().map(|(name, lines)| format!("[{name}]\n{lines}\n")).collect();
            let text = format!("trials = 9\n{root}\n{sections}");
            let (file, problems) = crate::study_file::parse(Path::new("study.toml"), &text);
            file.unwrap_or_else(|| panic!("{text}\n{problems:#?}"))
        };
        let mut compared = 0;
        for (path, keys) in tables() {
            for key in keys {
                let Need::Default(written) = key.need else { continue };
                let line = format!("{} = {written}", key.name);
                let section = if path == "space" { "space.x" } else { path.as_str() };
                // What belongs to a kind of schedule is compared under that kind.
                let kind = SCHEDULE_KINDS.iter().find(|(_, keys)| keys.contains(&key.name)).map(|(kind, _)| *kind);
                let base = match (section, kind) {
                    ("schedule", Some(kind)) => vec![("schedule", format!("kind = \"{kind}\""))],
                    _ => Vec::new(),
                };
                let (root, added) = match section {
                    "" => (line.as_str(), None),
                    "objective" | "team.member" => continue,
                    _ => ("", Some((section, line.clone()))),
                };
                let with: Vec<_> = base.iter().cloned().chain(added).collect();
                assert_eq!(least(root, &with), least("", &base), "{path}: {line}");
                compared += 1;
            }
        }
        assert!(compared > 15, "{compared}");
    }
}
