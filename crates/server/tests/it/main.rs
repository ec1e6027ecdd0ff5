//! The platform through its front door: the real router on the real store, and the real binary.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and starts the binary"
)]

mod api;
mod asking;
mod binary;
mod cases;
mod entitlements;
mod gateway;
mod hotline;
mod levels;
mod platform;
mod postgres;
mod protection;
mod reading;
mod record;
mod refusals;
mod rereading;
mod review_batch;
mod review_work;
mod reviewing;
mod test_box;
mod trust;
mod unauthorised;
mod upload;
mod validity;
mod visitors;
