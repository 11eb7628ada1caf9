//! Reads a study file: all that is wrong in one go, or what it says.

use std::io::{self, IsTerminal as _, Write as _};
use std::ops::Range;
use std::path::Path;

use mabeam::Direction;
use toml::de::DeTable;

use super::command::{self, OF_THE_TRIAL};
use super::data::{Critics, Exec, Goal, StudyFile};
use super::problem::{Problem, Problems, Severity};
use super::section::Section;
use super::{enqueue, grammar, schedule, space, team};
use crate::failure::Failure;

/// A budget that is not reached; every reader of the log and of JSON keeps it exact.
const NEVER_SPENT: u64 = 1 << 53;

/// Reads the study file `path`, and prints everything that is wrong with it to standard error.
///
/// # Errors
/// When it cannot be read at all, and, once all mistakes are printed, how many there are. Warnings are no mistakes.
pub fn load(path: &Path) -> Result<StudyFile, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::io("read the study file", path, &error)
            .advise("`cargo xtask new-study FILE.toml` writes one to start from")
    })?;
    let (file, problems) = parse(path, &text);
    let in_colour = io::stderr().is_terminal();
    for problem in &problems {
        // The result is dropped on purpose: whoever closed standard error does not want to read it.
        let _ = writeln!(io::stderr(), "{}\n", problem.shown(path, &text, in_colour));
    }
    let mistakes = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    file.ok_or_else(|| {
        let many = if mistakes == 1 { "1 mistake".to_owned() } else { format!("{mistakes} mistakes") };
        Failure::usage(format!("{}: {many}", path.display())).advise("correct the places above and try again")
    })
}

/// Reads `text` as the study file `path`: what it says, unless there is an error, and everything that is wrong, from its
/// top to its end.
#[must_use]
pub fn parse(path: &Path, text: &str) -> (Option<StudyFile>, Vec<Problem>) {
    let mut problems = Problems::default();
    let (tree, broken) = DeTable::parse_recoverable(text);
    for error in broken {
        tell_broken(error.span().unwrap_or(0..0), error.message(), text, &mut problems);
    }
    grammar::check(tree.get_ref(), &mut problems);
    let file = study(path, &Section::new(tree.get_ref(), 0..0), text, &mut problems);
    let file = file.filter(|_| !problems.has_error());
    (file, problems.in_order(text))
}

/// A line that is no TOML, in the words of this file where the parser's own say little to who does not know its grammar.
fn tell_broken(at: Range<usize>, message: &str, text: &str, problems: &mut Problems) {
    let marked = text.get(at.clone()).unwrap_or_default().trim();
    let line_ends = text.get(at.end..).is_none_or(|rest| rest.trim_start_matches(' ').starts_with(['\n', '\r']));
    let problem = match message {
        "duplicate key" => {
            problems.error(at, format!("`{marked}` stands twice in its table")).advise("keep one of them")
        }
        _ if message.starts_with("string values must be quoted") && marked.is_empty() => {
            problems.error(at, "there is no value").advise("write one behind the `=`, or remove the line")
        }
        _ if message.starts_with("string values must be quoted") && line_ends => problems
            .error(at, format!("`{marked}` is no value"))
            .advise(format!("a text stands in quotes: \"{marked}\"")),
        _ if message.starts_with("invalid basic string") => {
            problems.error(at, "the text is not closed").advise("add `\"`")
        }
        _ if message.starts_with("unclosed array") => problems.error(at, "the list is not closed").advise("add `]`"),
        _ if message.starts_with("unclosed table") => problems.error(at, "the header is not closed").advise("add `]`"),
        _ => problems.error(at, format!("this is no TOML: {message}")),
    };
    problem.syntax();
}

fn study(path: &Path, root: &Section<'_>, text: &str, problems: &mut Problems) -> Option<StudyFile> {
    let name = name(path, root, problems);
    let (parameters, space) = space::read(root, text, problems);
    let enqueue = enqueue::read(root, &parameters, space.as_ref(), problems);
    let (members, allocation, credit) = team::read(root, problems);
    let schedule = schedule::read(root, problems);
    let slots = root.u32("slots").unwrap_or(2);
    let agents = root.u32("agents").unwrap_or(slots);
    if agents > slots {
        let what = format!("{agents} agents are more than {slots} slots");
        problems
            .error(root.value_at("agents"), what)
            .advise("an agent works on one slot: give as many slots, or fewer agents");
    }
    let (budget, trials, time) = (root.u64("budget"), root.u64("trials"), root.duration("time"));
    if !["budget", "trials", "time"].into_iter().any(|key| root.has(key)) {
        let advice = "add trials = 60, or a `budget` of epochs, or a limit of `time`";
        problems.error(0..0, "nothing ends the study").missing().advise(advice);
    }
    if let Some(budget) = budget.filter(|budget| *budget < u64::from(schedule.last_rung())) {
        let what = format!("a budget of {budget} epochs does not suffice for one trial of {}", schedule.last_rung());
        problems.error(root.value_at("budget"), what).advise("give more epochs, or shorten the schedule");
    }
    // Trials alone, or time alone, end a study whose budget is never spent before.
    let enough = trials.and_then(|trials| trials.checked_mul(u64::from(schedule.last_rung()))).unwrap_or(NEVER_SPENT);
    let objectives = objectives(root, problems);
    let exec = exec(path, root, text, problems);
    let critics = critics(root, text, problems);
    Some(StudyFile {
        name,
        objectives,
        seed: root.u64("seed").unwrap_or(1),
        slots,
        agents,
        budget: Some(budget.unwrap_or(enough)),
        trials,
        time,
        space: space?,
        enqueue,
        members,
        allocation,
        credit,
        schedule,
        exec,
        critics,
    })
}

