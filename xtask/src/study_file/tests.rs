use std::path::Path;
use std::time::Duration;

use mabeam::{Allocation, Direction, Hyperband, Schedule};

use super::{CommandText, Critics, Goal, Severity, parse};

/// Everything that is printed about a text, and how many of it are mistakes.
fn printed(text: &str) -> (String, usize) {
    let path = Path::new("study.toml");
    let (file, problems) = parse(path, text);
    let mistakes = problems.iter().filter(|problem| problem.severity == Severity::Error).count();
    assert_eq!(file.is_none(), mistakes > 0, "there is a study file exactly if there is no mistake");
    let shown: Vec<String> = problems.iter().map(|problem| problem.shown(path, text, false)).collect();
    (format!("{}\n", shown.join("\n\n")), mistakes)
}

#[test]
fn ten_mistakes_are_told_in_one_go() {
    let (printed, mistakes) = printed(include_str!("../../tests/fixtures/study_files/ten_mistakes.toml"));
    assert_eq!(printed, include_str!("../../tests/fixtures/study_files/ten_mistakes.txt"), "{printed}");
    assert_eq!(mistakes, 10);
}

#[test]
fn broken_lines_do_not_hide_the_others() {
    let (printed, mistakes) = printed(include_str!("../../tests/fixtures/study_files/broken_lines.toml"));
    assert_eq!(printed, include_str!("../../tests/fixtures/study_files/broken_lines.txt"), "{printed}");
    assert_eq!(mistakes, 9);
}

#[test]
fn a_text_or_a_list_that_is_not_closed_hides_little() {
    let (printed, mistakes) = printed(include_str!("../../tests/fixtures/study_files/unclosed.toml"));
    assert_eq!(printed, include_str!("../../tests/fixtures/study_files/unclosed.txt"), "{printed}");
    assert_eq!(mistakes, 4);
}

const SPACE: &str = "[space.x]\nkind = \"float\"\nlow = 0.0\nhigh = 1.0\n";

