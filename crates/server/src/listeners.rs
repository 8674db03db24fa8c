//! Where the server listens: for everyone, for everyone by TLS, for those who run it. What is said there is the
//! gateway's.

use crate::config::{Config, Dialect, DialectAt, Operator};
use crate::drain::Tasks;
use crate::gateway::http::{Serving, serve};
use crate::gateway::tls::{self, Handshakes, Watch};
use crate::machine::{Listener, Machine};
use anyhow::Context;
use std::net::SocketAddr;

/// Where a server listens besides its first plain, public address.
pub struct Addresses {
    /// Plainly and for everyone too.
    pub more: Vec<SocketAddr>,
    /// For TLS, if it is configured.
    pub tls: Option<SocketAddr>,
    /// For those who run it.
    pub operator: SocketAddr,
    /// For the clients of older systems.
    pub dialects: Vec<DialectAt>,
    /// What a demo does without.
    pub busy: Vec<BusyDialect>,
}

/// A dialect whose address could not be had.
#[derive(Clone, Debug)]
pub struct BusyDialect {
    /// Which, and where it should be.
    pub dialect: DialectAt,
    /// Why not.
    pub why: String,
}

/// Every listener, with its address.
pub(crate) struct Listeners {
    /// One or more.
    pub(crate) public: Vec<Bound>,
    pub(crate) operator: Bound,
    pub(crate) tls: Option<TlsListener>,
    pub(crate) dialects: Vec<(Dialect, Bound)>,
    pub(crate) busy: Vec<BusyDialect>,
}

/// A listener and its address.
type Bound = (Box<dyn Listener>, SocketAddr);

/// The listener that speaks TLS.
pub(crate) struct TlsListener {
    pub(crate) address: SocketAddr,
    listener: Box<dyn Listener>,
    handshakes: Handshakes,
    watch: Watch,
}

impl Listeners {
    /// Takes every address and reads the certificate, or says which of them cannot be had. A demo does without the
    /// dialects that cannot: their ports are those of older systems, one of which may be running.
    pub(crate) async fn bind(
        machine: &dyn Machine,
        config: &Config,
        demo: bool,
    ) -> anyhow::Result<Listeners> {
        let bind = |at| bind(machine, at);
        let mut public = Vec::new();
        for at in &config.listen {
            public.push(bind(*at).await.context("the public listener (listen)")?);
        }
        let Operator { listen } = config.operator;
        let operator = bind(listen).await.context("the operator's listener (operator.listen)")?;
        let tls = match &config.tls {
            Some(tls) => {
                let (handshakes, watch) = tls::open(tls)?;
                let (listener, address) = bind(tls.listen).await.context("TLS (tls.listen)")?;
                Some(TlsListener { address, listener, handshakes, watch })
            }
            None => None,
        };
        let (mut dialects, mut busy) = (Vec::new(), Vec::new());
        for dialect in config.dialects.listeners() {
            match bind(dialect.at).await {
                Ok(bound) => dialects.push((dialect.dialect, bound)),
                Err(error) if demo => {
                    busy.push(BusyDialect { dialect, why: error.root_cause().to_string() });
                }
                Err(error) => {
                    return Err(error.context(format!("the dialect `{}`", dialect.dialect)));
                }
            }
        }
        Ok(Listeners { public, operator, tls, dialects, busy })
    }

    /// The first public address, and all others.
    pub(crate) fn addresses(&self) -> anyhow::Result<(SocketAddr, Addresses)> {
        let mut public = self.public.iter().map(|(_, address)| *address);
        let first = public.next().context("listen: at least one address is needed")?;
        let tls = self.tls.as_ref().map(|tls| tls.address);
        let dialects = self.dialects.iter();
        let dialects = dialects.map(|(dialect, (_, at))| DialectAt { dialect: *dialect, at: *at });
        Ok((
            first,
            Addresses {
                more: public.collect(),
                tls,
                operator: self.operator.1,
                dialects: dialects.collect(),
                busy: self.busy.clone(),
            },
        ))
    }

    /// Serves on all of them until the server closes.
    pub(crate) fn serve(
        self,
        tasks: &Tasks,
        public: Serving,
        operators: Serving,
        dialect: impl Fn(Dialect) -> Serving,
    ) {
        if let Some(tls) = self.tls {
            tasks.spawn(tls.watch.run(tasks.clone()));
            tasks.spawn(serve(tls.listener, public.clone(), Some(tls.handshakes)));
        }
        for (listener, _) in self.public {
            tasks.spawn(serve(listener, public.clone(), None));
        }
        tasks.spawn(serve(self.operator.0, operators, None));
        for (which, (listener, _)) in self.dialects {
            tasks.spawn(serve(listener, dialect(which), None));
        }
    }
}

async fn bind(machine: &dyn Machine, at: SocketAddr) -> anyhow::Result<Bound> {
    let listener = machine.listen(at).await.with_context(|| format!("cannot listen on {at}"))?;
    let address = listener.address()?;
    Ok((listener, address))
}
