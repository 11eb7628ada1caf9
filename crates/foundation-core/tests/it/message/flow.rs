//! Flows: how much is on its way, who waits for whom, and what a death changes.

mod credit;
mod deaths;
mod random;
mod threads;

use std::time::Duration;

use foundation_core::message::{Credit, Flow};
use foundation_core::{Address, Context, Exit, MailboxSettings, Process, Runtime};

/// A message on a flow.
#[derive(Debug)]
struct Parcel {
    number: u64,
    credit: Credit,
}

/// Opens its flow with so much credit, and needs so long for each parcel.
#[derive(Clone)]
struct Consumer {
    flow: Flow<Parcel>,
    grants: u32,
    takes: Duration,
    mailbox: MailboxSettings,
}

impl Consumer {
    fn new(flow: &Flow<Parcel>, grants: u32, takes: Duration) -> Self {
        Self { flow: flow.clone(), grants, takes, mailbox: MailboxSettings::default() }
    }
}

impl Process for Consumer {
    type Message = Parcel;

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        Ok(self.flow.open(ctx, self.grants)?)
    }

    async fn handle(&mut self, parcel: Parcel, ctx: &mut Context<Self>) -> Result<(), Exit> {
        ctx.clock().sleep(self.takes).await;
        assert!(parcel.number < 1_000_000);
        drop(parcel.credit);
        Ok(())
    }

    fn mailbox(&self) -> MailboxSettings {
        self.mailbox
    }
}

/// Reserves so many units of its flow, tells a probe of each, and keeps them for its life.
struct Holder {
    flow: Flow<Parcel>,
    units: u64,
    tell: Address<u64>,
}

impl Process for Holder {
    type Message = ();

    async fn init(&mut self, _: &mut Context<Self>) -> Result<(), Exit> {
        let mut permits = Vec::new();
        for number in 0..self.units {
            permits.push(self.flow.reserve().await.map_err(|error| Exit::failed(error.into()))?);
            self.tell.cast(number).await.map_err(|error| Exit::failed(error.into()))?;
        }
        std::future::pending().await
    }

    async fn handle(&mut self, (): (), _: &mut Context<Self>) -> Result<(), Exit> {
        Ok(())
    }
}

fn holder(runtime: &Runtime, flow: &Flow<Parcel>, units: u64, tell: Address<u64>) -> Address<()> {
    runtime.spawn("holder", Holder { flow: flow.clone(), units, tell })
}
