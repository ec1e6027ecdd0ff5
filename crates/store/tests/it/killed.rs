//! `kill -9`: what was acknowledged is there afterwards, and the chain holds.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use crate::stage::{Stage, note_ids, write_note};

const FOLDER: &str = "SHUZHENG_TEST_KILLED_FOLDER";

/// The process that is killed: writes notes and blobs and says each one that was acknowledged.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the parent names the folder in the environment")]
async fn writer() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let mut stage = Stage::sqlite();
    stage.options = store::Options::folder(folder);
    let store = stage.open().await;
    let from = note_ids(&store).await.len();
    for n in from.. {
        store.blobs().put(format!("blob of {n:06}")).await.unwrap();
        write_note(&store, &format!("{n:06}")).await.unwrap();
        // Not `println!`: the test runner would keep it.
        writeln!(std::io::stdout(), "acknowledged {n:06}").unwrap();
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the test kills a process of its own")]
async fn acknowledged_writes_survive_being_killed() {
    let stage = Stage::sqlite();
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::writer", "--nocapture", "--test-threads=1"])
            .env(FOLDER, &stage.options.folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut heard = 0;
        let mut line = String::new();
        while said.read_line(&mut line).unwrap() > 0 {
            if let Some((_, id)) = line.trim_end().split_once("acknowledged ") {
                acknowledged.push(id.to_owned());
                heard += 1;
            }
            line.clear();
            // Not always after the same number, so that different moments of a write are hit.
            if heard == 3 + round * 2 {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        let store = stage.open().await;
        let kept = note_ids(&store).await;
        assert!(acknowledged.iter().all(|id| kept.contains(id)), "round {round}: {acknowledged:?} in {kept:?}");
        let report = store.audit().verify().await.unwrap();
        assert!(report.ok, "round {round}: {report:?}");
        assert_eq!(report.entries, i64::try_from(kept.len()).unwrap(), "a note and its record go together");
        for id in &kept {
            store.blobs().get(&store::BlobRef::of(format!("blob of {id}").as_bytes())).await.unwrap();
        }
        store.close().await;
    }
    assert!(acknowledged.len() >= 8 * 3);
}
