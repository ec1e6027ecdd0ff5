//! The real binary: starting, stopping, being killed, and its commands.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_shuzheng");

/// A server in its own process. Killed when dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(data: &Path) -> Self {
        let mut child = Command::new(BINARY)
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").unwrap_or_else(|| panic!("said `{line}`"));
        Self { address: address.to_owned(), child }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One HTTP request; nothing when the server went away before the whole answer.
fn call(address: &str, method: &str, path: &str, token: &str, content_type: &str, body: &[u8]) -> Option<(u16, Value)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    // Without a login there is no such header.
    let head = if token.is_empty() { head.replace("authorization: Bearer \r\n", "") } else { head };
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let text = String::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length: Option<usize> =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").and_then(|n| n.parse().ok()));
    if length.is_some_and(|length| length != body.len()) {
        return None;
    }
    Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}

fn post(address: &str, path: &str, token: &str, body: &Value) -> Option<(u16, Value)> {
    call(address, "POST", path, token, "application/json", body.to_string().as_bytes())
}

fn get(address: &str, path: &str, token: &str) -> Option<(u16, Value)> {
    call(address, "GET", path, token, "application/json", b"")
}

fn login(address: &str, user: &str) -> String {
    let body = json!({ "username": user, "password": "Shuzheng#2026" });
    let (status, answer) = post(address, "/api/v1/session", "", &body).unwrap();
    assert_eq!(status, 200, "{answer}");
    answer["token"].as_str().unwrap().to_owned()
}

fn run(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(BINARY)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn lines(output: &Output) -> Vec<Value> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

#[test]
fn a_model_file_is_inspected_with_its_signature() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (key, other) =
        (store::AuditKey::parse(&"1f".repeat(32)).unwrap(), store::AuditKey::parse(&"2e".repeat(32)).unwrap());
    let digest = store::unhex(&store::sm3_hex(b"weights")).unwrap();
    let (signature, public) = (key.sign(&digest), key.public());
    let (weights, cut) = (put("weights.bin", "weights"), put("cut.bin", "weight"));
    let (signature, signer) = (put("weights.sig", &format!("{signature}\n")), put("signer.pub", &public));
    let stranger = put("other.pub", &other.public());
    let inspect = |more: &[&str]| run(&[&["models", "inspect", "--file"][..], more].concat(), "");
    let refused = |more: &[&str], words: &str| {
        let output = inspect(more);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(words), "{said}");
    };
    let good = inspect(&[&weights, "--signature", &signature, "--signer", &signer]);
    assert_eq!(lines(&good)[0]["signed_by"], public.as_str());
    refused(&[&weights, "--signature", &signature, "--signer", &stranger], "does not fit");
    refused(&[&cut, "--signature", &signature, "--signer", &signer], "does not fit");
    refused(&[&weights, "--signer", &signer], "no signature");
    refused(&[&weights, "--signature", &signature], "--signer");

    // The registry's record says who must have signed.
    let record = format!(
        "[[model]]\nid='m'\nname='m'\nbackend='extractive'\nlevel='internal'\nsigner='{public}'\n[[route]]\nid='default'\nmodels=['m']\n"
    );
    put("data/policies/models.toml", &record);
    let data = folder.path().join("data");
    let of = ["--model", "m", "--data", data.to_str().unwrap()];
    refused(&[&[weights.as_str()][..], &of[..]].concat(), "no signature");
    let good = inspect(&[&[weights.as_str(), "--signature", &signature][..], &of[..]].concat());
    assert!(good.status.success(), "{}", String::from_utf8_lossy(&good.stderr));
    refused(&[&weights, "--model", "none"], "no model `none`");
}

#[test]
fn a_second_server_is_told_what_is_in_its_way_and_a_stop_is_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::start(&data);
    let path = data.to_str().unwrap();
    let locked = run(&["serve", "--data", path, "--listen", "127.0.0.1:0"], "");
    let said = String::from_utf8_lossy(&locked.stderr).into_owned();
    assert!(!locked.status.success() && said.contains(path), "{said}");
    let other = folder.path().join("other");
    let taken = run(&["serve", "--data", other.to_str().unwrap(), "--listen", &server.address], "");
    let said = String::from_utf8_lossy(&taken.stderr).into_owned();
    assert!(!taken.status.success() && said.contains("cannot listen"), "{said}");
    assert!(!other.exists(), "a start that fails leaves nothing behind");
    // The commands that only read work beside the server.
    let verified = run(&["audit", "verify", "--data", path], "");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    assert_eq!(lines(&verified)[0]["ok"], true);
    let doctor = run(&["doctor", "--json", "--data", path], "");
    assert_eq!(lines(&doctor)[0]["ok"], true, "{}", String::from_utf8_lossy(&doctor.stdout));
    let stop = Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();
    assert!(stop.success());
    assert!(server.child.wait().unwrap().success(), "SIGTERM ends with 0");
}

