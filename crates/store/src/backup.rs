//! Backup and restore: a folder that either engine can be restored from, made while the platform works.
//!
//! ```text
//! BACKUP/manifest.json       what there is, with the SM3 digest of every table
//! BACKUP/tables/NAME.jsonl   one row per line; bytes as "\x…" in hexadecimal, JSON columns as text
//! BACKUP/blobs/ab/abcd…      the blobs, named by their digest
//! ```

mod dump;
mod load;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use futures::TryStreamExt as _;
use kernel::{Clock, Entropy, Timestamp};
use sea_orm_migration::MigrationTrait;
use serde::{Deserialize, Serialize};

use crate::audit::walk;
use crate::blobs::BlobRef;
use crate::digest::{Running, hex};
use crate::{ChainReport, Engine, Error, Options, Result, Store, migrations};

/// The format written here. A reader refuses any other.
const FORMAT: u32 = 1;

/// What a backup holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this format.
    pub format: u32,
    /// When it was begun: it holds what was committed before.
    pub made_at: Timestamp,
    /// The engine it was made on. It can be restored on the other one as well.
    pub engine: Engine,
    /// The migrations that the tables had.
    pub migrations: Vec<String>,
    /// The tables.
    pub tables: Vec<TableManifest>,
    /// How many audit entries there are.
    pub audit_entries: i64,
    /// The hash of the last audit entry.
    pub audit_head: String,
    /// Whether the audit chain verified when the backup was made.
    pub audit_ok: bool,
    /// How many blobs there are.
    pub blobs: u64,
    /// Their size altogether.
    pub blob_bytes: u64,
    /// The SM3 digest of their names, sorted, one per line.
    pub blobs_sm3: String,
}

/// A table in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableManifest {
    /// Its name.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// The SM3 digest of its file.
    pub sm3: String,
}

/// What a restore brought back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// What the backup holds.
    pub manifest: Manifest,
    /// The audit chain as it stands in the restored store.
    pub audit: ChainReport,
}

impl Store {
    /// Writes a backup to the new folder `path` while the platform works: all tables as of one moment, and every
    /// blob they name. The folder appears under its name only when it is complete.
    pub async fn backup(&self, path: &Path) -> Result<Manifest> {
        if std::fs::exists(path).map_err(|error| Error::io(path, error))? {
            return Err(unusable(path, "there is something at this place already; name a new folder"));
        }
        let partial = partial(path)?;
        // What a backup that was killed left behind. The name is ours.
        if std::fs::exists(&partial).map_err(|error| Error::io(&partial, error))? {
            std::fs::remove_dir_all(&partial).map_err(|error| Error::io(&partial, error))?;
        }
        let made = self.write_backup(&partial).await;
        let done = made.and_then(|manifest| {
            std::fs::rename(&partial, path).map_err(|error| Error::io(path, error))?;
            sync_folder(path.parent().unwrap_or(Path::new(".")))?;
            Ok(manifest)
        });
        if done.is_err() {
            let _ = std::fs::remove_dir_all(&partial);
        }
        done
    }

    async fn write_backup(&self, folder: &Path) -> Result<Manifest> {
        let (tables, blobs) = (folder.join("tables"), folder.join("blobs"));
        for folder in [&tables, &blobs] {
            std::fs::create_dir_all(folder).map_err(|error| Error::io(folder, error))?;
        }
        let made_at = self.clock().now();
        let snapshot = self.snapshot().await?;
        let names = dump::tables(&snapshot).await?;
        let migrations = dump::migrations(&snapshot).await?;
        let mut manifest = Manifest {
            format: FORMAT,
            made_at,
            engine: self.engine(),
            migrations,
            tables: Vec::new(),
            audit_entries: 0,
            audit_head: String::new(),
            audit_ok: false,
            blobs: 0,
            blob_bytes: 0,
            blobs_sm3: String::new(),
        };
        for name in names {
            manifest.tables.push(dump::table(&snapshot, &name, &tables.join(format!("{name}.jsonl"))).await?);
        }
        let audit = walk(&snapshot).await?;
        (manifest.audit_entries, manifest.audit_head, manifest.audit_ok) = (audit.entries, audit.head, audit.ok);
        let _ = snapshot.rollback().await;

        // After the tables: a blob is kept before the row that names it, so every row has its blob in here.
        let mut names: Vec<BlobRef> = self.blobs().names().try_collect().await?;
        names.sort();
        let mut list = Running::default();
        let mut shelves = BTreeSet::new();
        for name in &names {
            let bytes = self.blobs().get(name).await?;
            shelves.insert(blobs.join(name.shelf()));
            write_file(&blob_file(&blobs, name), &bytes)?;
            list.update(name.as_str().as_bytes());
            list.update(b"\n");
            manifest.blobs += 1;
            manifest.blob_bytes += u64::try_from(bytes.len()).unwrap_or_default();
        }
        manifest.blobs_sm3 = hex(&list.finish());

        let text = serde_json::to_string_pretty(&manifest).map_err(|error| Error::Query(error.into()))?;
        write_file(&folder.join("manifest.json"), text.as_bytes())?;
        for folder in shelves.iter().chain([&tables, &blobs, &folder.to_owned()]) {
            sync_folder(folder)?;
        }
        Ok(manifest)
    }

