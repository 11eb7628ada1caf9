//! How much a process takes that waits: what is kept of each of a million of them.

use super::*;

/// A state of eight bytes, messages of sixteen, and functions at its start and its end that keep a lot meanwhile.
struct Small(u64);

impl Process for Small {
    type Message = [u64; 2];

    async fn init(&mut self, ctx: &mut Context<Self>) -> Result<(), Exit> {
        let kept = [0_u8; 500];
        ctx.yield_now().await;
        self.0 = kept.iter().map(|byte| u64::from(*byte)).sum();
        Ok(())
    }

    async fn handle(&mut self, message: [u64; 2], _ctx: &mut Context<Self>) -> Result<(), Exit> {
        self.0 += message[0];
        Ok(())
    }

    async fn terminate(&mut self, _reason: &Exit, ctx: &mut Context<Self>) {
        let kept = [self.0; 50];
        ctx.clock().now();
        ctx.yield_now().await;
        self.0 = kept.iter().sum();
    }
}

/// What an allocator of sixteen-byte steps with a word of its own before each block keeps for `size` bytes.
fn block(size: usize) -> usize {
    (size + size_of::<usize>()).next_multiple_of(16)
}

#[test]
fn a_process_that_waits_keeps_a_small_cell_and_a_small_future() {
    let cell = Cell::<[u64; 2]>::new("small", false);
    let work = lead(Small(0), Context::new(Arc::clone(&cell), TURN_BUDGET), Inbox::new(Arc::clone(&cell)));
    let life = block(size_of_val(&Life::new(work, Lifeline::<[u64; 2]> { cell: None })));
    // With the two counters of its `Arc`.
    let cell = block(size_of::<Cell<[u64; 2]>>() + 2 * size_of::<usize>());
    assert!(life <= 160, "the life of a process of 8 bytes takes {life} bytes");
    assert!(cell <= 304, "its cell takes {cell} bytes");
    assert!(size_of::<Fledgling<[u64; 2]>>() <= 24, "a task of the smallest size has room for no more");
}
