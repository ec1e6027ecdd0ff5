//! Imports: found, compared, recognised, resumed.

use identity::Action;
use kernel::DataLevel;
use knowledge::{DocumentState, ImportFile, LineImport, Mode, WordsOnly};
use store::JobState;

use crate::Stage;
use crate::stage::law;

const RENT: &str = "出租人应当按照约定将租赁物交付承租人，并在租赁期限内保持租赁物符合约定的用途。";
const REPAIR: &str = "承租人在租赁物需要维修时可以请求出租人在合理期限内维修。出租人未履行维修义务的，承租人可以自行维修，维修费用由出租人负担。";

pub async fn an_upload_is_found_and_its_citation_resolves(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let accepted = desk.upload(&laws, "租赁办法.md", &law("租赁办法", "2020-01-01", &[RENT, REPAIR])).await;
    assert_eq!(desk.state(&accepted).await, JobState::Succeeded);
    let found = desk.search(&laws, "房子坏了房东不修，维修费用谁出？", None);
    let first = &found.passages[0];
    assert_eq!((first.document.as_str(), first.label.as_str()), ("租赁办法", "第二条"));
    assert_eq!(first.document_id, accepted.document_id);
    let quoted = kernel::text::slice(&first.text, first.best[0].span);
    assert!(quoted.contains("维修费用由出租人负担"), "{quoted}");
    desk.resolve(first).await;
    let other = desk.search(&laws, "今天晚上吃什么菜好", None);
    assert!(!other.has_basis, "{}", other.confidence);
}

pub async fn unchanged_articles_keep_their_ids(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let first = desk.upload(&laws, "租赁办法.md", &law("租赁办法", "2020-01-01", &[RENT, REPAIR])).await;
    let old = desk.search(&laws, "租赁物维修", Some("2021-01-01")).passages;
    let second = desk
        .upload(
            &laws,
            "租赁办法（新）.md",
            &law("租赁办法", "2024-01-01", &[RENT, "承租人应当妥善保管租赁物，并自行维修。"]),
        )
        .await;
    assert_ne!(first.document_id, second.document_id);
    let new = desk.search(&laws, "租赁物维修", None).passages;
    let id = |passages: &[knowledge::Passage], label: &str| {
        passages.iter().find(|p| p.label == label).map(|p| p.article_id.clone()).unwrap()
    };
    assert_eq!(id(&old, "第一条"), id(&new, "第一条"));
    assert_ne!(id(&old, "第二条"), id(&new, "第二条"));
    for passage in old.iter().chain(&new) {
        desk.resolve(passage).await;
    }
    // The id given for the second upload leads to the document it became a version of.
    let scope = desk.knowledge.scope_of_document(&second.document_id).await.unwrap();
    let permit = desk.cx.permit(Action::ReadCollections, &scope).unwrap();
    let view = desk.knowledge.document(&desk.cx, &permit, &second.document_id).await.unwrap();
    assert_eq!((view.summary.id, view.versions.len()), (first.document_id, 2));
    // Old citations also resolve in a new process.
    drop(desk);
    let desk = stage.open().await;
    for passage in old.iter().chain(&new) {
        desk.resolve(passage).await;
    }
}

pub async fn an_import_is_stopped(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let permit = desk.permit(Action::ImportDocuments, &laws);
    let begin = async |name: &str, articles: &[&str]| {
        let text = law(name, "2020-01-01", articles);
        let file = ImportFile { name: format!("{name}.md"), bytes: text.into_bytes().into() };
        desk.knowledge.begin_import(&desk.cx, &permit, &laws, file).await.unwrap()
    };
    let titles = async || {
        let permit = desk.permit(Action::ReadCollections, &laws);
        let page = desk.knowledge.documents(&desk.cx, &permit, &laws, None, None, 10).await.unwrap();
        page.items.into_iter().map(|item| item.title).collect::<Vec<_>>()
    };
    let waiting = begin("等待办法", &[RENT]).await;
    assert!(desk.knowledge.stop_import(&desk.cx, &waiting.job_id).await.unwrap());
    let running = begin("进行办法", &[REPAIR]).await;
    let claimed = desk.store.jobs().claim(&[knowledge::IMPORT_JOB], "worker", 60).await.unwrap().unwrap();
    assert_eq!(claimed.job.id, running.job_id, "what was stopped is not begun");
    assert!(desk.knowledge.stop_import(&desk.cx, &running.job_id).await.unwrap());
    // The worker finds out and writes nothing.
    desk.knowledge.run_import(&claimed).await.unwrap_err();
    assert_eq!(desk.state(&running).await, JobState::Failed);
    assert_eq!(titles().await, Vec::<String>::new());
    assert!(desk.search(&laws, "维修费用", None).is_empty());
    // The same file can be imported afterwards, and what has ended stays as it ended.
    let again = begin("进行办法", &[REPAIR]).await;
    desk.work().await;
    assert_eq!((desk.state(&again).await, titles().await), (JobState::Succeeded, vec!["进行办法".to_owned()]));
    assert!(!desk.knowledge.stop_import(&desk.cx, &again.job_id).await.unwrap());
    assert_eq!(titles().await, ["进行办法"]);
}

