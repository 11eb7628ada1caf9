//! How a tree of processes stands, as data and as text.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::child::Child;
use super::{AutoShutdown, ChildName, Restart, Spec, Strategy};
use crate::event::ProcessRef;
use crate::process::control::Peer;

/// How a child is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChildState {
    /// It was not started yet.
    #[default]
    NotStarted,
    /// It runs.
    Running,
    /// It ended, or was stopped for a sibling, and waits for its restart or is being restarted.
    Restarting,
    /// It ended or was stopped, and is not restarted.
    Stopped,
    /// It had nothing to do when it was started last: its `init` ended with [`Exit::Ignore`](crate::process::Exit).
    Ignored,
    /// Its budget is spent, and it is not restarted before somebody asks for it.
    Quarantined,
}

impl ChildState {
    fn text(self) -> &'static str {
        match self {
            Self::NotStarted => "not started",
            Self::Running => "running",
            Self::Restarting => "restarting",
            Self::Stopped => "stopped",
            Self::Ignored => "ignored",
            Self::Quarantined => "quarantined",
        }
    }
}

/// A process in a tree, with everything below it.
///
/// As text it is a table with one line for each process, the parents before their children and the children in the
/// order they start.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct TreeNode {
    /// Its name.
    pub name: ChildName,
    /// What kind of process it is.
    pub kind: &'static str,
    /// The process and its present or last life; zeros before the first.
    pub process_ref: ProcessRef,
    /// How it is.
    pub state: ChildState,
    /// How often its supervisor restarted it.
    pub restarts: u64,
    /// How many messages wait in its mailbox.
    pub mailbox_len: usize,
    /// When it is restarted; `None` for the root.
    pub restart: Option<Restart>,
    /// Whether its end counts for its supervisor's automatic shutdown.
    pub significant: bool,
    /// The rules of a supervisor; `None` for a process that is none.
    pub supervisor: Option<SupervisorRules>,
    /// The children of a supervisor, in the order they start. Temporary ones that ended are left out.
    pub children: Vec<TreeNode>,
}

/// The rules of a supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SupervisorRules {
    /// Which children an end concerns.
    pub strategy: Strategy,
    /// How many restarts are tolerated within the period.
    pub restarts: u32,
    /// The period.
    pub period: Duration,
    /// Whether it ends when significant children have.
    pub auto_shutdown: AutoShutdown,
    /// Its children come and go, and have no names.
    pub is_dynamic: bool,
}

/// What is below a supervisor.
pub(super) trait Branch: Send + Sync {
    fn rules(&self) -> SupervisorRules;
    fn below(&self) -> Vec<TreeNode>;
    /// Nobody will start anything below it again.
    fn settle(&self);
}

impl Branch for Spec {
    fn rules(&self) -> SupervisorRules {
        Self::rules(self)
    }

    fn below(&self) -> Vec<TreeNode> {
        below(self)
    }

    fn settle(&self) {
        Self::settle(self);
    }
}

impl TreeNode {
    pub(super) fn root(name: &'static str, peer: &dyn Peer, spec: &Spec) -> Self {
        let running = peer.control().is_running();
        Self {
            name: name.into(),
            kind: name,
            process_ref: peer.control().process_ref(),
            state: if running { ChildState::Running } else { ChildState::Stopped },
            restarts: 0,
            mailbox_len: peer.mailbox_len(),
            restart: None,
            significant: false,
            supervisor: Some(spec.rules()),
            children: below(spec),
        }
    }

    /// A child of a dynamic supervisor.
    pub(super) fn leaf(peer: &dyn Peer, restart: Restart, state: ChildState, restarts: u64) -> Self {
        let kind = peer.control().name;
        let state = match state {
            ChildState::Running if !peer.control().is_running() => ChildState::Restarting,
            state => state,
        };
        Self {
            name: kind.into(),
            kind,
            process_ref: peer.control().process_ref(),
            state,
            restarts,
            mailbox_len: peer.mailbox_len(),
            restart: Some(restart),
            significant: false,
            supervisor: None,
            children: Vec::new(),
        }
    }

