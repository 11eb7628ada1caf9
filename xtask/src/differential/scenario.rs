//! A supervision tree and what is done to it, as data: drawn for people, and written as a term for Erlang.

use std::fmt::{self, Write as _};

/// The number of a process in its tree.
pub(super) type Id = u8;

/// A tree and its script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scenario {
    pub(super) number: u32,
    pub(super) root: Branch,
    pub(super) steps: Vec<Step>,
}

/// A supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) id: Id,
    pub(super) strategy: Strategy,
    pub(super) intensity: u32,
    pub(super) period_s: u32,
    pub(super) auto_shutdown: AutoShutdown,
    /// Of a dynamic supervisor: those that a script may start. They are all workers, and all of one kind: what it knows
    /// of the first it knows of all.
    pub(super) children: Vec<Child>,
}

/// A child of a supervisor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Child {
    pub(super) restart: Restart,
    pub(super) significant: bool,
    pub(super) node: Node,
}

/// What a child is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A worker.
    Leaf(Leaf),
    /// A supervisor. It is always waited for without limit when it is stopped: OTP calls anything else a race.
    Branch(Branch),
}

/// A worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) id: Id,
    pub(super) shutdown: Shutdown,
    /// It never ends by itself once it is asked to stop. Only with a patience that ends.
    pub(super) stubborn: bool,
    /// What comes of the starts that do not simply succeed, by the life that they would begin, from 1.
    pub(super) starts: Vec<(u32, Start)>,
}

/// What is done to the tree; the next step comes when nothing happens any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A worker ends; nothing where it does not run.
    Stop(Id, How),
    /// A dynamic supervisor starts a worker; nothing where either does or does not run already.
    Start(Id),
    /// A dynamic supervisor stops a worker by its rule; nothing where that does not run.
    Terminate(Id),
    /// Time goes by.
    Wait {
        /// How much, in milliseconds.
        ms: u32,
    },
}

/// A closed set of words that Erlang, the command line and people share.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// Every one.
            pub(super) const ALL: &[Self] = &[$(Self::$variant,)*];

            pub(super) fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }
    };
}
pub(super) use words;

words! {
    /// Which children an end concerns.
    Strategy {
        OneForOne = "one_for_one",
        OneForAll = "one_for_all",
        RestForOne = "rest_for_one",
        /// Only the one that ended. Such a supervisor is dynamic: it begins without children.
        SimpleOneForOne = "simple_one_for_one",
    }
}

words! {
    /// When significant children end their supervisor.
    AutoShutdown {
        Never = "never",
        AnySignificant = "any_significant",
        AllSignificant = "all_significant",
    }
}

words! {
    /// When a child is started again.
    Restart {
        Permanent = "permanent",
        Transient = "transient",
        Temporary = "temporary",
    }
}

words! {
    /// How a worker ends.
    How {
        Normal = "normal",
        Shutdown = "shutdown",
        /// With an error as its reason.
        Fail = "fail",
        /// By a panic, or an exception.
        Panic = "panic",
        Kill = "kill",
    }
}

words! {
    /// What comes of a start.
    Start {
        Fails = "fails",
        Panics = "panics",
        Ignores = "ignores",
    }
}

/// How a worker is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shutdown {
    BrutalKill,
    /// Asked, and killed after so many milliseconds.
    Timeout(u32),
    Infinity,
}

impl fmt::Display for Shutdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BrutalKill => f.write_str("brutal_kill"),
            Self::Timeout(ms) => write!(f, "{ms}"),
            Self::Infinity => f.write_str("infinity"),
        }
    }
}

impl Node {
    pub(super) fn id(&self) -> Id {
        match self {
            Self::Leaf(leaf) => leaf.id,
            Self::Branch(branch) => branch.id,
        }
    }
}

impl Scenario {
    /// Whether the script waits for the clock.
    pub(super) fn waits(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Wait { .. }))
    }

    /// The dynamic supervisors.
    pub(super) fn dynamic(&self) -> Vec<Id> {
        self.root.branches().iter().filter(|(branch, _)| branch.is_dynamic()).map(|(branch, _)| branch.id).collect()
    }

    /// What a process is called: `s0` is the root.
    pub(super) fn name(&self, id: Id) -> String {
        if self.root.find(id).is_some() { format!("s{id}") } else { format!("w{id}") }
    }

    /// As a term for Erlang; `otp.escript` says what it means.
    pub(super) fn term(&self) -> String {
        let mut text = format!("{{tree,{},", self.number);
        self.root.write_term(&mut text);
        text.push_str(",[");
        for (index, step) in self.steps.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { "," });
            // Writing to a string cannot fail.
            let _ = match step {
                Step::Stop(id, how) => write!(text, "{{stop,{id},{how}}}"),
                Step::Start(id) => write!(text, "{{start,{id}}}"),
                Step::Terminate(id) => write!(text, "{{terminate,{id}}}"),
                Step::Wait { ms } => write!(text, "{{wait,{ms}}}"),
            };
        }
        text.push_str("]}.\n");
        text
    }
}

