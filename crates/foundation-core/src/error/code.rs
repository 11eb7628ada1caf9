//! The table of error codes: the one place where a code, its name, its transience and its advice stand.

use std::fmt;

/// What part of the system a code speaks of; the thousands of its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// 1xxx: configuration and command line.
    Configuration,
    /// 2xxx: the machine and the runtime.
    System,
    /// 3xxx: stored data.
    Data,
    /// 4xxx: services outside.
    External,
    /// 5xxx: processes and agents.
    Agent,
    /// 6xxx: coordination: names, leases, votes.
    Coordination,
    /// 7xxx: studies and other orchestrated work.
    Orchestration,
    /// 8xxx: services inside.
    Service,
    /// 9xxx: messages and nodes.
    Distributed,
}

/// Whether trying again can help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transience {
    /// The same call may succeed later; nothing was changed.
    Transient,
    /// The same call will fail again until something else changes.
    Permanent,
    /// Nobody knows whether the call took effect: read back before trying again.
    Unknown,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $number:literal $code:ident $name:literal $transience:ident $advice:literal;)+) => {
        /// The kind of an error.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $doc])+ $code,)+
        }

        impl Code {
            /// Every code, in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$code,)+];

            /// The number that stands in logs, on disk and on the wire.
            #[must_use]
            pub fn number(self) -> u16 {
                match self { $(Self::$code => $number,)+ }
            }

            /// The name that stands beside the number.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$code => $name,)+ }
            }

            /// Whether trying again can help.
            #[must_use]
            pub fn transience(self) -> Transience {
                match self { $(Self::$code => Transience::$transience,)+ }
            }

            /// What to do about it, where nothing closer is known.
            #[must_use]
            pub fn advice(self) -> &'static str {
                match self { $(Self::$code => $advice,)+ }
            }
        }
    };
}

codes! {
    /// A setting or an argument has a value that is not allowed.
    1201 InvalidConfiguration "invalid_configuration" Permanent "correct the value";
    /// A setting or an argument names something that does not exist.
    1301 UnknownName "unknown_name" Permanent "check the spelling";
    /// The machine has no room left: disk or memory.
    2201 ResourceExhausted "resource_exhausted" Transient "free some space and try again";
    /// The operating system refuses access.
    2202 PermissionDenied "permission_denied" Permanent "grant access or choose another place";
    /// Another process holds what this one needs.
    2203 Held "held" Transient "stop the other process or choose another place";
    /// Reading or writing a file failed.
    2301 Io "io" Transient "look at the cause";
    /// Something of ours is broken.
    2401 Internal "internal" Permanent "this is a defect: report it with the log";
    /// A value cannot be encoded or decoded.
    3101 Encoding "encoding" Permanent "the data was not written by this program, or by a broken one";
    /// Data or a folder was written by a newer version.
    3102 NewerVersion "newer_version" Permanent "use the version that wrote it, or a newer one";
    /// A key, a name or a payload breaks a limit of the port.
    3204 InvalidInput "invalid_input" Permanent "stay within the limits that the port states";
    /// Stored data fails its checks.
    3301 Corrupt "corrupt" Permanent "restore from an export, or read what is readable";
    /// Nothing is stored there.
    3401 NotFound "not_found" Permanent "check the name";
    /// A condition of a write does not hold.
    3402 Conflict "conflict" Permanent "read again and decide again";
    /// A reader asked for a position that is no longer kept.
    3403 Compacted "compacted" Permanent "start over from a snapshot";
    /// A write was sent and its answer was lost.
    3404 OutcomeUnknown "outcome_unknown" Unknown "read back before trying again";
    /// A service outside did not answer in time.
    4301 Timeout "timeout" Transient "try again later";
    /// A process is not running, or died before it answered.
    5101 ProcessDown "process_down" Transient "try again once it was restarted";
    /// A name is taken by a living owner.
    6101 NameTaken "name_taken" Permanent "choose another name or wait for its owner to end";
    /// A session of the registry is no longer valid.
    6102 SessionExpired "session_expired" Permanent "open a new session";
    /// A lease is over: it was not renewed in time, taken over or released.
    6103 LeaseLost "lease_lost" Permanent "stop what it allowed, and acquire it again";
    /// A later holder has used what the token leads to.
    6104 Fenced "fenced" Permanent "stop: somebody else has taken over";
    /// A study cannot be run as it is described.
    7101 InvalidStudy "invalid_study" Permanent "correct the study";
    /// A study exists already with another description.
    7102 StudyMismatch "study_mismatch" Permanent "use the settings it was started with, or start anew";
    /// A service inside is not running.
    8101 ServiceUnavailable "service_unavailable" Transient "try again once it was restarted";
    /// Nobody listens where a request was sent.
    9101 NoResponders "no_responders" Transient "check that the other side is running";
    /// A subscriber was too slow and lost messages.
    9201 SlowConsumer "slow_consumer" Permanent "read faster or raise the subscriber's capacity";
}

impl Code {
    /// The part of the system it speaks of.
    #[must_use]
    pub fn category(self) -> Category {
        match self.number() / 1_000 {
            1 => Category::Configuration,
            2 => Category::System,
            3 => Category::Data,
            4 => Category::External,
            5 => Category::Agent,
            6 => Category::Coordination,
            7 => Category::Orchestration,
            8 => Category::Service,
            _ => Category::Distributed,
        }
    }

    /// The code with that number.
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.number(), self.name())
    }
}