/// One mistake each: the text around a plain space, the marked place, and what is said of it with the advice.
#[test]
fn each_mistake_has_its_place_and_its_advice() {
    for (top, below, marked, what, advice) in [
        ("", "", "", "nothing ends the study", "add trials = 60"),
        ("trials = 0", "", "0", "`trials` is 0", "from 1 to"),
        ("trials = 99999999999999999999", "", "99999999999999999999", "more than 63 bits", "from 1 to"),
        ("trials = 1.0", "", "1.0", "`trials` is a number and must be a whole number", ""),
        ("trials = true", "", "true", "`trials` is a switch", ""),
        ("trials = 1\nagents = 3", "", "3", "3 agents are more than 2 slots", "fewer agents"),
        ("time = 90", "", "90", "`time` has no unit of time", "did you mean \"90s\"?"),
        ("time = \"soon\"", "", "\"soon\"", "which is no duration", "write a number with a unit: \"90s\""),
        ("budget = 20", "", "20", "does not suffice for one trial of 27", "shorten the schedule"),
        ("trials = 1\ntimeout = \"5m\"", "", "timeout", "unknown key `timeout`", "belongs in [exec]"),
        (
            "trials = 1",
            "[exec]\ncommand = 'a {x}'\ntrials = 3",
            "trials",
            "unknown key `trials` in [exec]",
            "belongs in the top",
        ),
        ("trials = 1", "[exec]\ncommand = 'a {x}'\nmemory = 512", "512", "no unit of size", "did you mean \"512B\"?"),
        (
            "trials = 1",
            "[exec]\ncommand = 'a {x}'\nmemory = \"2 gigs\"",
            "\"2 gigs\"",
            "no size",
            "did you mean \"2GiB\"?",
        ),
        ("trials = 1", "[exec]\ntimeout = \"5m\"", "exec", "`command` is missing in [exec]", "The program"),
        ("trials = 1", "[exec]\ncommand = 'a {x}'\nhold = 'yes'", "'yes'", "`hold` is a text and must be a switch", ""),
        (
            "trials = 1",
            "[exec]\ncommand = 'a {x}'\nenvironment = { A = 1 }",
            "1",
            "`A` is a whole number and must be a text",
            "",
        ),
        ("trials = 1", "[space.y]\nlow = 1", "y", "`kind` is missing in [space.y]", "`float` and `int` have bounds"),
        ("trials = 1", "[space.y]\nkind = 'int'\nlow = 1", "y", "`high` is missing in [space.y]", "needs low and high"),
        (
            "trials = 1",
            "[space.y]\nkind = 'choice'\nlow = 1\noptions = ['a', 'b']",
            "low",
            "`low` has no meaning",
            "kind choice has options",
        ),
        (
            "trials = 1",
            "[space.y]\nkind = 'bool'\noptions = ['a', 'b']",
            "options",
            "`options` has no meaning",
            "leave it out",
        ),
        ("trials = 1", "[space.y]\nkind = 'choice'\noptions = ['a']", "['a']", "a choice needs two options", ""),
        (
            "trials = 1",
            "[space.y]\nkind = 'choice'\noptions = ['a', 2]",
            "2",
            "`options` is a whole number and must be a text",
            "",
        ),
        (
            "trials = 1",
            "[space.y]\nkind = 'float'\nlow = 0\nhigh = 1\nlog = true",
            "0",
            "is not above zero",
            "begin above zero",
        ),
        ("trials = 1", "[space.y]\nkind = 'float'\nlow = 0\nhigh = inf", "inf", "`high` is not a finite number", ""),
        ("trials = 1", "[space.y]\nkind = 'int'\nlow = 0\nhigh = 9\nstep = 0", "0", "step 0 is not above zero", ""),
        (
            "trials = 1",
            "[space.y]\nkind = 'bool'\nwhen = { param = 'x', equals = 0.5 }",
            "'x'",
            "continuous range",
            "give it a step",
        ),
        ("trials = 1", "[space.y]\nkind = 'bool'\nwhen = { param = 'y', equals = true }", "'y'", "is on itself", ""),
        ("trials = 1", "[space.y]\nkind = 'bool'\nwhen = { param = 'x' }", "when", "has no value", "equals"),
        (
            "trials = 1",
            "[space.y]\nkind = 'bool'\n[space.z]\nkind = 'bool'\nwhen = { param = 'y', any = [true, 3] }",
            "3",
            "must be true or false",
            "never be there",
        ),
        (
            "trials = 1",
            "[space.y]\nkind = 'bool'\nwhen = { param = 'z', equals = true }\n[space.z]\nkind = 'bool'\nwhen = { param = 'y', equals = true }",
            "when",
            "go round in a circle",
            "be there always",
        ),
        ("trials = 1\nconstraints = ['x <']", "", "", "expected a parameter", ""),
        ("trials = 1\nconstraints = ['x + 1']", "", "x + 1", "this is a number, and true or false is needed", ""),
        ("trials = 1", "[[enqueue]]\ny = 1", "y", "there is no parameter `y`", "did you mean `x`?"),
        ("trials = 1", "[[enqueue]]\nx = 3", "3", "`x` is 3.0 and must be a number from 0 to 1", ""),
        ("trials = 1", "[[enqueue]]\nx = [3]", "[3]", "`x` is a list and must be", ""),
        ("trials = 1\nenqueue = [{}]", "", "{}", "parameter `x` is missing", ""),
        (
            "trials = 1\nconstraints = ['x > 0.5']\nenqueue = [{ x = 0.2 }]",
            "",
            "{ x = 0.2 }",
            "does not keep `x > 0.5`",
            "",
        ),
        ("trials = 1", "[team]\nsamplers = ['tpee']", "'tpee'", "which there is not", "did you mean `tpe`?"),
        (
            "trials = 1",
            "[team]\nsamplers = ['tpe', 'tpe']",
            "'tpe'",
            "two samplers are called `tpe`",
            "[[team.member]]",
        ),
        (
            "trials = 1",
            "[team]\nallocation = 'second-price'",
            "'second-price'",
            "which there is not",
            "did you mean `second_price`?",
        ),
        (
            "trials = 1",
            "[team]\nsamplers = ['tpe']\n[[team.member]]\nsampler = 'tpe'",
            "samplers",
            "are both there",
            "",
        ),
        (
            "trials = 1",
            "[schedule]\nkind = 'none'\neta = 3",
            "eta",
            "`eta` has no meaning",
            "it is for asha, hyperband",
        ),
        ("trials = 1", "[schedule]\nrungs = [1, 3, 3]", "3", "rung 3 does not lie above 3", "rungs rise"),
        (
            "trials = 1",
            "[schedule]\nkind = 'hyperband'\nbrackets = 5",
            "5",
            "5 brackets are more than 4 rungs",
            "at most",
        ),
        (
            "trials = 1",
            "[exec]\ncommand = 'a {x}'\n[schedule]\nkind = 'pbt'",
            "'pbt'",
            "keeps no checkpoint",
            "another kind",
        ),
        (
            "trials = 1",
            "[schedule]\nkind = 'pbt'\nfixed = ['y']",
            "'y'",
            "there is no parameter `y`",
            "did you mean `x`?",
        ),
        ("trials = 1", "[schedule]\nkind = 'pbt'\npopulation = 4", "4", "nobody would ever be replaced", ""),
        ("trials = 1", "[[team.member]]\nsampler = 'tpe'\nsettings = { gama = 1 }", "{ gama = 1 }", "gama", ""),
        (
            "trials = 1\ndirection = 'minimize'",
            "[[objective]]\nname = 'a'",
            "direction",
            "is for one objective",
            "its own",
        ),
        (
            "trials = 1",
            "[[objective]]\nname = 'a'\n[[objective]]\nname = 'a'",
            "'a'",
            "two objectives are called `a`",
            "",
        ),
        (
            "trials = 1",
            "[critics]\ncommand = 'judge {critics}'",
            "{critics}",
            "there is no parameter `critics`",
            "did you mean `critic`?",
        ),
        ("trials = 1\nexec = 3", "", "3", "`exec` is a whole number and must be a table", ""),
        ("trials = 2026-11-21", "", "2026-11-21", "`trials` is a date", ""),
    ] {
        let text = format!("{top}\n{SPACE}{below}\n");
        let (_, problems) = parse(Path::new("study.toml"), &text);
        let errors: Vec<_> = problems.iter().filter(|problem| problem.severity == Severity::Error).collect();
        assert_eq!(errors.len(), 1, "{text}\n{problems:#?}");
        let error = errors[0];
        assert_eq!(text.get(error.at.clone()), Some(marked), "{text}\n{error:?}");
        assert!(error.what.contains(what), "{text}\n{error:?}");
        assert!(error.advice.as_deref().unwrap_or_default().contains(advice), "{text}\n{error:?}");
    }
}