impl Step {
    /// The worker that it is about.
    pub(super) fn worker(&self) -> Option<Id> {
        match self {
            Self::Stop(id, _) | Self::Start(id) | Self::Terminate(id) => Some(*id),
            Self::Wait { .. } => None,
        }
    }
}

impl Branch {
    pub(super) fn is_dynamic(&self) -> bool {
        self.strategy == Strategy::SimpleOneForOne
    }

    /// The supervisor of that number, here or below.
    pub(super) fn find(&self, id: Id) -> Option<&Self> {
        if self.id == id {
            return Some(self);
        }
        self.children.iter().find_map(|child| match &child.node {
            Node::Branch(branch) => branch.find(id),
            Node::Leaf(_) => None,
        })
    }

    /// Every supervisor from here down, with its level; this one has level 1.
    pub(super) fn branches(&self) -> Vec<(&Self, usize)> {
        let mut found = vec![(self, 1)];
        let mut next = 0;
        while let Some((branch, level)) = found.get(next).copied() {
            next += 1;
            found.extend(branch.children.iter().filter_map(|child| match &child.node {
                Node::Branch(branch) => Some((branch, level + 1)),
                Node::Leaf(_) => None,
            }));
        }
        found
    }

    /// Whether a worker somewhere below starts with it.
    pub(super) fn starts_a_worker(&self) -> bool {
        !self.is_dynamic()
            && self.children.iter().any(|child| match &child.node {
                Node::Leaf(_) => true,
                Node::Branch(branch) => branch.starts_a_worker(),
            })
    }

    /// Every worker from here down, with its supervisor and what that one knows of it.
    pub(super) fn leaves(&self) -> Vec<(&Self, &Child, &Leaf)> {
        let branches = self.branches().into_iter();
        branches
            .flat_map(|(branch, _)| branch.children.iter().map(move |child| (branch, child)))
            .filter_map(|(branch, child)| match &child.node {
                Node::Leaf(leaf) => Some((branch, child, leaf)),
                Node::Branch(_) => None,
            })
            .collect()
    }

    fn write_term(&self, text: &mut String) {
        let Self { id, strategy, intensity, period_s, auto_shutdown, children } = self;
        // Writing to a string cannot fail.
        let _ = write!(text, "{{supervisor,{id},{strategy},{intensity},{period_s},{auto_shutdown},[");
        for (index, child) in children.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { "," });
            let Child { restart, significant, node } = child;
            match node {
                Node::Leaf(Leaf { id, shutdown, stubborn, starts }) => {
                    let starts: Vec<String> =
                        starts.iter().map(|(life, start)| format!("{{{life},{start}}}")).collect();
                    let starts = starts.join(",");
                    let _ =
                        write!(text, "{{{restart},{shutdown},{significant},{{worker,{id},{stubborn},[{starts}]}}}}");
                }
                Node::Branch(branch) => {
                    let _ = write!(text, "{{{restart},infinity,{significant},");
                    branch.write_term(text);
                    text.push('}');
                }
            }
        }
        text.push_str("]}");
    }

    fn draw(&self, f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
        for (index, child) in self.children.iter().enumerate() {
            let is_last = index + 1 == self.children.len();
            let (branch_mark, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            write!(f, "{indent}{branch_mark}")?;
            let significant = if child.significant { ", significant" } else { "" };
            match &child.node {
                Node::Leaf(leaf) => {
                    write!(f, "w{} {}{significant}, shutdown {}", leaf.id, child.restart, leaf.shutdown)?;
                    if leaf.stubborn {
                        f.write_str(" but never stops when asked")?;
                    }
                    for (life, start) in &leaf.starts {
                        write!(f, ", start {life} {start}")?;
                    }
                    f.write_char('\n')?;
                }
                Node::Branch(branch) => {
                    writeln!(f, "{branch}, {}{significant}", child.restart)?;
                    branch.draw(f, &format!("{indent}{below}"))?;
                }
            }
        }
        Ok(())
    }
}

/// The supervisor alone, in a line.
impl fmt::Display for Branch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, strategy, intensity, period_s, auto_shutdown, .. } = self;
        write!(f, "s{id} {strategy}, {intensity} in {period_s} s, auto_shutdown {auto_shutdown}")
    }
}

/// The tree, a process a line.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.root)?;
        self.root.draw(f, "")
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stop(id, how) => write!(f, "w{id} ends: {how}"),
            Self::Start(id) => write!(f, "w{id} is started"),
            Self::Terminate(id) => write!(f, "w{id} is stopped"),
            Self::Wait { ms } => write!(f, "{ms} ms go by"),
        }
    }
}

#[cfg(test)]
mod tests;
