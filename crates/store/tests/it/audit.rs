//! The audit chain: whatever is altered, it is found at its entry.

use kernel::event::{Deed, DeedOutcome};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use store::sea_orm::{ConnectionTrait as _, Statement, Value};
use store::{AuditFilter, AuditKey, Error, RetentionClass, Store};

use crate::stage::{Stage, actor, note_ids, record, write_note};

const COLUMNS: [&str; 12] = [
    "seq",
    "at",
    "deed",
    "actor",
    "subject",
    "outcome",
    "reason",
    "details",
    "trace_id",
    "prev",
    "hash",
    "details_sm3",
];

async fn sql(store: &Store, sql: &str, values: Vec<Value>) -> Result<(), Error> {
    let tx = store.begin().await?;
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
    tx.commit().await
}

async fn write_notes(store: &Store, count: usize) {
    write_notes_from(store, 0, count).await;
}

async fn write_notes_from(store: &Store, first: usize, count: usize) {
    for n in first..first + count {
        write_note(store, &format!("n{n:03}")).await.unwrap();
    }
}

pub async fn entries_are_linked_and_undone_with_their_deed(stage: &Stage) {
    let store = stage.open().await;
    let empty = store.audit().verify().await.unwrap();
    assert_eq!((empty.entries, empty.ok, empty.head), (0, true, "0".repeat(64)));

    assert_eq!(write_note(&store, "a").await.unwrap(), 1);
    assert!(write_note(&store, "a").await.is_err());
    assert_eq!(write_note(&store, "b").await.unwrap(), 2);
    let [second, first] =
        <[_; 2]>::try_from(store.audit().page(None, 10, &AuditFilter::default()).await.unwrap()).unwrap();
    assert_eq!((first.seq, second.seq), (1, 2));
    assert_eq!(second.prev, first.hash);
    assert_eq!(first.prev, "0".repeat(64));

    let report = store.audit().verify().await.unwrap();
    assert_eq!((report.entries, report.ok, report.first_bad), (2, true, None));
    assert_eq!(report.head, second.hash);
    assert_eq!(store.audit().head().await.unwrap(), (2, second.hash));
}