    /// Restores a backup into an empty store, on either engine, and compares all of it with the manifest: the rows
    /// with their digests, the blobs with their names, the audit chain with its head. Rows appear all together, at
    /// the end, or not at all. `migrations` is the list that [`Store::open`] is given.
    pub async fn restore(
        backup: &Path,
        options: Options,
        migrations: Vec<Box<dyn MigrationTrait>>,
        clock: Clock,
        entropy: Entropy,
    ) -> Result<Restored> {
        let manifest = read_manifest(backup)?;
        let mut list = migrations::migrations();
        list.extend(migrations);
        if let Some(unknown) = manifest.migrations.iter().find(|name| !list.iter().any(|known| known.name() == **name))
        {
            return Err(Error::NewerSchema { migration: unknown.clone() });
        }
        // The tables must be as they were when the rows were read; later migrations then change rows and tables alike.
        list.retain(|migration| manifest.migrations.iter().any(|name| name == migration.name()));

        let store = Self::open_empty(options, clock, entropy).await?;
        let restored = store.read_backup(backup, manifest, &list).await;
        store.close().await;
        restored
    }

    async fn read_backup(
        &self,
        backup: &Path,
        manifest: Manifest,
        migrations: &[Box<dyn MigrationTrait>],
    ) -> Result<Restored> {
        self.must_be_empty(backup).await?;
        // Blobs first: they may take long, and a transaction must not wait for them. Without their rows they are
        // nothing, and a second try finds them in place.
        self.read_blobs(&backup.join("blobs"), &manifest).await?;

        let tx = self.begin().await?;
        migrations::apply(tx.inner(), migrations, self.clock()).await?;
        load::tables(tx.inner(), backup, &manifest).await?;

        let audit = walk(tx.inner()).await?;
        let as_recorded = audit.entries == manifest.audit_entries && audit.head == manifest.audit_head;
        if !as_recorded || (manifest.audit_ok && !audit.ok) {
            let problem = audit.problem.as_deref().unwrap_or("it ends elsewhere");
            return Err(unusable(backup, &format!("the audit chain is not the one that was backed up: {problem}")));
        }
        tx.commit().await?;
        Ok(Restored { manifest, audit })
    }

    async fn must_be_empty(&self, backup: &Path) -> Result<()> {
        let snapshot = self.snapshot().await?;
        let found = dump::tables(&snapshot).await?;
        let _ = snapshot.rollback().await;
        match found.first() {
            None => Ok(()),
            Some(table) => {
                let problem = format!("the store to restore into is not empty: it has a table `{table}`");
                Err(unusable(backup, &problem))
            }
        }
    }

    async fn read_blobs(&self, folder: &Path, manifest: &Manifest) -> Result<()> {
        let names = blob_names(folder)?;
        let mut list = Running::default();
        for name in &names {
            let file = blob_file(folder, name);
            let bytes = std::fs::read(&file).map_err(|error| Error::io(&file, error))?;
            if BlobRef::of(&bytes) != *name {
                return Err(unusable(&file, "the content does not match the name"));
            }
            self.blobs().put(bytes).await?;
            list.update(name.as_str().as_bytes());
            list.update(b"\n");
        }
        if hex(&list.finish()) != manifest.blobs_sm3 {
            return Err(unusable(folder, &format!("these are not the {} blobs of the manifest", manifest.blobs)));
        }
        Ok(())
    }
}

fn read_manifest(backup: &Path) -> Result<Manifest> {
    let file = backup.join("manifest.json");
    let text = std::fs::read_to_string(&file).map_err(|error| Error::io(&file, error))?;
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| unusable(&file, &error.to_string()))?;
    if manifest.format != FORMAT {
        return Err(unusable(&file, &format!("format {} is not known here; this is format {FORMAT}", manifest.format)));
    }
    Ok(manifest)
}

/// The names of the blobs in a backup, sorted.
fn blob_names(folder: &Path) -> Result<Vec<BlobRef>> {
    let list = |folder: &Path| -> Result<Vec<PathBuf>> {
        let entries = std::fs::read_dir(folder).map_err(|error| Error::io(folder, error))?;
        entries.map(|entry| entry.map(|entry| entry.path()).map_err(|error| Error::io(folder, error))).collect()
    };
    let mut names = Vec::new();
    for shelf in list(folder)? {
        for file in list(&shelf)? {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            names.push(BlobRef::parse(name).map_err(|_| unusable(&file, "this is not the name of a blob"))?);
        }
    }
    names.sort();
    Ok(names)
}

fn blob_file(folder: &Path, name: &BlobRef) -> PathBuf {
    folder.join(name.shelf()).join(name.as_str())
}

fn partial(path: &Path) -> Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| unusable(path, "this is not the name of a folder"))?;
    let mut name = name.to_owned();
    name.push(".partial");
    Ok(path.with_file_name(name))
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error| Error::io(path, error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = std::fs::File::create(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}

/// Makes the names in a folder survive a power cut.
fn sync_folder(folder: &Path) -> Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| Error::io(folder, error))
}

fn unusable(path: &Path, problem: &str) -> Error {
    Error::Backup { path: path.to_owned(), problem: problem.to_owned() }
}
