//! Uploading: a document becomes answerable; bad ones say why and leave nothing behind.

use std::io::Write as _;
use std::time::Duration;

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::platform::{Answer, Started, request};

async fn upload(started: &Started, token: &str, name: &str, bytes: &[u8]) -> Answer {
    let mut body = Vec::new();
    write!(body, "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n").unwrap();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--B--\r\n");
    let request = request("POST", token, "/api/v1/collections/laws/documents")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=B");
    started.send(request.body(Body::from(body)).unwrap()).await
}

/// Waits for a job's end; the workers of the platform do it.
async fn ended(started: &Started, token: &str, job: &str) -> Value {
    for _ in 0..600 {
        let job = started.get(token, &format!("/api/v1/jobs/{job}")).await.json();
        if job["state"] == "succeeded" || job["state"] == "failed" {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the job did not end");
}

/// A docx with these paragraphs, made here: a zip of stored entries.
fn docx(paragraphs: &[&str]) -> Vec<u8> {
    let body: String = paragraphs.iter().map(|p| format!("<w:p><w:r><w:t>{p}</w:t></w:r></w:p>")).collect();
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}</w:body></w:document>"
    );
    let types = "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>";
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [("[Content_Types].xml", types), ("word/document.xml", document.as_str())] {
        writer.start_file(name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_docx_can_be_asked_about_and_is_recognised_again() {
    let started = Started::demo().await;
    let steward = started.login("steward").await;
    let file = docx(&[
        "锦城市共享菜园管理办法",
        "第一条 为了规范共享菜园管理，制定本办法。",
        "第二条 市民认领共享菜园地块，每户不得超过三十平方米，认领期限为两年。",
        "第三条 本办法自2026年1月1日起施行。",
    ]);
    let accepted = upload(&started, &steward, "锦城市共享菜园管理办法.docx", &file).await;
    assert_eq!(accepted.status, StatusCode::ACCEPTED, "{}", accepted.text);
    let job = ended(&started, &steward, accepted.json()["job_id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    let run = started.ask(&steward, "policy_consultation", "每户市民可以认领多大面积的共享菜园？").await;
    assert_eq!(run["status"], "released", "{run}");
    assert!(run["answer"].as_str().unwrap().contains("三十平方米"), "{run}");
    let again = upload(&started, &steward, "另一个名字.docx", &file).await.json();
    assert_eq!(again["duplicate"], true);
    assert_eq!(again["document_id"], accepted.json()["document_id"]);
    let id = accepted.json()["document_id"].as_str().unwrap().to_owned();
    let original = started.get(&steward, &format!("/api/v1/documents/{id}/file")).await;
    assert_eq!(original.headers[header::CONTENT_TYPE], "application/octet-stream");
    let pages = started.get(&steward, &format!("/api/v1/documents/{id}/pages")).await.json();
    assert_eq!((&pages["pages"], &pages["next"]), (&1.into(), &serde_json::Value::Null), "{pages}");
    assert!(pages["items"][0]["text"].as_str().unwrap().contains("三十平方米"), "{pages}");
    let clerk = started.login("clerk").await;
    let refused = upload(&started, &clerk, "x.txt", b"x").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    // Removed: no longer found, still readable where it was cited.
    let citation =
        run["citations"].as_array().unwrap().iter().find(|c| c["document_id"] == id.as_str()).unwrap().clone();
    let remove = request("DELETE", &steward, &format!("/api/v1/documents/{id}")).body(Body::empty()).unwrap();
    assert_eq!(started.send(remove).await.status, StatusCode::NO_CONTENT);
    let after = started.ask(&steward, "policy_consultation", "每户市民可以认领多大面积的共享菜园？").await;
    assert!(!after["answer"].as_str().unwrap().contains("三十平方米"), "{after}");
    let cited = format!(
        "/api/v1/articles/{}?version={}",
        citation["article_id"].as_str().unwrap(),
        citation["version_id"].as_str().unwrap()
    );
    assert_eq!(started.get(&steward, &cited).await.status, StatusCode::OK);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_cannot_be_read_say_why() {
    let started = Started::demo().await;
    let steward = started.login("steward").await;
    let empty = upload(&started, &steward, "empty.docx", b"").await;
    assert!(empty.status.is_client_error(), "{}", empty.text);
    for (name, bytes) in
        [("not.docx", &b"PK\x03\x04 this is not a zip"[..]), ("x.bin", &[0u8, 1, 2, 3, 0xff, 0xfe, 9][..])]
    {
        let accepted = upload(&started, &steward, name, bytes).await;
        assert_eq!(accepted.status, StatusCode::ACCEPTED, "{name} {}", accepted.text);
        let job = ended(&started, &steward, accepted.json()["job_id"].as_str().unwrap()).await;
        assert_eq!(job["state"], "failed", "{name} {job}");
        assert!(!job["error"]["code"].as_str().unwrap().is_empty(), "{job}");
    }
    // A body that ends in the middle, and one without a file.
    let cut = request("POST", &steward, "/api/v1/collections/laws/documents")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=B")
        .body(Body::from("--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nhalf"))
        .unwrap();
    let answer = started.send(cut).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "http.unreadable_body"));
    let none = request("POST", &steward, "/api/v1/collections/laws/documents")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=B")
        .body(Body::from("--B--\r\n"))
        .unwrap();
    assert_eq!(started.send(none).await.status, StatusCode::BAD_REQUEST);
    let body = json!({ "id": "菜园", "name": "x", "level": "public" });
    assert_eq!(started.post(&steward, "/api/v1/collections", &body).await.status, StatusCode::BAD_REQUEST);
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_tells_pages_and_defects() {
    let started = Started::demo().await;
    let steward = started.login("steward").await;
    let page = |text: &str| {
        let content = format!("BT /F 12 Tf 50 700 Td ({text}) Tj ET");
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len())
    };
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Kids[3 0 R 5 0 R]/MediaBox[0 0 600 800]/Resources<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>/XObject<</I 7 0 R>>>>>>".to_owned(),
        "<</Contents 4 0 R>>".to_owned(),
        page("Article 1 of the shared gardens rules says that a plot has thirty square metres."),
        "<</Contents 6 0 R>>".to_owned(),
        "<</Length 21>>\nstream\nq 9 0 0 9 0 0 cm /I Do\nendstream".to_owned(),
        "<</Subtype/Image/Width 8/Height 1/BitsPerComponent 1/Length 1>>\nstream\nx\nendstream".to_owned(),
    ];
    let mut file = "%PDF-1.7\n".to_owned();
    for (at, object) in objects.iter().enumerate() {
        file.push_str(&format!("{} 0 obj\n{object}\nendobj\n", at + 1));
    }
    file.push_str("trailer <</Root 1 0 R>>");
    let accepted = upload(&started, &steward, "rules.docx", file.as_bytes()).await;
    let job = ended(&started, &steward, accepted.json()["job_id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "succeeded", "{job}");
    assert_eq!(job["pages"], json!({ "done": 2, "total": 2 }));
    let defects: Vec<(&str, &Value)> =
        job["defects"].as_array().unwrap().iter().map(|d| (d["code"].as_str().unwrap(), &d["page"])).collect();
    assert_eq!(defects, [("needs_ocr", &json!(2)), ("wrong_extension", &Value::Null)]);
    // A file of pictures alone fails, and says on which pages.
    let scanned = file.replace("[3 0 R 5 0 R]", "[5 0 R 5 0 R]");
    let accepted = upload(&started, &steward, "scan.pdf", scanned.as_bytes()).await;
    let job = ended(&started, &steward, accepted.json()["job_id"].as_str().unwrap()).await;
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("documents.needs_ocr")), "{job}");
    let id = accepted.json()["document_id"].as_str().unwrap().to_owned();
    let row = started.get(&steward, &format!("/api/v1/documents/{id}")).await.json();
    assert!(row.to_string().contains("needs_ocr"), "{row}");
    started.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_past_the_limit_is_refused_before_it_is_taken() {
    let mut config = server::config::Config::default();
    config.server.max_upload_bytes = 1 << 20;
    let started = Started::start(true, config).await;
    let steward = started.login("steward").await;
    let answer = upload(&started, &steward, "large.txt", &vec![b'a'; 3 << 20]).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "http.too_large"));
    // Two gigabytes announced, and not a byte of them read.
    let announced = request("POST", &steward, "/api/v1/collections/laws/documents")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=B")
        .header(header::CONTENT_LENGTH, (2_u64 << 30).to_string())
        .body(Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>()))
        .unwrap();
    let answer = started.send(announced).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "http.too_large"));
    started.stop().await;
}