    fn of(child: &Child) -> Self {
        let (state, restarts) = {
            let record = child.record.lock();
            (record.state, record.restarts)
        };
        let peer = child.start.peer();
        // A child that ended a moment ago, and whose supervisor has not heard of it, does not run.
        let state = match state {
            ChildState::Running if !peer.control().is_running() => ChildState::Restarting,
            state => state,
        };
        Self {
            name: child.name.clone(),
            kind: child.kind,
            process_ref: peer.control().process_ref(),
            state,
            restarts,
            mailbox_len: peer.mailbox_len(),
            restart: Some(child.plan.restart),
            significant: child.plan.significant,
            supervisor: child.subtree.as_deref().map(Branch::rules),
            children: child.subtree.as_deref().map(Branch::below).unwrap_or_default(),
        }
    }

    /// The cells of its line, without the name's place in the tree.
    fn cells(&self) -> [String; 6] {
        let ProcessRef { process, incarnation } = self.process_ref;
        let mut rules = match self.restart {
            None => String::new(),
            Some(Restart::Permanent) => "permanent".to_owned(),
            Some(Restart::Transient) => "transient".to_owned(),
            Some(Restart::Temporary) => "temporary".to_owned(),
        };
        if self.significant {
            rules.push_str(", significant");
        }
        if let Some(supervisor) = &self.supervisor {
            rules.push_str(if rules.is_empty() { "" } else { "; " });
            rules.push_str(&supervisor.to_string());
        }
        [
            if self.kind == self.name.as_str() {
                self.name.to_string()
            } else {
                format!("{} ({})", self.name, self.kind)
            },
            if process == 0 { "-".to_owned() } else { format!("{process}.{incarnation}") },
            self.state.text().to_owned(),
            self.restarts.to_string(),
            self.mailbox_len.to_string(),
            rules,
        ]
    }

    /// Adds its line and those below. `first` stands before its own name, `others` before the names below.
    fn lines(&self, first: &str, others: &str, lines: &mut Vec<[String; 6]>) {
        let mut cells = self.cells();
        cells[0].insert_str(0, first);
        lines.push(cells);
        for (index, child) in self.children.iter().enumerate() {
            let (branch, rest) =
                if index + 1 == self.children.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            child.lines(&format!("{others}{branch}"), &format!("{others}{rest}"), lines);
        }
    }
}

pub(super) fn below(spec: &Spec) -> Vec<TreeNode> {
    // Out of the lock first: a tree is deep, and each level has its own.
    let children: Vec<Arc<Child>> = spec.roster.lock().values().cloned().collect();
    children.iter().map(|child| TreeNode::of(child)).collect()
}

impl fmt::Display for SupervisorRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let strategy = match self.strategy {
            _ if self.is_dynamic => "dynamic",
            Strategy::OneForOne => "one_for_one",
            Strategy::OneForAll => "one_for_all",
            Strategy::RestForOne => "rest_for_one",
        };
        let auto_shutdown = match self.auto_shutdown {
            AutoShutdown::Never => "",
            AutoShutdown::AnySignificant => ", ends with any significant child",
            AutoShutdown::AllSignificant => ", ends with all significant children",
        };
        write!(f, "{strategy}, {} in {:?}{auto_shutdown}", self.restarts, self.period)
    }
}

impl fmt::Display for TreeNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = vec![["name", "process", "state", "restarts", "mail", "rules"].map(str::to_owned)];
        self.lines("", "", &mut lines);
        let width = |column: usize| lines.iter().map(|cells| cells[column].chars().count()).max().unwrap_or(0);
        let widths = [width(0), width(1), width(2), width(3), width(4)];
        for (index, [name, process, state, restarts, mail, rules]) in lines.iter().enumerate() {
            let line = format!(
                "{name:<w0$}  {process:<w1$}  {state:<w2$}  {restarts:>w3$}  {mail:>w4$}  {rules}",
                w0 = widths[0],
                w1 = widths[1],
                w2 = widths[2],
                w3 = widths[3],
                w4 = widths[4],
            );
            let end = if index + 1 == lines.len() { "" } else { "\n" };
            write!(f, "{}{end}", line.trim_end())?;
        }
        Ok(())
    }
}
