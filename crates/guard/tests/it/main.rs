//! The guard through its front door.

mod deidentify;
mod hostile;
mod identifiers;
mod input;
mod laws;
mod mutations;
mod output;
mod screening;
mod verify;