pub async fn appends_of_many_tasks_make_one_chain(stage: &Stage) {
    let servers = stage.servers().await;
    let store = &servers[0];
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8 {
        let store = servers[task % servers.len()].clone();
        tasks.spawn(async move {
            for n in 0..10 {
                write_note(&store, &format!("{task}-{n}")).await.unwrap();
                if n == 5 {
                    assert!(store.audit().verify().await.unwrap().ok);
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let report = store.audit().verify().await.unwrap();
    assert_eq!((report.entries, report.ok), (80, true));
    assert_eq!(note_ids(store).await.len(), 80);
}

/// Law: any single changed byte of any column breaks the chain at that entry.
pub async fn altered_bytes_are_found(stage: &Stage) {
    const ENTRIES: usize = 12;
    let store = stage.open().await;
    write_notes(&store, ENTRIES).await;
    let mut runner = TestRunner::deterministic();
    let places = (1..=ENTRIES, 0..COLUMNS.len(), proptest::num::usize::ANY, 0_u32..8);
    let mut tried = 0;
    while tried < 250 {
        let (seq, column, at, bit) = places.new_tree(&mut runner).unwrap().current();
        let (seq, column) = (i64::try_from(seq).unwrap(), COLUMNS[column]);
        let number = matches!(column, "seq" | "at");
        let select = format!("SELECT {column} AS found FROM audit WHERE seq = {seq}");
        let row = store.db().query_one_raw(Statement::from_string(store.db().get_database_backend(), select)).await;
        let row = row.unwrap().unwrap();
        let (before, after, altered_seq): (Value, Value, i64) = if number {
            let found: i64 = row.try_get("", "found").unwrap();
            let altered = found ^ (1_i64 << (u32::try_from(at % 8).unwrap() * 8 + bit));
            (found.into(), altered.into(), if column == "seq" { altered } else { seq })
        } else {
            let found: String = row.try_get("", "found").unwrap();
            let mut bytes = found.clone().into_bytes();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            match String::from_utf8(bytes) {
                Ok(altered) if stage.is_postgres() && altered.contains('\0') => continue,
                Ok(altered) => (found.into(), altered.into(), seq),
                // PostgreSQL itself refuses text that is not UTF-8; a damaged file of SQLite may hold it.
                Err(_) if stage.is_postgres() => continue,
                Err(broken) => (found.into(), broken.into_bytes().into(), seq),
            }
        };
        let update = if number || stage.is_postgres() {
            format!("UPDATE audit SET {column} = $1 WHERE seq = $2")
        } else {
            format!("UPDATE audit SET {column} = CAST($1 AS TEXT) WHERE seq = $2")
        };
        if sql(&store, &update, vec![after, seq.into()]).await.is_err() {
            continue; // Another entry has this number.
        }
        tried += 1;
        let report = store.audit().verify().await.unwrap();
        assert!(!report.ok, "{column} of {seq}");
        assert_eq!(report.first_bad, Some(seq), "{column}: {:?}", report.problem);
        assert_eq!(report.entries, seq - 1);
        sql(&store, &format!("UPDATE audit SET {column} = $1 WHERE seq = $2"), vec![before, altered_seq.into()])
            .await
            .unwrap();
        assert!(store.audit().verify().await.unwrap().ok);
    }
}

pub async fn missing_moved_and_forged_entries_are_found(stage: &Stage) {
    let store = stage.open().await;
    write_notes(&store, 9).await;
    sql(&store, "CREATE TABLE kept AS SELECT * FROM audit", vec![]).await.unwrap();
    sql(&store, "CREATE TABLE kept_head AS SELECT * FROM audit_head", vec![]).await.unwrap();
    let cases: [(&str, &[&str], i64); 14] = [
        ("first deleted", &["DELETE FROM audit WHERE seq = 1"], 1),
        ("deleted", &["DELETE FROM audit WHERE seq = 5"], 5),
        (
            "deleted and renumbered",
            &[
                "DELETE FROM audit WHERE seq = 5",
                "UPDATE audit SET seq = seq - 100 WHERE seq > 5",
                "UPDATE audit SET seq = seq + 99 WHERE seq < 0",
            ],
            5,
        ),
        ("tail cut off", &["DELETE FROM audit WHERE seq > 7"], 8),
        ("tail cut off, head moved", &["DELETE FROM audit WHERE seq > 7", "UPDATE audit_head SET seq = 7"], 7),
        ("all deleted", &["DELETE FROM audit"], 1),
        (
            "two swapped",
            &[
                "UPDATE audit SET seq = -3 WHERE seq = 3",
                "UPDATE audit SET seq = 3 WHERE seq = 4",
                "UPDATE audit SET seq = 4 WHERE seq = -3",
            ],
            3,
        ),
        (
            "one doubled at the end",
            &[
                "INSERT INTO audit SELECT 10, at, deed, actor, subject, outcome, reason, details, trace_id, hash, hash, details_sm3 FROM audit WHERE seq = 9",
            ],
            10,
        ),
        (
            "one smuggled in below",
            &[
                "INSERT INTO audit SELECT 0, at, deed, actor, subject, outcome, reason, details, trace_id, prev, hash, details_sm3 FROM audit WHERE seq = 1",
            ],
            0,
        ),
        ("head deleted", &["DELETE FROM audit_head"], 10),
        ("head altered", &["UPDATE audit_head SET hash = replace(hash, '0', '1')"], 9),
        ("details taken away in silence", &["UPDATE audit SET details = 'null' WHERE seq = 4"], 4),
        ("a digest taken away", &["UPDATE audit SET details_sm3 = NULL WHERE seq = 4"], 4),
        ("details with white space", &["UPDATE audit SET details = ' ' || details WHERE seq = 2"], 2),
    ];
    for (name, alterations, first_bad) in cases {
        for alteration in alterations {
            sql(&store, alteration, vec![]).await.unwrap();
        }
        let report = store.audit().verify().await.unwrap();
        assert_eq!((report.ok, report.first_bad), (false, Some(first_bad)), "{name}: {:?}", report.problem);
        for undo in [
            "DELETE FROM audit",
            "INSERT INTO audit SELECT * FROM kept",
            "DELETE FROM audit_head",
            "INSERT INTO audit_head SELECT * FROM kept_head",
        ] {
            sql(&store, undo, vec![]).await.unwrap();
        }
        assert!(store.audit().verify().await.unwrap().ok, "{name}");
    }
}

/// Law: what a shortening on record covers may lack its details, and nothing else may.
pub async fn shortened_entries_keep_the_chain(stage: &Stage) {
    const MONTH_SECS: i64 = 31 * 86_400;
    let store = stage.open().await;
    write_notes(&store, 3).await;
    stage.hand.advance_secs(6 * MONTH_SECS + 60);
    write_notes_from(&store, 3, 2).await;

    let class = RetentionClass::new("asked", 6, vec![Deed::AskStarted]).unwrap();
    let head = store.audit().head().await.unwrap();
    assert_eq!(store.audit().shorten(&class).await.unwrap(), 3);
    assert_eq!(store.audit().shorten(&class).await.unwrap(), 0, "nothing is done twice");
    let page = store.audit().page(None, 9, &AuditFilter::default()).await.unwrap();
    let shortened: Vec<i64> = page.iter().filter(|entry| entry.is_shortened()).map(|entry| entry.seq).collect();
    assert_eq!((shortened, page[0].deed.as_str(), page[0].seq), (vec![3, 2, 1], "audit.shortened", 6));
    assert_eq!(page[0].prev, head.1, "the chain goes on from the head it had");
    let report = store.audit().verify().await.unwrap();
    assert_eq!((report.ok, report.entries, report.shortened), (true, 6, 3), "{:?}", report.problem);

    // A copy is checked without the store, and counts what is missing.
    let key = AuditKey::parse(&"1".repeat(64)).unwrap();
    let copy = store.audit().signed_copy(&key, store::CopyRange::default(), "test").await.unwrap();
    let checked = store::check_copy(&copy);
    assert_eq!((checked.ok, checked.entries, checked.shortened), (true, 6, 3), "{:?}", checked.problem);

    // A younger entry, or one of another deed, has no such excuse.
    sql(&store, "UPDATE audit SET details = 'null' WHERE seq = 4", vec![]).await.unwrap();
    assert_eq!(store.audit().verify().await.unwrap().first_bad, Some(4));
}

/// A shortening that was written too early, by whoever can append, excuses nothing.
pub async fn a_shortening_reaches_no_six_months_back(stage: &Stage) {
    let store = stage.open().await;
    write_notes(&store, 2).await;
    stage.hand.advance_secs(86_400);
    let somebody = actor();
    let before = stage.clock.now();
    let details = serde_json::json!({ "before": before, "deeds": ["ask.started"] });
    let tx = store.begin().await.unwrap();
    let early = store::Record { deed: Deed::AuditShortened, details, ..record(&somebody, "retention:early") };
    store.audit().append(&tx, early).await.unwrap();
    tx.commit().await.unwrap();
    assert!(store.audit().verify().await.unwrap().ok);
    sql(&store, "UPDATE audit SET details = 'null' WHERE seq = 1", vec![]).await.unwrap();
    let report = store.audit().verify().await.unwrap();
    assert_eq!((report.ok, report.first_bad), (false, Some(1)));
}

pub async fn pages_show_what_is_asked_for(stage: &Stage) {
    let store = stage.open().await;
    let somebody = actor();
    let visitor = kernel::Actor::Visitor { id: kernel::ids::VisitorId::parse("vis_1").unwrap() };
    for n in 0..6 {
        let tx = store.begin().await.unwrap();
        let actor = if n % 2 == 0 { &somebody } else { &visitor };
        let mut record = record(actor, &format!("run_{n}\0"));
        if n == 5 {
            (record.deed, record.outcome, record.reason) = (Deed::AuditRead, DeedOutcome::Refused, None);
        }
        store.audit().append(&tx, record).await.unwrap();
        tx.commit().await.unwrap();
        stage.hand.advance_secs(10);
    }
    let seqs = async |after, limit, filter: AuditFilter| {
        let page = store.audit().page(after, limit, &filter).await.unwrap();
        page.iter().map(|entry| entry.seq).collect::<Vec<_>>()
    };
    let all = AuditFilter::default;
    assert_eq!(seqs(None, 4, all()).await, [6, 5, 4, 3]);
    assert_eq!(seqs(Some(3), 4, all()).await, [2, 1]);
    assert_eq!(seqs(None, 9, AuditFilter { actor: Some("visitor:vis_1".to_owned()), ..all() }).await, [6, 4, 2]);
    assert_eq!(seqs(None, 9, AuditFilter { deed: Some(Deed::AuditRead), ..all() }).await, [6]);
    assert_eq!(seqs(None, 9, AuditFilter { subject: Some("run_2\u{FFFD}".to_owned()), ..all() }).await, [3]);
    let start = kernel::Timestamp::from_millis(1_795_460_000_000);
    let some = AuditFilter { from: Some(start.plus_secs(10)), until: Some(start.plus_secs(30)), ..all() };
    assert_eq!(seqs(None, 9, some).await, [3, 2]);
    assert!(store.audit().verify().await.unwrap().ok);
}

/// The same, past the database: bytes changed in the file itself, in the rows and in the indexes that repeat them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn altered_files_are_found() {
    let stage = Stage::sqlite();
    let store = stage.open().await;
    // So few that no page is divided: a divided page keeps stale copies in the part that nobody reads.
    for n in 1..=6 {
        let tx = store.begin().await.unwrap();
        store.audit().append(&tx, record(&actor(), &format!("run_00{n}"))).await.unwrap();
        tx.commit().await.unwrap();
    }
    store.close().await;
    drop(store);
    let file = stage.options.folder.join("shuzheng.db");
    let whole = std::fs::read(&file).unwrap();
    let places = |text: &str| -> Vec<usize> {
        (0..whole.len()).filter(|at| whole[*at..].starts_with(text.as_bytes())).collect()
    };
    let first_bad = async |at: usize, bit: u8| {
        let mut altered = whole.clone();
        altered[at] ^= 1 << bit;
        std::fs::write(&file, &altered).unwrap();
        let reader = Store::open_read_only(stage.options.clone(), stage.clock.clone(), kernel::Entropy::seeded(1));
        let reader = reader.await.unwrap();
        let report = reader.audit().verify().await.unwrap();
        reader.close().await;
        assert!(!report.ok, "byte {at}");
        report.first_bad
    };
    let subjects = places("run_005");
    assert_eq!(subjects.len(), 2, "in the table and in the index");
    for at in subjects {
        let in_table = whole[at..].starts_with(b"run_005done");
        for bit in 0..8 {
            let found = first_bad(at + 6, bit).await;
            assert!(found == Some(5) || !in_table, "bit {bit} of byte {at}: {found:?}");
        }
    }
    let deeds = places("ask.started");
    assert_eq!(deeds.len(), 12);
    for at in deeds {
        first_bad(at + 4, 1).await;
    }
}
