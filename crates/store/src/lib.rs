//! The store: rows on SQLite or PostgreSQL, blobs in a folder or on S3, durable jobs, the audit chain, the
//! change log, backup and restore.
//!
//! What it does: keeps what the platform was told, and can prove that the record was not altered. Every write
//! happens inside one transaction ([`Store::write`]); writers are served one after the other on both engines, so
//! code that reads and then writes inside a transaction sees nobody in between. What it does not: it knows no
//! table but its own ([`migrations`]); each crate brings its entities and migrations.
//!
//! Invariants: an acknowledged write survives `kill -9` and a power cut; an audit entry commits together with
//! what it records or not at all; a blob is what its name says, or reading it fails; a job is with one worker at
//! a time.
//!
//! Start reading at [`Store`], then [`Audit`] and [`Jobs`].

mod audit;
mod backup;
mod blobs;
mod changes;
mod database;
mod digest;
mod error;
mod jobs;
mod journal;
mod lock;
mod migrations;
mod open;
mod settings;
mod signing;
mod tables;
#[cfg(feature = "testing")]
pub mod testing;
mod transaction;

pub use audit::{
    Audit, AuditFilter, AuditKey, ChainReport, CopyRange, CopyReport, Entry, Record, RetentionClass, check_copy,
};
pub use backup::{Manifest, Restored, TableManifest};
pub use blobs::{BlobOptions, BlobRef, Blobs, S3Options};
pub use changes::{Change, Changes};
pub use database::Engine;
pub use digest::{Digest, chain, hex, sm3_hex, sm3_read, unhex};
pub use error::{Error, Source};
pub use jobs::{Claimed, Job, JobCounts, JobError, JobFilter, JobState, Jobs, NewJob};
pub use journal::{Batch, Journal};
pub use migrations::migrations;
pub use open::{Options, Status, Store};
pub use settings::Settings;
pub use signing::{BadSignature, verify_sm2};
pub use transaction::Tx;

pub use bytes::Bytes;
pub use sea_orm;
pub use sea_orm_migration;
pub use sea_orm_migration::MigrationTrait;

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;
