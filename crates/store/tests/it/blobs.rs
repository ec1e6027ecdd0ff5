//! Blobs: named by their content, compared on every reading.

use kernel::Fault as _;
use store::{BlobRef, Bytes};

use crate::stage::Stage;

pub async fn blobs_are_named_by_their_content(stage: &Stage) {
    let store = stage.open().await;
    let blobs = store.blobs();
    let name = blobs.put("abc").await.unwrap();
    assert_eq!(name.as_str(), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    assert_eq!(blobs.put(Bytes::from_static(b"abc")).await.unwrap(), name);
    assert_eq!(blobs.get(&name).await.unwrap(), "abc");
    assert!(blobs.exists(&name).await.unwrap());

    let large = vec![7_u8; 3 << 20];
    let large_name = blobs.put(large.clone()).await.unwrap();
    assert_eq!(blobs.get(&large_name).await.unwrap(), large);

    let absent = BlobRef::of(b"nobody put this here");
    assert!(!blobs.exists(&absent).await.unwrap());
    assert_eq!(blobs.get(&absent).await.unwrap_err().code(), "store.blob_not_found");
    for bad in ["", "../../etc/passwd", &"A".repeat(64), &"0".repeat(63)] {
        assert_eq!(BlobRef::parse(bad).unwrap_err().code(), "store.bad_blob_ref", "{bad}");
    }
}

pub async fn damaged_blobs_are_found_and_mended(stage: &Stage) {
    let store = stage.open().await;
    let name = store.blobs().put("the original").await.unwrap();
    let file = store.folder().join("blobs").join(name.as_str().split_at(2).0).join(name.as_str());
    for damage in ["the 0riginal", "the orig", ""] {
        std::fs::write(&file, damage).unwrap();
        let error = store.blobs().get(&name).await.unwrap_err();
        assert_eq!(error.code(), "store.blob_damaged", "{damage}");
        assert_eq!(store.blobs().put("the original").await.unwrap(), name);
        assert_eq!(store.blobs().get(&name).await.unwrap(), "the original");
    }
}
