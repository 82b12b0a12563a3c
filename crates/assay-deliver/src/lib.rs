//! Carries notifications out of the house. Receivers (`assay-notify`) say what is sent; this crate has the connections: one
//! client for HTTP, one for SMTP, and the filter of the addresses that both may call.
#![allow(clippy::disallowed_methods, reason = "at the rim: reads files of certificates, and the clock for Retry-After")]

pub mod addresses;
pub mod http;
pub mod smtp;

use assay_core::connection::Network;
use assay_core::engine::BoxFuture;
use assay_notify::receivers::{Carried, Carrier, Outgoing};

use addresses::Addresses;
use http::{Http, Limits};
use smtp::Smtp;

/// The way out of the house.
#[derive(Debug)]
pub struct Outside {
    http: Http,
    smtp: Smtp,
}

impl Default for Outside {
    fn default() -> Self {
        Outside::new(Addresses::default(), Limits::default())
    }
}

impl Outside {
    /// One that finds addresses in this way, and waits so long for answers over HTTP.
    pub fn new(addresses: Addresses, limits: Limits) -> Self {
        Outside { http: Http::new(addresses.clone(), limits), smtp: Smtp::new(addresses) }
    }
}

impl Carrier for Outside {
    fn carry<'a>(&'a self, outgoing: &'a Outgoing, allow: &'a [Network]) -> BoxFuture<'a, Carried> {
        Box::pin(async move {
            match outgoing {
                Outgoing::Http(request) => self.http.post(request, allow).await,
                Outgoing::Mail(mail) => Carried::Decided(self.smtp.send(mail, allow).await),
            }
        })
    }
}
