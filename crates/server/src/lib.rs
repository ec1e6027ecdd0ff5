//! Server: HTTP, the command line, configuration, workers and wiring. The only crate that knows HTTP, JSON views
//! and environment variables.
//!
//! What it does: authenticates a request into a [`identity::Cx`], calls one function of the crates below, turns
//! what comes back into a view. What it does not: no business rule lives here, in a middleware least of all.
//! Start reading at [`http`] (the route table) and [`wiring`].

pub mod abuse;
pub mod anchoring;
pub mod assets;
pub mod builtin;
pub mod challenge;
pub mod cli;
pub mod config;
pub mod connections;
pub mod demo;
pub mod embedding;
pub mod fence;
pub mod gate;
pub mod http;
pub mod limits;
pub mod logs;
pub mod measures;
pub mod networks;
pub mod proofs;
pub mod reading;
pub mod retention;
pub mod strikes;
pub mod views;
pub mod watch;
pub mod wiring;
pub mod workers;
