//! Blobs on an S3-compatible store: a small one of our own on loopback.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use kernel::Fault as _;
use store::{BlobOptions, BlobRef, Options, S3Options};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::stage::{Stage, write_note};

type Objects = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// Serves `/bucket/KEY` and the listing of `/bucket`. It looks at no signature, but wants one.
struct Bucket {
    endpoint: String,
    objects: Objects,
    _tasks: JoinSet<()>,
}

impl Bucket {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let objects = Objects::default();
        let mut tasks = JoinSet::new();
        let shared = objects.clone();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                connections.spawn(serve(socket, shared.clone()));
            }
        });
        Self { endpoint, objects, _tasks: tasks }
    }

    fn options(&self, stage: &Stage) -> Options {
        let blobs = BlobOptions::S3(S3Options {
            endpoint: self.endpoint.clone(),
            bucket: "bucket".to_owned(),
            region: String::new(),
            access_key: "key".to_owned(),
            secret_key: "hunter2".to_owned(),
            prefix: "agency/blobs".to_owned(),
        });
        Options { blobs, ..stage.options.clone() }
    }
}

async fn serve(socket: TcpStream, objects: Objects) {
    let mut socket = BufStream::new(socket);
    loop {
        let (mut first, mut length, mut signed) = (String::new(), 0, false);
        let mut line = String::new();
        while socket.read_line(&mut line).await.is_ok_and(|n| n > 0) && line != "\r\n" {
            if first.is_empty() {
                first.clone_from(&line);
            } else if let Some((name, value)) = line.split_once(':') {
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.trim().parse().unwrap(),
                    "authorization" => signed = value.contains("AWS4-HMAC-SHA256"),
                    _ => {}
                }
            }
            line.clear();
        }
        if first.is_empty() {
            return;
        }
        let mut body = vec![0; length];
        socket.read_exact(&mut body).await.unwrap();
        let mut words = first.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let key = path.strip_prefix("/bucket").unwrap_or_default().trim_start_matches('/').to_owned();
        let (status, body) = {
            let mut objects = objects.lock().unwrap();
            match (method, objects.get(&key)) {
                _ if !signed => (403, Vec::new()),
                ("PUT", _) => {
                    objects.insert(key, body);
                    (200, Vec::new())
                }
                ("GET", _) if key.is_empty() && query.contains("list-type=2") => (200, listing(&objects)),
                ("GET" | "HEAD", Some(object)) => (200, object.clone()),
                _ => (404, Vec::new()),
            }
        };
        let head = format!(
            "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nETag: \"e\"\r\nLast-Modified: Tue, 24 Nov 2026 00:00:00 GMT\r\n\r\n",
            body.len()
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        if method != "HEAD" {
            socket.write_all(&body).await.unwrap();
        }
        socket.flush().await.unwrap();
    }
}

fn listing(objects: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    use std::fmt::Write as _;
    let mut xml = "<ListBucketResult><IsTruncated>false</IsTruncated>".to_owned();
    for (key, object) in objects {
        let (size, at) = (object.len(), "2026-11-24T00:00:00.000Z");
        write!(xml, "<Contents><Key>{key}</Key><LastModified>{at}</LastModified><ETag>\"e\"</ETag><Size>{size}</Size></Contents>")
            .unwrap();
    }
    (xml + "</ListBucketResult>").into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blobs_live_in_a_bucket() {
    let (stage, bucket) = (Stage::sqlite(), Bucket::start().await);
    let options = bucket.options(&stage);
    assert!(!format!("{options:?}").contains("hunter2"));
    let store = stage.open_at(options).await;
    let name = store.blobs().put("abc").await.unwrap();
    let key = format!("agency/blobs/{}/{name}", name.as_str().split_at(2).0);
    assert_eq!(bucket.objects.lock().unwrap().get(&key).unwrap(), b"abc");
    assert_eq!(store.blobs().get(&name).await.unwrap(), "abc");
    assert!(store.blobs().exists(&name).await.unwrap());
    assert!(!store.blobs().exists(&BlobRef::of(b"absent")).await.unwrap());
    assert_eq!(store.blobs().get(&BlobRef::of(b"absent")).await.unwrap_err().code(), "store.blob_not_found");

    bucket.objects.lock().unwrap().insert(key, b"abd".to_vec());
    assert_eq!(store.blobs().get(&name).await.unwrap_err().code(), "store.blob_damaged");
    store.blobs().put("abc").await.unwrap();

    // A backup brings the blobs into its folder, whatever keeps them.
    write_note(&store, "a").await.unwrap();
    let path = stage.folder.path().join("backup");
    assert_eq!(store.backup(&path).await.unwrap().blobs, 1);
    let place = stage.beside(None);
    store::Store::restore(
        &path,
        place.clone(),
        crate::stage::migrations(),
        stage.clock.clone(),
        store.entropy().clone(),
    )
    .await
    .unwrap();
    assert_eq!(stage.open_at(place).await.blobs().get(&name).await.unwrap(), "abc");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_is_gone_is_a_passing_error() {
    let (stage, bucket) = (Stage::sqlite(), Bucket::start().await);
    let options = bucket.options(&stage);
    let Bucket { mut _tasks, .. } = bucket;
    _tasks.shutdown().await;
    let store = stage.open_at(options).await;
    let error = store.blobs().put("abc").await.unwrap_err();
    assert_eq!((error.code(), error.kind()), ("store.unavailable", kernel::Kind::Unavailable));
}
