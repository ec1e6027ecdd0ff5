//! The platform through its front door: the real router on the real store, and the real binary.

mod api;
mod asking;
mod binary;
mod cases;
mod platform;
mod reviewing;
mod unauthorised;
mod upload;