#[test]
fn batch_commands_answer_line_by_line_and_go_on_after_a_bad_one() {
    let input = "{\"id\":1,\"text\":\"电话13800138000\"}\nnot json\n{\"id\":3,\"text\":\"无\",\"more\":1}\n{\"id\":4,\"text\":\"\"}\n";
    let output = run(&["guard", "deidentify"], input);
    assert_eq!(output.status.code(), Some(1));
    let lines = lines(&output);
    assert_eq!(lines.len(), 4);
    assert_eq!((lines[0]["id"].as_i64(), lines[0]["findings"][0]["kind"].as_str()), (Some(1), Some("mobile")));
    assert_eq!((lines[1]["line"].as_i64(), lines[1]["error"]["code"].as_str()), (Some(2), Some("cli.bad_line")));
    assert!(lines[2]["error"]["message"].as_str().unwrap().contains("more"));
    assert_eq!(lines[3]["id"], 4);
}

#[test]
fn knowledge_is_imported_searched_and_answered_at_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let articles = folder.path().join("articles.jsonl");
    let rows = [
        json!({ "id": 7, "law": "共享菜园管理办法", "article": "第二条", "chapter": "第一章 总则", "text": "市民认领共享菜园地块，每户不得超过三十平方米。", "status": "现行有效", "effective_date": "2020-01-01" }),
        json!({ "id": 8, "law": "共享菜园管理办法", "article": "第三条", "chapter": "第一章 总则", "text": "共享菜园不得使用高毒农药。", "status": "现行有效", "effective_date": "2020-01-01" }),
    ];
    std::fs::write(&articles, rows.map(|r| r.to_string()).join("\n")).unwrap();
    let (data, articles) = (data.to_str().unwrap(), articles.to_str().unwrap());
    let imported = run(&["knowledge", "import", "--data", data, "--collection", "garden", articles], "");
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    let done = lines(&imported).pop().unwrap();
    assert_eq!(
        (done["documents"].as_i64(), done["articles"].as_i64(), done["failed"].as_i64()),
        (Some(1), Some(2), Some(0))
    );
    let asked = "{\"id\":\"q\",\"query\":\"菜园能用高毒农药吗\"}\n";
    let hits = run(&["knowledge", "search", "--data", data, "--collection", "garden", "--top", "5"], asked);
    let hit = lines(&hits)[0]["hits"][0].clone();
    assert_eq!((hit["source_id"].as_i64(), hit["label"].as_str()), (Some(8), Some("第三条")), "{hit}");
    let asked =
        "{\"id\":1,\"question\":\"每户可以认领多大的共享菜园？\"}\n{\"id\":2,\"question\":\"今天晚上吃什么\"}\n";
    let answers = lines(&run(&["knowledge", "answer", "--data", data, "--collection", "garden"], asked));
    assert_eq!(answers[0]["status"], "answered", "{answers:?}");
    assert_eq!(answers[0]["citations"][0]["source_id"], 7);
    assert_eq!((answers[1]["status"].as_str(), answers[1]["reason"].as_str()), (Some("refused"), Some("no_basis")));
}

/// What the server acknowledged; all of it must be there after every kill.
#[derive(Default)]
struct Acknowledged {
    runs: Vec<(String, String)>,
    decisions: Vec<(String, String)>,
    documents: Vec<String>,
}

