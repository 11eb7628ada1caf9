//! The process probe: what it waits for, what it does not, and what its failures say.

mod failing;
mod passing;

use std::time::Duration;

use foundation_core::{Address, Context, Exit, Process, Reply};

const SECOND: Duration = Duration::from_secs(1);

/// What the probes of these tests are sent.
#[derive(Debug, PartialEq)]
enum Seen {
    Number(u64),
    Word(&'static str),
}

/// What a probe that is called is sent.
#[derive(Debug)]
enum Asked {
    Double(u64, Reply<u64>),
    Told(Result<u64, String>),
}

/// Sends numbers to a probe, each after a span of its own.
struct Teller {
    to: Address<Seen>,
    after: Vec<Duration>,
}

impl Process for Teller {
    type Message = u64;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        for (number, span) in (1..).zip(&self.after) {
            ctx.send_after(*span, number);
        }
        Ok(())
    }

    async fn handle(&mut self, number: u64, _: &mut Context<Self>) -> Result<(), Exit> {
        self.to.cast(Seen::Number(number)).await.map_err(|error| Exit::failed(error.into()))
    }
}

/// Calls a probe once, and tells it what the answer was.
struct Caller {
    to: Address<Asked>,
    within: Duration,
}

impl Process for Caller {
    type Message = ();

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        ctx.send_after(Duration::ZERO, ());
        Ok(())
    }

    async fn handle(&mut self, (): (), _: &mut Context<Self>) -> Result<(), Exit> {
        let answer = self.to.call(|reply| Asked::Double(4, reply), self.within).await;
        let told = Asked::Told(answer.map_err(|error| error.to_string()));
        // The probe may have ended, which is what some tests are about.
        let _ = self.to.cast(told).await;
        Ok(())
    }
}
