//! Views: the JSON shapes of the API, made from what the crates below give. `CONTRACT` names live here.

pub mod account;
pub mod audit;
pub mod common;
pub mod entitlements;
pub mod fence;
pub mod hotline;
pub mod hotspots;
pub mod knowledge;
pub mod models;
pub mod pages;
pub mod refusals;
pub mod review;
pub mod run;
pub mod scenario;
pub mod scenario_drafts;
pub mod security;
pub mod system;
pub mod test_box;
pub mod trust;
pub mod validity;
