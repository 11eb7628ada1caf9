//! What the tests of mabeam-exec start: a program that shows what it got, reports, hangs, eats, forks and crashes.
//!
//! Where `PROBE_SOCKET` names a socket, it says its own number and its parent's there, and keeps the connection as long
//! as it lives.

use std::env;
use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitCode};
use std::thread;

fn main() -> io::Result<ExitCode> {
    let _connection = match env::var_os("PROBE_SOCKET") {
        Some(path) => {
            let mut connection = UnixStream::connect(path)?;
            tell(&mut connection)?;
            Some(connection)
        }
        None => None,
    };
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        // Shows its arguments, one JSON string a line.
        ["argv", rest @ ..] => {
            rest.iter().try_for_each(|word| say(&serde_json::Value::from(*word).to_string()))?;
            say(r#"{"value":1}"#)?;
        }
        // Shows what is told it in the environment.
        ["env"] => {
            let told = env::vars().filter(|(name, _)| name.starts_with("MABEAM_") || name == "PROBE_EXTRA");
            let told: serde_json::Map<_, _> = told.map(|(name, value)| (name, value.into())).collect();
            say(&serde_json::Value::from(told).to_string())?;
            say(&format!("in {}", env::current_dir()?.display()))?;
            say(r#"{"value":1}"#)?;
        }
        // Says lines as they are, and ends.
        ["say", lines @ ..] => lines.iter().try_for_each(|line| say(line))?,
        // Says a line to each, and ends with a code.
        ["fail", code, line, error] => {
            say(line)?;
            writeln!(io::stderr(), "{error}")?;
            return Ok(ExitCode::from(code.parse::<u8>().map_err(io::Error::other)?));
        }
        ["abort"] => std::process::abort(),
        // Reports steps that approach a goal.
        ["steps", n, goal] => {
            let (n, goal): (u32, f64) = (number(n)?, number(goal)?);
            for step in 1..=n {
                say(&format!(r#"{{"step":{step},"value":{}}}"#, goal * (1.0 - 0.7_f64.powf(step.into()))))?;
            }
        }
        // Works at the attempt of this number.
        ["attempt", which] => {
            if env::var("MABEAM_ATTEMPT").ok().as_deref() != Some(which) {
                writeln!(io::stderr(), "not yet")?;
                return Ok(ExitCode::from(7));
            }
            say(r#"{"value":1}"#)?;
        }
        ["hang"] => hang(),
        // In a session of its own, as a daemon is.
        ["daemon"] => {
            rustix::process::setsid()?;
            hang();
        }
        // A child, one in another group, one in another session, and one whose parent is gone.
        ["tree"] => {
            let _plain = child(&["hang"]).spawn()?;
            let _apart = child(&["hang"]).process_group(0).spawn()?;
            let _daemon = child(&["daemon"]).spawn()?;
            let mut between: Child = child(&["orphan"]).spawn()?;
            between.wait()?;
            hang();
        }
        ["orphan"] => drop(child(&["hang"]).spawn()?),
        // Leaves someone behind.
        ["leave"] => {
            let _daemon = child(&["daemon"]).spawn()?;
            say(r#"{"value":1}"#)?;
        }
        ["burn"] => loop {
            std::hint::spin_loop();
        },
        // Lets others burn: where the kernel's limit for one process ends one, the next one.
        ["burn-below"] => loop {
            child(&["burn"]).spawn()?.wait()?;
        },
        ["eat", bytes] => {
            let food = vec![1_u8; number(bytes)?];
            std::hint::black_box(&food);
            hang();
        }
        ["flood", bytes] => {
            let line = [b'x'; 1_024];
            for _ in 0..number::<usize>(bytes)? / line.len() {
                io::stdout().write_all(&line)?;
                io::stdout().write_all(b"\n")?;
            }
            hang();
        }
        ["line", bytes] => {
            say(&"x".repeat(number(bytes)?))?;
            hang();
        }
        other => return Err(io::Error::other(format!("a probe has no mode {other:?}"))),
    }
    Ok(ExitCode::SUCCESS)
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

fn tell(to: &mut UnixStream) -> io::Result<()> {
    let parent = rustix::process::getppid().map_or(0, |parent| parent.as_raw_nonzero().get());
    writeln!(to, "{} {parent}", std::process::id())
}

fn number<T: std::str::FromStr<Err: Into<Box<dyn std::error::Error + Send + Sync>>>>(word: &str) -> io::Result<T> {
    word.parse().map_err(io::Error::other)
}

fn child(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::args_os().next().unwrap_or_default());
    command.args(arguments);
    command
}

fn hang() -> ! {
    loop {
        thread::park();
    }
}
