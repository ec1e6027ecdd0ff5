//! Blobs: whole files, named by the SM3 digest of their content, in a folder or on an S3-compatible store.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream::BoxStream};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt as _, RetryConfig};
use serde::{Deserialize, Serialize};

use crate::digest::{sm3_hex, unhex};
use crate::error::is_disk_full;
use crate::{Error, Result};

/// Where the blobs are.
#[derive(Debug, Clone, Default)]
pub enum BlobOptions {
    /// In `blobs` of the data folder.
    #[default]
    Folder,
    /// On an S3-compatible store.
    S3(S3Options),
}

/// An S3-compatible store.
#[derive(Clone)]
pub struct S3Options {
    /// Its address, such as `https://minio.example.internal:9000`.
    pub endpoint: String,
    /// The bucket; it must exist.
    pub bucket: String,
    /// The region; may be empty where the store has none.
    pub region: String,
    /// The access key.
    pub access_key: String,
    /// The secret key.
    pub secret_key: String,
    /// What the names of all blobs begin with; may be empty.
    pub prefix: String,
}

impl std::fmt::Debug for S3Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("S3Options")
            .field("endpoint", &self.endpoint)
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// The name of a blob: the SM3 digest of its content, 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct BlobRef(String);

impl BlobRef {
    /// The name that `bytes` have as a blob.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(sm3_hex(bytes))
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self> {
        match unhex(text) {
            Some(_) => Ok(Self(text.to_owned())),
            None => Err(Error::BadBlobRef(text.chars().take(80).collect())),
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Blobs are spread over 256 folders, so that none grows too large to list.
    pub(crate) fn shelf(&self) -> &str {
        self.0.get(..2).unwrap_or_default()
    }

    fn path(&self) -> object_store::path::Path {
        object_store::path::Path::from_iter([self.shelf(), self.as_str()])
    }
}

impl std::fmt::Display for BlobRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for BlobRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The blobs. They are never changed; equal content is kept once.
#[derive(Clone)]
pub struct Blobs {
    objects: Arc<dyn ObjectStore>,
}

impl std::fmt::Debug for Blobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blobs({})", self.objects)
    }
}

impl Blobs {
    pub(crate) fn open(folder: &Path, options: &BlobOptions) -> Result<Self> {
        let objects: Arc<dyn ObjectStore> = match options {
            BlobOptions::Folder => {
                let folder = folder.join("blobs");
                std::fs::create_dir_all(&folder).map_err(|error| Error::io(&folder, error))?;
                Arc::new(LocalFileSystem::new_with_prefix(&folder).map_err(failed)?.with_fsync(true))
            }
            BlobOptions::S3(s3) => open_s3(s3)?,
        };
        Ok(Self { objects })
    }

    /// Keeps `bytes`. When this returns, they are on the disk; until then there is nothing under their name.
    pub async fn put(&self, bytes: impl Into<Bytes>) -> Result<BlobRef> {
        let bytes = bytes.into();
        let name = digest(bytes.clone()).await;
        if self.is_whole(&name, bytes.len()).await? {
            return Ok(name);
        }
        self.objects.put(&name.path(), bytes.into()).await.map_err(failed)?;
        Ok(name)
    }

    /// The content of a blob, compared with its name.
    pub async fn get(&self, name: &BlobRef) -> Result<Bytes> {
        let found = self.objects.get(&name.path()).await.map_err(|error| failed_on(name, error))?;
        let bytes = found.bytes().await.map_err(|error| failed_on(name, error))?;
        if digest(bytes.clone()).await == *name { Ok(bytes) } else { Err(Error::BlobDamaged(name.to_string())) }
    }

    /// Whether there is a blob of this name. Its content is not looked at.
    pub async fn exists(&self, name: &BlobRef) -> Result<bool> {
        match self.objects.head(&name.path()).await {
            Ok(_) => Ok(true),
            Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }

    /// The names of all blobs, in no order. Other files in the place are passed over.
    pub(crate) fn names(&self) -> BoxStream<'static, Result<BlobRef>> {
        let listed = self.objects.list(None).map_err(failed);
        let name = |object: object_store::ObjectMeta| async move {
            Ok(object.location.filename().and_then(|name| BlobRef::parse(name).ok()))
        };
        listed.try_filter_map(name).boxed()
    }

    /// Whether equal content is already kept. A damaged blob is not, so that giving the file again mends it.
    async fn is_whole(&self, name: &BlobRef, len: usize) -> Result<bool> {
        match self.objects.head(&name.path()).await {
            Ok(meta) if usize::try_from(meta.size).is_ok_and(|size| size == len) => match self.get(name).await {
                Ok(_) => Ok(true),
                Err(Error::BlobDamaged(_) | Error::BlobNotFound(_)) => Ok(false),
                Err(error) => Err(error),
            },
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed(error)),
        }
    }
}

fn open_s3(options: &S3Options) -> Result<Arc<dyn ObjectStore>> {
    let plain_http = options.endpoint.starts_with("http://");
    let client = ClientOptions::new()
        .with_allow_http(plain_http)
        .with_connect_timeout(Duration::from_secs(5))
        .with_timeout(Duration::from_secs(60));
    let retry = RetryConfig { max_retries: 3, retry_timeout: Duration::from_secs(20), ..RetryConfig::default() };
    let bucket = AmazonS3Builder::new()
        .with_endpoint(&options.endpoint)
        .with_bucket_name(&options.bucket)
        // Stores of one's own have no regions, but the signature needs one.
        .with_region(if options.region.is_empty() { "us-east-1" } else { options.region.as_str() })
        .with_access_key_id(&options.access_key)
        .with_secret_access_key(&options.secret_key)
        .with_virtual_hosted_style_request(false)
        .with_client_options(client)
        .with_allow_http(plain_http)
        .with_retry(retry)
        .build()
        .map_err(|error| Error::BadOptions { field: "blobs", problem: error.to_string() })?;
    if options.prefix.is_empty() {
        Ok(Arc::new(bucket))
    } else {
        Ok(Arc::new(PrefixStore::new(bucket, options.prefix.as_str())))
    }
}

/// Large content is digested beside the async workers: SM3 takes about a second for 150 MB.
async fn digest(bytes: Bytes) -> BlobRef {
    const LARGE_BYTES: usize = 256 * 1024;
    if bytes.len() < LARGE_BYTES {
        return BlobRef::of(&bytes);
    }
    match tokio::task::spawn_blocking({
        let bytes = bytes.clone();
        move || BlobRef::of(&bytes)
    })
    .await
    {
        Ok(name) => name,
        // The runtime is ending; the digest itself cannot fail.
        Err(_) => BlobRef::of(&bytes),
    }
}

fn failed_on(name: &BlobRef, error: object_store::Error) -> Error {
    match error {
        object_store::Error::NotFound { .. } => Error::BlobNotFound(name.to_string()),
        other => failed(other),
    }
}

fn failed(error: object_store::Error) -> Error {
    if is_disk_full(&error) { Error::DiskFull(error.into()) } else { Error::Unavailable(error.into()) }
}
