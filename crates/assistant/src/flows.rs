//! The flows: one file each. A scenario's record names its flow.

pub mod answer;
mod early;
mod leaks;
pub mod rehearse;
