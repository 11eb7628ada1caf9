//! Bugs that tests plant, to show that they are caught. Only builds with the feature `planted-bugs` have them, and even
//! there none is active until it is [set](set).

use std::cell::Cell;
use std::sync::atomic::{AtomicU8, Ordering};

macro_rules! bugs {
    ($($(#[doc = $doc:literal])+ $bug:ident $name:literal;)+) => {
        /// A bug that can be planted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Bug {
            $($(#[doc = $doc])+ $bug,)+
        }

        impl Bug {
            /// Every bug.
            pub const ALL: &'static [Self] = &[$(Self::$bug,)+];

            /// Its name on command lines.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$bug => $name,)+ }
            }
        }
    };
}

bugs! {
    /// The window of a supervisor's intensity begins anew only after a whole period without a restart.
    WindowNotSliding "window-not-sliding";
    /// A temporary child that was stopped for a sibling is started again with it.
    TemporaryBystanderRestarted "temporary-bystander-restarted";
    /// A group is started from the last to the first.
    StartOrderReversed "start-order-reversed";
    /// A supervisor tolerates any number of restarts.
    IntensityIgnored "intensity-ignored";
    /// Restarts older than the period stay in the window of a supervisor's intensity.
    WindowKept "window-kept";
    /// A supervisor that ends by a kill leaves every hundredth process below it alive.
    OrphanLeft "orphan-left";
    /// The watchers of every hundredth process are not told of its end.
    NoticeLost "notice-lost";
    /// The mail that waits when a process ends is forgotten, so that its callers are not told.
    ReplyHang "reply-hang";
    /// Every thousandth message goes before those that wait.
    OrderSwapped "order-swapped";
    /// A mailbox takes more than its capacity.
    MailboxUnbounded "mailbox-unbounded";
    /// The control lane is looked at only where there is no mail.
    ControlBehindMail "control-behind-mail";
    /// What is guarded by a token admits older ones too.
    TokenUnchecked "token-unchecked";
}

/// 0 for none, else one more than the bug's place in [`Bug::ALL`].
static PLANTED: AtomicU8 = AtomicU8::new(0);

thread_local! {
    static PLANTED_HERE: Cell<Option<Bug>> = const { Cell::new(None) };
}

/// Plants the bug of that name in the whole program, in place of the one before; `None` removes it.
///
/// # Errors
/// The names there are, where that is none of them.
pub fn set(name: Option<&str>) -> Result<(), Vec<&'static str>> {
    let number = match name {
        None => 0,
        Some(name) => {
            let place = Bug::ALL.iter().position(|bug| bug.name() == name);
            let place = place.ok_or_else(|| Bug::ALL.iter().map(|bug| bug.name()).collect::<Vec<_>>())?;
            u8::try_from(place + 1).unwrap_or(0)
        }
    };
    PLANTED.store(number, Ordering::SeqCst);
    Ok(())
}

/// Plants a bug for what `work` does on this thread, so that tests beside it keep what they test.
pub fn here<T>(bug: Bug, work: impl FnOnce() -> T) -> T {
    struct Remove;
    impl Drop for Remove {
        fn drop(&mut self) {
            PLANTED_HERE.set(None);
        }
    }
    PLANTED_HERE.set(Some(bug));
    let _remove = Remove;
    work()
}

/// Whether that bug is planted.
#[must_use]
pub fn is(bug: Bug) -> bool {
    PLANTED_HERE.get() == Some(bug) || usize::from(PLANTED.load(Ordering::Relaxed)) == bug as usize + 1
}