fn name(path: &Path, root: &Section<'_>, problems: &mut Problems) -> String {
    if let Some(name) = root.text("name") {
        return name.text.to_owned();
    }
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if !root.has("name") && (stem.is_empty() || stem.len() > 64 || !stem.chars().all(fits)) {
        let what = format!("the file's name, \"{stem}\", is none for a study");
        problems.error(0..0, what).missing().advise("add a `name` of letters, digits, `_` and `-`");
    }
    stem
}

fn direction(section: &Section<'_>) -> Direction {
    match section.text("direction").map(|word| word.text) {
        Some("minimize") => Direction::Minimize,
        _ => Direction::Maximize,
    }
}

fn objectives(root: &Section<'_>, problems: &mut Problems) -> Vec<Goal> {
    let sections = root.tables("objective");
    if sections.is_empty() {
        return vec![Goal { name: None, direction: direction(root) }];
    }
    if root.has("direction") {
        let what = "`direction` is for one objective, and the file lists several";
        problems.error(root.key_at("direction"), what).advise("give each [[objective]] its own");
    }
    let mut goals: Vec<Goal> = Vec::new();
    for section in sections {
        let Some(name) = section.text("name") else { continue };
        let goal = Goal { name: Some(name.text.to_owned()), direction: direction(&section) };
        if goals.iter().any(|other| other.name == goal.name) {
            problems.error(name.at, format!("two objectives are called `{}`", name.text));
        }
        goals.push(goal);
    }
    goals
}

/// The names of all parameters, those that could not be read too, with their places.
fn names<'a>(root: &Section<'a>) -> Vec<(&'a str, Range<usize>)> {
    root.named("space").into_iter().map(|(name, section)| (name, section.at)).collect()
}

fn exec(path: &Path, root: &Section<'_>, text: &str, problems: &mut Problems) -> Option<Exec> {
    if !root.has("exec") {
        return None;
    }
    let section = root.section("exec");
    let placed = names(root);
    let known: Vec<&str> = placed.iter().map(|(name, _)| *name).collect();
    let read = command::read(&section, "command", &known, &OF_THE_TRIAL, text, problems)?;
    command::check_use(&section, &read, &placed, problems);
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let directory = section.text("directory").map_or_else(|| folder.to_path_buf(), |own| folder.join(own.text));
    let variables = section.section("environment");
    let environment = variables
        .keys()
        .filter_map(|(name, _)| Some((name.to_owned(), variables.text(name)?.text.to_owned())))
        .collect();
    let usual = Exec::of(read.command, directory);
    Some(Exec {
        environment,
        timeout: section.duration("timeout"),
        cpu: section.duration("cpu"),
        memory_bytes: section.size("memory"),
        output_bytes: section.size("output").unwrap_or(usual.output_bytes),
        retries: section.u32("retries").unwrap_or(usual.retries),
        backoff: section.duration("backoff").unwrap_or(usual.backoff),
        longest_backoff: section.duration("longest_backoff").unwrap_or(usual.longest_backoff),
        grace: section.duration("grace").unwrap_or(usual.grace),
        hold: section.switch("hold").unwrap_or(usual.hold),
        ..usual
    })
}

fn critics(root: &Section<'_>, text: &str, problems: &mut Problems) -> Option<Critics> {
    if !root.has("critics") {
        return None;
    }
    let section = root.section("critics");
    let known: Vec<&str> = names(root).iter().map(|(name, _)| *name).collect();
    let others = ["critic", "seed"];
    let read = command::read(&section, "command", &known, &others, text, problems)?;
    if !read.named.iter().any(|name| others.contains(&name.as_str())) {
        problems
            .warning(section.value_at("command"), "every critic runs the same command and comes to the same value")
            .advise("let {critic} choose the data by which it judges");
    }
    Some(Critics { count: section.u32("count").unwrap_or(3), command: read.command })
}
