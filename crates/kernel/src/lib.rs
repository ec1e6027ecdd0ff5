//! The shared words of the platform: ids, time, data level, region, actor, events, faults.
//!
//! What it does: gives every crate the same small vocabulary. What it does not: no files, no sockets, no
//! async, no business rule. Start reading at [`level`] and [`fault`].

pub mod actor;
pub mod chance;
pub mod event;
pub mod fault;
pub mod ids;
pub mod level;
pub mod region;
pub mod text;
pub mod time;

pub use actor::Actor;
pub use chance::Entropy;
pub use fault::{Fault, Kind, Wrong};
pub use level::DataLevel;
pub use region::Region;
pub use time::{Clock, Date, Timestamp};
