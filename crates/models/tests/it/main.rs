//! The models crate through its front door: a real endpoint on loopback, in all its moods.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and runs its own server"
)]

mod admission;
mod endpoint;
mod gateway;
mod in_process;
#[cfg(feature = "llama")]
mod llama;
mod openai;
mod servers;