pub async fn equal_bytes_are_stored_once(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let text = law("租赁办法", "2020-01-01", &[RENT]);
    let permit = desk.permit(Action::ImportDocuments, &laws);
    let file = ImportFile { name: "a.md".into(), bytes: text.clone().into_bytes().into() };
    let first = desk.knowledge.begin_import(&desk.cx, &permit, &laws, file.clone()).await.unwrap();
    let waiting = desk.knowledge.begin_import(&desk.cx, &permit, &laws, file.clone()).await.unwrap();
    assert_eq!((&waiting.document_id, &waiting.job_id, waiting.duplicate), (&first.document_id, &first.job_id, true));
    desk.work().await;
    let again = desk.upload(&laws, "b.md", &text).await;
    assert!(again.duplicate);
    assert_eq!(again.document_id, first.document_id);
    assert_eq!(desk.state(&again).await, JobState::Succeeded);
    let collection = desk.knowledge.collection(&laws).unwrap();
    assert_eq!((collection.documents, collection.articles), (1, 1));
    let files = desk.knowledge.import_files(&desk.cx, &permit, &laws, vec![file]).await.unwrap();
    assert_eq!((files.documents, files.skipped), (0, 1));
}

pub async fn a_document_that_cannot_be_read_stays_in_the_list(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let accepted = desk.upload(&laws, "坏.docx", "这不是 docx").await;
    let job = desk.store.jobs().get(&accepted.job_id).await.unwrap();
    if job.state == JobState::Failed {
        let permit = desk.permit(Action::ReadCollections, &laws);
        let page = desk.knowledge.documents(&desk.cx, &permit, &laws, None, None, 10).await.unwrap();
        assert_eq!(page.items[0].state, DocumentState::Failed);
        assert_eq!(
            page.items[0].defects[0]["code"].as_str().map(|code| format!("documents.{code}")),
            job.error.map(|e| e.code)
        );
    }
    let permit = desk.permit(Action::ImportDocuments, &laws);
    let empty = ImportFile { name: "empty.md".into(), bytes: Vec::new().into() };
    let error = desk.knowledge.begin_import(&desk.cx, &permit, &laws, empty).await.unwrap_err();
    assert_eq!(kernel::Fault::code(&error), "knowledge.empty_file");
}

pub async fn files_and_lines_import_at_once(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let permit = desk.permit(Action::ImportDocuments, &laws);
    let files = (0..20)
        .map(|n| ImportFile {
            name: format!("办法{n}.md"),
            bytes: law(&format!("第{n}号办法"), "2020-01-01", &[RENT, &format!("第{n}号事项由主管部门办理。")])
                .into_bytes()
                .into(),
        })
        .collect();
    let done = desk.knowledge.import_files(&desk.cx, &permit, &laws, files).await.unwrap();
    assert_eq!((done.documents, done.articles, done.failed), (20, 40, 0));
    let lines = "{\"id\":7,\"law\":\"丙法\",\"article\":\"第一条\",\"text\":\"公民对行政处罚不服的，可以申请行政复议。\"}\noops\n";
    let import = || LineImport::new("c.jsonl", Box::new(lines.as_bytes()));
    let done = desk.knowledge.import_lines(&desk.cx, &permit, &laws, import()).await.unwrap();
    assert_eq!((done.documents, done.articles, done.failed), (1, 1, 1));
    let again = desk.knowledge.import_lines(&desk.cx, &permit, &laws, import()).await.unwrap();
    assert_eq!((again.documents, again.skipped), (0, 1));
    let found = desk.search(&laws, "对行政处罚不服怎么办", None);
    assert_eq!(found.passages[0].source_id.as_deref(), Some("7"));
}

