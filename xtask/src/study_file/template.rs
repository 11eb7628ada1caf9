//! The study file that `new-study` writes: every key explained, with its default.

/// Everything above the parameters.
const BEFORE: &str = include_str!("template/before.toml");
/// Parameters as an example.
const SPACE: &str = include_str!("template/space.toml");
/// Everything below them.
const AFTER: &str = include_str!("template/after.toml");
/// The command that goes with the example.
const COMMAND: &str = "python3 train.py --lr {lr} --layers {layers} --width {width} --optimizer {optimizer} \
                       --momentum={momentum} --bias {bias}";
/// What stands for something of the trial, and is no parameter.
const OF_THE_TRIAL: [&str; 3] = ["trial", "seed", "steps"];

/// The text of a study file called `file`, which the command `run` runs. With a `command` it runs that one, and has a parameter, still without good
/// bounds, for each name in braces.
#[must_use]
pub fn text(run: &str, file: &str, command: Option<&str>) -> String {
    let names = command.map(names_in).unwrap_or_default();
    let space = if names.is_empty() { SPACE.to_owned() } else { names.iter().map(|name| parameter(name)).collect() };
    let file = if file.contains(char::is_whitespace) { format!("'{file}'") } else { file.to_owned() };
    let after = AFTER.replace("@COMMAND@", &quoted(command.unwrap_or(COMMAND)));
    format!("{}{space}{after}", BEFORE.replace("@RUN@", run).replace("@FILE@", &file))
}

/// The names in braces, each once, in their order; `{{` and `}}` are braces of the text.
fn names_in(command: &str) -> Vec<String> {
    let text = command.replace("{{", "").replace("}}", "");
    let mut names: Vec<String> = Vec::new();
    for part in text.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}')
            && !name.is_empty()
            && !OF_THE_TRIAL.contains(&name)
            && !names.iter().any(|other| other == name)
        {
            names.push(name.to_owned());
        }
    }
    names
}

fn parameter(name: &str) -> String {
    let is_bare = name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'));
    let key = if is_bare { name.to_owned() } else { quoted(name) };
    format!("# Put kind and bounds right.\n[space.{key}]\nkind = \"float\"\nlow = 0.0\nhigh = 1.0\n\n")
}

/// A text as TOML writes it on one line.
fn quoted(text: &str) -> String {
    toml::Value::String(text.replace(['\n', '\r'], " ")).to_string()
}

#[cfg(test)]
mod tests;
