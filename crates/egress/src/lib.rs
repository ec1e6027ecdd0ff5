//! The only door out: nothing leaves the platform except through here.
//!
//! What it does: compares every call with a whitelist (`policies/egress.toml`; what is not listed is refused),
//! resolves the name once, checks every address it stands for, connects to exactly those addresses, and hands
//! every call and every refusal to a recorder. A body in which the [`BodyCheck`] it was given finds personal data does
//! not leave, but to an entry that says so. What it does not: it follows no redirect, and knows nothing of what is
//! sent but its data level and what the check says.
//!
//! Invariants: a request needs an [`Allowed`], which only [`Egress::allow`] makes; the addresses that were checked
//! are the ones connected to; text above an entry's level does not leave; each call is recorded exactly once, also
//! when its caller goes away.
//!
//! Start reading at [`Egress`].

mod address;
mod call;
mod door;
mod error;
mod record;
mod whitelist;

pub use call::{Answer, Request, Streaming, Timeouts};
pub use door::{Allowed, BodyCheck, Egress, Resolver, system_resolver};
pub use error::{Error, Refused};
pub use record::{CallOutcome, CallRecord, Recorder};
pub use whitelist::{BadWhitelist, EntryText, Purpose, Whitelist};

pub use reqwest::Method;
pub use reqwest::header;
pub use url::Url;