pub async fn the_index_can_be_lost(stage: &Stage) {
    let questions = ["租赁物维修费用", "出租人交付租赁物", "主管部门办理"];
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    for n in 0..5 {
        desk.upload(
            &laws,
            &format!("{n}.md"),
            &law(&format!("第{n}号办法"), "2020-01-01", &[RENT, REPAIR, "事项由主管部门办理。"]),
        )
        .await;
    }
    let answers = |desk: &crate::stage::Desk| -> Vec<Vec<(String, u32)>> {
        let hit = |p: &knowledge::Passage| (p.article_id.to_string(), (p.score * 1000.0).round() as u32);
        let sorted = |question: &&str| {
            let mut hits: Vec<(String, u32)> = desk.search(&laws, question, None).passages.iter().map(hit).collect();
            hits.sort();
            hits
        };
        questions.iter().map(sorted).collect()
    };
    let grown = answers(&desk);
    drop(desk);
    std::fs::remove_dir_all(stage.index_folder()).unwrap();
    let desk = stage.open().await;
    let by_words = desk.search(&laws, questions[0], None);
    assert_eq!((by_words.mode, by_words.why), (Mode::WordsOnly, Some(WordsOnly::VectorsMissing)));
    assert_eq!(by_words.passages[0].text, REPAIR, "words are there first, and say so");
    desk.knowledge.embed_waiting().await.unwrap();
    assert_eq!(answers(&desk), grown, "built at once equals grown");
    drop(desk);
    let files = || -> Vec<std::path::PathBuf> {
        std::fs::read_dir(stage.index_folder()).unwrap().map(|entry| entry.unwrap().path()).collect()
    };
    for at in 0..files().len() {
        let mut names = files();
        names.sort();
        let mut bytes = std::fs::read(&names[at]).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        std::fs::write(&names[at], bytes).unwrap();
        let desk = stage.open().await;
        // An article that cannot be read is noticed when it is shown, and is left out until the index is built again.
        answers(&desk);
        desk.knowledge.follow().await.unwrap();
        desk.knowledge.embed_waiting().await.unwrap();
        assert_eq!(answers(&desk), grown, "built again after damage to {:?}", names[at]);
        assert!(desk.knowledge.index_status().await.unwrap().up_to_date);
    }
}

pub async fn articles_keep_their_ids_through_insertion_reordering_and_return(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let version = |day: &str, texts: &[(&str, &str)]| {
        let mut text = format!("---\ntitle: 租赁办法\npublish_date: {day}\neffective_date: {day}\n---\n# 租赁办法\n\n");
        for (label, words) in texts {
            text.push_str(&format!("{label}　{words}\n\n"));
        }
        text
    };
    let one = version("2020-01-01", &[("第一条", RENT), ("第二条", REPAIR), ("第三条", "押金应当退还。")]);
    let first = desk.upload(&laws, "1.md", &one).await;
    let permit = desk.permit(Action::ReadCollections, &laws);
    let ids = async || {
        let view = desk.knowledge.document(&desk.cx, &permit, &first.document_id).await.unwrap();
        let newest = view.versions[0].id.clone();
        let list =
            desk.knowledge.document_articles(&desk.cx, &permit, &first.document_id, Some(&newest)).await.unwrap();
        list.into_iter().map(|a| (a.text, a.label, a.id)).collect::<Vec<_>>()
    };
    let id = |list: &[(String, String, kernel::ids::ArticleId)], text: &str, label: &str| {
        list.iter().find(|(t, l, _)| t == text && l == label).map(|(.., id)| id.clone())
    };
    let before = ids().await;
    // 第三条 is inserted before the deposit, which becomes 第四条: another label is another article, the rest stays.
    let two = version(
        "2021-01-01",
        &[("第一条", RENT), ("第二条", REPAIR), ("第三条", "转租应当经同意。"), ("第四条", "押金应当退还。")],
    );
    desk.upload(&laws, "2.md", &two).await;
    let inserted = ids().await;
    assert_eq!(id(&before, RENT, "第一条"), id(&inserted, RENT, "第一条"));
    assert_eq!(id(&before, REPAIR, "第二条"), id(&inserted, REPAIR, "第二条"));
    assert_ne!(id(&before, "押金应当退还。", "第三条"), id(&inserted, "押金应当退还。", "第四条"));
    // An article that went and comes back is the one it was.
    let three = version("2022-01-01", &[("第二条", REPAIR), ("第一条", RENT), ("第三条", "押金应当退还。")]);
    desk.upload(&laws, "3.md", &three).await;
    let again = ids().await;
    for (text, label) in [(RENT, "第一条"), (REPAIR, "第二条"), ("押金应当退还。", "第三条")] {
        assert_eq!(id(&before, text, label), id(&again, text, label), "{label}");
    }
    // A dated version that comes in again is the one that is there.
    let view = |desk: &crate::stage::Desk| {
        let (knowledge, cx) = (desk.knowledge.clone(), desk.cx.clone());
        let (permit, document) = (desk.permit(Action::ReadCollections, &laws), first.document_id.clone());
        async move { knowledge.document(&cx, &permit, &document).await.unwrap().versions.len() }
    };
    desk.upload(&laws, "1b.md", &format!("{one}\n")).await;
    assert_eq!(view(&desk).await, 3);
}
