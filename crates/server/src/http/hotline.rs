//! The 12345 hotline: drafts, calls, work orders, hot issues.

pub mod calls;
pub mod drafts;
pub mod issues;
pub mod orders;
pub mod tables;
pub mod transcript;
