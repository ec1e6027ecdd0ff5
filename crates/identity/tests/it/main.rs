//! Identity through its front door, on real stores.

mod accounts;
mod engines;
mod logins;
mod permits;
mod platform;
mod roles;
mod separation;
