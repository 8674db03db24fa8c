//! From a name to addresses, each time anew and each address checked. What is answered here is what is connected to:
//! there is no second look-up that could say something else.

use super::Rules;
use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Looks names up.
pub trait Lookup: Send + Sync {
    /// Every address of a name.
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The operating system's names.
pub struct System;

/// Names that lead to open addresses alone.
pub(super) struct Checked {
    pub(super) rules: Rules,
    pub(super) lookup: Arc<dyn Lookup>,
}

impl Lookup for System {
    fn lookup(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let (rules, looked_up) = (self.rules.clone(), self.lookup.lookup(name.as_str().to_owned()));
        Box::pin(async move {
            let found = looked_up.await?;
            // One closed address among open ones is no accident.
            if found.is_empty() || !found.iter().all(|ip| rules.is_open(*ip)) {
                return Err("the name does not lead to the public net".into());
            }
            let addresses: Addrs = Box::new(found.into_iter().map(|ip| SocketAddr::new(ip, 0)));
            Ok(addresses)
        })
    }
}
