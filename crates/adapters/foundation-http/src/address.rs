//! Where to listen, and what stands against it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use foundation_core::{Code, Error};
use tokio::net::TcpListener;

/// The ports that [`Address::OrNextFree`] tries, its own included.
const ATTEMPTS: u16 = 64;

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// Here and nowhere else. Port 0 lets the machine choose one.
    Exactly(SocketAddr),
    /// Here, or where that port is taken, at one of the 63 ports that follow.
    OrNextFree(SocketAddr),
}

impl Default for Address {
    /// 127.0.0.1:9464 or the next free port. 9464 is the port that exporters of OpenTelemetry use for Prometheus.
    fn default() -> Self {
        Self::OrNextFree(SocketAddr::from((Ipv4Addr::LOCALHOST, 9464)))
    }
}

impl Address {
    fn asked(self) -> SocketAddr {
        match self {
            Self::Exactly(address) | Self::OrNextFree(address) => address,
        }
    }

    /// Refuses an address that other machines can reach, unless requests are checked for a token.
    pub(crate) fn check(self, has_token: bool) -> Result<(), Error> {
        let address = self.asked();
        if has_token || address.ip().to_canonical().is_loopback() {
            return Ok(());
        }
        Err(Error::new(
            Code::InvalidConfiguration,
            format!("serve operations on {address}: other machines can reach it, and no token is set"),
        )
        .advise("set a token, or listen on 127.0.0.1"))
    }

    pub(crate) async fn listen(self) -> Result<TcpListener, Error> {
        let asked = self.asked();
        let last_port = match self {
            Self::Exactly(_) => asked.port(),
            Self::OrNextFree(_) => asked.port().saturating_add(ATTEMPTS - 1),
        };
        for port in asked.port()..=last_port {
            match TcpListener::bind(SocketAddr::new(asked.ip(), port)).await {
                Ok(listener) => return Ok(listener),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && port < last_port => {}
                Err(error) => return Err(refused(asked, last_port, error)),
            }
        }
        // The range holds one port at least, and its last turn returns.
        Err(refused(asked, last_port, io::ErrorKind::AddrInUse.into()))
    }
}

fn refused(asked: SocketAddr, last_port: u16, error: io::Error) -> Error {
    let what = format!("listen on {asked}");
    match error.kind() {
        io::ErrorKind::AddrInUse if last_port > asked.port() => {
            Error::new(Code::Held, format!("{what}: it and every port up to {last_port} is taken"))
                .advise("stop one of the programs that listen there, or choose another port")
        }
        io::ErrorKind::AddrInUse => Error::new(Code::Held, format!("{what}: another program listens there"))
            .advise("stop that program, or choose another port"),
        io::ErrorKind::AddrNotAvailable => {
            Error::new(Code::InvalidConfiguration, format!("{what}: this machine has no such address"))
                .advise("choose an address of this machine")
        }
        io::ErrorKind::PermissionDenied => Error::new(Code::PermissionDenied, what)
            .caused_by(error)
            .advise("choose a port from 1024 on, which needs no rights"),
        _ => Error::new(Code::Io, what).caused_by(error),
    }
}

#[cfg(test)]
mod tests;
