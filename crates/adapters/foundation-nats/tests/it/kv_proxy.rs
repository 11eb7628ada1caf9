//! A link that breaks where a test wants it to: between a client and its server, losing the request or the answer.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What is lost with the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// The request: the server never gets it.
    Request,
    /// The answer: the server has acted, and the client does not hear of it.
    Answer,
    /// The answer, and the link stays.
    AnswerOnly,
}

/// What to lose, and with which request.
#[derive(Clone, Debug)]
struct Trap {
    /// What the request has in it.
    with: Vec<u8>,
    lost: Lost,
}

/// Passes everything on, until a trap is set.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    trap: Arc<Mutex<Option<Trap>>>,
}

impl Proxy {
    pub(crate) async fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self { address: listener.local_addr().unwrap(), trap: Arc::default() };
        let trap = Arc::clone(&proxy.trap);
        tokio::runtime::Handle::current().spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(server).await else { continue };
                tokio::runtime::Handle::current().spawn(pass(client, server, Arc::clone(&trap)));
            }
        });
        proxy
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Loses the next request that has `with` in it, or its answer; once.
    pub(crate) fn lose(&self, lost: Lost, with: &str) {
        *self.trap.lock().unwrap() = Some(Trap { with: with.as_bytes().to_vec(), lost });
    }

    pub(crate) fn is_sprung(&self) -> bool {
        self.trap.lock().unwrap().is_none()
    }
}

/// Passes both directions on until one ends or a trap springs.
async fn pass(client: TcpStream, server: TcpStream, trap: Arc<Mutex<Option<Trap>>>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (mut sent, mut answered) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    // Whether the next answer is to be lost.
    let mut losing = None;
    loop {
        tokio::select! {
            read = from_client.read(&mut sent) => {
                let Ok(1..) = read else { return };
                let chunk = &sent[..read.unwrap()];
                let lost = spring(&trap, chunk);
                if lost == Some(Lost::Request) {
                    return;
                }
                losing = losing.or(lost);
                if to_server.write_all(chunk).await.is_err() {
                    return;
                }
            }
            read = from_server.read(&mut answered) => {
                let Ok(1..) = read else { return };
                let chunk = &answered[..read.unwrap()];
                let is_answer = chunk.windows(6).any(|window| window == b"\"seq\":");
                match losing {
                    Some(Lost::Answer) if is_answer => return,
                    Some(Lost::AnswerOnly) if is_answer => losing = None,
                    _ if to_client.write_all(chunk).await.is_err() => return,
                    _ => {}
                }
            }
        }
    }
}

fn spring(trap: &Mutex<Option<Trap>>, chunk: &[u8]) -> Option<Lost> {
    let mut trap = trap.lock().unwrap();
    let set = trap.as_ref()?;
    let springs = chunk.windows(set.with.len()).any(|window| window == set.with);
    springs.then(|| trap.take().map(|trap| trap.lost)).flatten()
}