#[test]
fn what_may_not_be_meant_is_a_warning() {
    for (below, what) in [
        ("[exec]\ncommand = 'train'", "the command names no parameter"),
        ("[space.y]\nkind = 'bool'\n[exec]\ncommand = 'train {x}'", "never uses the parameter `y`"),
        ("[critics]\ncommand = 'judge {x}'", "every critic runs the same command"),
    ] {
        let (file, problems) = parse(Path::new("study.toml"), &format!("trials = 1\n{SPACE}{below}\n"));
        assert!(file.is_some(), "{problems:?}");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].severity == Severity::Warning && problems[0].what.contains(what), "{problems:?}");
    }
    let (file, problems) = parse(Path::new("s.toml"), &format!("trials = 1\nconstraints = ['x > 2']\n{SPACE}"));
    assert!(file.is_some() && problems.len() == 1, "{problems:?}");
    assert_eq!(problems[0].what, "of 2000 random points 0 keep the constraints");
}

#[test]
fn a_file_says_what_it_says() {
    let text = r#"
        name = "all"
        seed = 7
        slots = 4
        agents = 3
        budget = 500
        time = "1h30m"
        constraints = ["width <= 2 * depth or `learning-rate` < 0.01"]

        # In this order, which is not that of the letters.
        [space.width]
        kind = "int"
        low = 1
        high = 9
        [space.depth]
        kind = "int"
        low = 2
        high = 10
        step = 2
        [space.learning-rate]
        kind = "float"
        low = 1e-4
        high = 1
        log = true
        when = { param = "depth", any = [2, 4] }

        [[enqueue]]
        width = 3
        depth = 2
        learning-rate = 1
        [[enqueue]]
        width = 3
        depth = 10

        [[objective]]
        name = "accuracy"
        [[objective]]
        name = "ms"
        direction = "minimize"

        [exec]
        command = ["train", "{width}", "{depth}", "--lr={learning-rate}"]
        directory = "work"
        environment = { A = "1" }
        timeout = "10m"
        cpu = "5m"
        memory = "2GiB"
        retries = 0

        [schedule]
        kind = "hyperband"
        rungs = [2, 8, 32]
        eta = 4

        [team]
        allocation = "bandit"
        credit = 5
        [[team.member]]
        sampler = "tpe"
        name = "careful"
        settings = { startup = 20, gamma = 0.1 }
        [[team.member]]
        sampler = "random"

        [critics]
        count = 2
        command = "judge {critic} {width}"
    "#;
    let (file, problems) = parse(Path::new("folder/ignored.toml"), text);
    assert_eq!(problems, []);
    let file = file.unwrap();
    assert_eq!((file.name.as_str(), file.seed, file.slots, file.agents), ("all", 7, 4, 3));
    assert_eq!((file.budget, file.trials, file.time), (Some(500), None, Some(Duration::from_secs(5_400))));
    let names: Vec<&str> = file.space.parameters().iter().map(|parameter| parameter.name()).collect();
    assert_eq!(names, ["width", "depth", "learning-rate"]);
    assert_eq!(file.space.constraints().len(), 1);
    let enqueued: Vec<String> = file.enqueue.iter().map(ToString::to_string).collect();
    assert_eq!(enqueued, ["depth=2 learning-rate=1.0 width=3", "depth=10 width=3"]);
    let goal = |name: &str, direction| Goal { name: Some(name.to_owned()), direction };
    assert_eq!(file.objectives, [goal("accuracy", Direction::Maximize), goal("ms", Direction::Minimize)]);
    let exec = file.exec.unwrap();
    assert_eq!(exec.directory, Path::new("folder/work"));
    assert_eq!(exec.environment, [("A".to_owned(), "1".to_owned())]);
    assert_eq!((exec.timeout, exec.cpu), (Some(Duration::from_secs(600)), Some(Duration::from_secs(300))));
    assert_eq!((exec.memory_bytes, exec.output_bytes, exec.retries), (Some(2 << 30), 64 << 20, 0));
    let Schedule::Hyperband(Hyperband { ladder, brackets }) = file.schedule else { panic!("{:?}", file.schedule) };
    assert_eq!((ladder.rungs.as_slice(), ladder.eta, ladder.reserve, brackets), ([2, 8, 32].as_slice(), 4, 30, 3));
    assert_eq!((file.allocation, file.credit), (Allocation::Bandit, 5));
    let members: Vec<String> =
        file.members.iter().map(|one| format!("{} {} {}", one.name, one.sampler, one.settings)).collect();
    assert_eq!(members, [r#"careful tpe {"gamma":0.1,"startup":20}"#, "random random null"]);
    let command = CommandText::Line("judge {critic} {width}".to_owned());
    assert_eq!(file.critics, Some(Critics { count: 2, command }));
}

/// Without a budget of its own, a study is ended by its trials, or by its time, and not by a default.
#[test]
fn a_budget_that_is_not_named_is_never_in_the_way() {
    let budget = |top: &str, below: &str| {
        let text = format!("{top}\n{SPACE}{below}\n");
        parse(Path::new("study.toml"), &text).0.unwrap_or_else(|| panic!("{text}")).budget
    };
    assert_eq!(budget("trials = 60", ""), Some(60 * 27));
    assert_eq!(budget("trials = 60", "[schedule]\nkind = 'none'\nepochs = 5"), Some(300));
    assert_eq!(budget("time = '1h'", ""), Some(1 << 53));
    assert_eq!(budget("trials = 60\nbudget = 100", ""), Some(100));
}

#[test]
fn the_name_is_the_files_unless_it_has_one() {
    let text = format!("trials = 1\n{SPACE}");
    assert_eq!(parse(Path::new("here/wide.toml"), &text).0.unwrap().name, "wide");
    let (file, problems) = parse(Path::new("here/too wide.toml"), &text);
    assert!(file.is_none() && problems[0].what.contains("\"too wide\", is none for a study"), "{problems:?}");
}

#[test]
fn nothing_that_is_read_makes_it_panic() {
    let text = include_str!("../../tests/fixtures/study_files/ten_mistakes.toml");
    // Every beginning of a file, as when it is read while somebody writes it.
    for (end, _) in text.char_indices() {
        let (file, problems) = parse(Path::new("study.toml"), &text[..end]);
        assert!(file.is_none() && !problems.is_empty(), "{end}");
        for problem in problems {
            assert!(problem.shown(Path::new("study.toml"), &text[..end], false).contains("study.toml"));
        }
    }
}