#[test]
fn kill_nine_loses_nothing_that_was_acknowledged() {
    const KILLS: u32 = 50;
    let folder = tempfile::tempdir().unwrap();
    let acknowledged = Arc::new(Mutex::new(Acknowledged::default()));
    let mut server = Server::start(folder.path());
    // Sessions live in the store: one login of each outlives all the kills.
    let tokens = ["clerk", "reviewer", "steward"].map(|user| login(&server.address, user));
    let serial = Arc::new(std::sync::atomic::AtomicU32::new(0));
    for round in 0..KILLS {
        let stop = Arc::new(AtomicBool::new(false));
        let workers: Vec<_> = (0..3)
            .map(|role| {
                let (address, tokens, stop) = (server.address.clone(), tokens.clone(), Arc::clone(&stop));
                let (acknowledged, serial) = (Arc::clone(&acknowledged), Arc::clone(&serial));
                std::thread::spawn(move || {
                    while !stop.load(Ordering::Relaxed) {
                        work(role, &address, &tokens, &acknowledged, &serial);
                    }
                })
            })
            .collect();
        // A different moment each time: 80 to 476 ms after the start of the work.
        std::thread::sleep(Duration::from_millis(80 + u64::from(round * 37 % 397)));
        server.kill();
        stop.store(true, Ordering::Relaxed);
        for worker in workers {
            worker.join().unwrap();
        }
        let verified = run(&["audit", "verify", "--data", folder.path().to_str().unwrap()], "");
        assert!(verified.status.success(), "round {round}: {}", String::from_utf8_lossy(&verified.stdout));
        server = Server::start(folder.path());
    }
    let acknowledged = acknowledged.lock().unwrap();
    let done = [acknowledged.runs.len(), acknowledged.documents.len(), acknowledged.decisions.len()];
    assert!(done[0] > 50 && done[1] > 10 && done[2] > 0, "runs, documents and decisions: {done:?}");
    for (run, status) in &acknowledged.runs {
        let (code, found) = get(&server.address, &format!("/api/v1/runs/{run}"), &tokens[0]).unwrap();
        let decided = acknowledged.decisions.iter().any(|(of, _)| of == run);
        assert_eq!(code, 200, "{run} was acknowledged and is gone");
        assert!(found["status"] == status.as_str() || decided || status == "in_review", "{run} {status} {found}");
    }
    for (run, status) in &acknowledged.decisions {
        let (_, found) = get(&server.address, &format!("/api/v1/runs/{run}"), &tokens[0]).unwrap();
        assert_eq!(found["status"], status.as_str(), "{found}");
    }
    let begun = Instant::now();
    for document in &acknowledged.documents {
        loop {
            let (code, found) = get(&server.address, &format!("/api/v1/documents/{document}"), &tokens[2]).unwrap();
            assert_eq!(code, 200, "{document} was acknowledged and is gone");
            if found["state"] == "ready" {
                break;
            }
            assert_ne!(found["state"], "failed", "{found}");
            assert!(begun.elapsed() < Duration::from_secs(120), "{found}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    let unique: std::collections::BTreeSet<&String> = acknowledged.documents.iter().collect();
    assert_eq!(unique.len(), acknowledged.documents.len(), "two uploads became one document");
}

fn work(
    role: u32,
    address: &str,
    tokens: &[String; 3],
    acknowledged: &Mutex<Acknowledged>,
    serial: &std::sync::atomic::AtomicU32,
) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let pause = || std::thread::sleep(Duration::from_millis(5));
    match role {
        0 => {
            let n = serial.fetch_add(1, Ordering::Relaxed);
            let scenario = if n.is_multiple_of(2) { "policy_consultation" } else { "policy_interpretation" };
            let body = json!({ "scenario": scenario, "question": "试用期最长可以约定多久？" });
            match post(address, "/api/v1/ask", &tokens[0], &body) {
                Some((200, run)) => {
                    acknowledged.lock().unwrap().runs.push((text(&run["run_id"]), text(&run["status"])));
                }
                Some((429, _)) | None => pause(),
                Some((code, body)) => panic!("{code} {body}"),
            }
        }
        1 => {
            let Some((200, queue)) = get(address, "/api/v1/reviews?limit=1", &tokens[1]) else { return pause() };
            let item = queue["items"][0].clone();
            if item.is_null() {
                return pause();
            }
            let path = format!("/api/v1/reviews/{}/decision", text(&item["id"]));
            if let Some((200, ruling)) = post(address, &path, &tokens[1], &json!({ "decision": "approve" })) {
                let decided = (text(&item["run_id"]), text(&ruling["run"]["status"]));
                acknowledged.lock().unwrap().decisions.push(decided);
            }
        }
        _ => {
            let n = serial.fetch_add(1, Ordering::Relaxed);
            let body = format!(
                "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"办法{n}.md\"\r\n\r\n# 第{n}号共享菜园办法\n\n第一条 第{n}号菜园每户不得超过{n}平方米。\n\r\n--B--\r\n"
            );
            let path = "/api/v1/collections/laws/documents";
            match call(address, "POST", path, &tokens[2], "multipart/form-data; boundary=B", body.as_bytes()) {
                Some((202, accepted)) => acknowledged.lock().unwrap().documents.push(text(&accepted["document_id"])),
                Some((code, body)) => panic!("{code} {body}"),
                None => pause(),
            }
        }
    }
}
