//! Ctrl-C and the request to terminate: the first asks for an orderly end, the second ends at once.

use foundation_core::Spawner;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::Failure;

/// Listens for requests to end.
pub(crate) struct Interrupt {
    interrupts: Signal,
    terminations: Signal,
    spawner: Spawner,
    was_pressed: bool,
}

impl Interrupt {
    /// Begins to listen; from here on the signals do not end the program by themselves.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::new(format!("listen for signals: {error}")));
        Ok(Self {
            interrupts: listen(SignalKind::interrupt())?,
            terminations: listen(SignalKind::terminate())?,
            spawner: Spawner::current().map_err(|error| Failure::new(format!("listen for signals: {error}")))?,
            was_pressed: false,
        })
    }

    /// Waits for the first request. The one after it ends the program wherever it stands.
    pub(crate) async fn pressed(&mut self) {
        if self.was_pressed {
            return;
        }
        tokio::select! {
            _ = self.interrupts.recv() => {}
            _ = self.terminations.recv() => {}
        }
        self.was_pressed = true;
        let again = signal(SignalKind::interrupt());
        self.spawner.spawn("second-interrupt", async move {
            if let Ok(mut again) = again {
                again.recv().await;
                std::process::exit(i32::from(Failure::INTERRUPTED));
            }
        });
    }
}
