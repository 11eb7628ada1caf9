//! How much a process that waits takes.

use super::*;

/// A state of eight bytes, and messages of sixteen.
struct Small(u64);

impl Process for Small {
    type Message = [u64; 2];

    async fn handle(&mut self, message: [u64; 2], _ctx: &mut Context<Self>) -> Result<(), Exit> {
        self.0 += message[0];
        Ok(())
    }
}

#[test]
fn sizes() {
    let cell = Cell::<[u64; 2]>::new("small", false);
    let work = lead(Small(0), Context::new(Arc::clone(&cell)), Inbox::new(Arc::clone(&cell)));
    eprintln!(
        "lead {} life {} cell {} control {} ctx {} inbox {} exit {} turn {}",
        size_of_val(&work),
        size_of_val(&Life::new(work, Lifeline::<[u64; 2]> { cell: None })),
        size_of::<Cell<[u64; 2]>>(),
        size_of::<crate::process::control::Control>(),
        size_of::<Context<Small>>(),
        size_of::<Inbox<[u64; 2]>>(),
        size_of::<Exit>(),
        size_of::<Turn<[u64; 2]>>()
    );
}
