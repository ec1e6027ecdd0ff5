//! Reading documents and articles, and removing them.

use identity::Action;
use kernel::{DataLevel, Fault as _};
use knowledge::{ImportFile, Status};

use crate::Stage;
use crate::stage::law;

pub async fn documents_are_listed_and_read(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let permit = desk.permit(Action::ImportDocuments, &laws);
    let files = (0..7)
        .map(|n| ImportFile {
            name: format!("{n}.md"),
            bytes: law(&format!("第{n}号办法"), "2020-01-01", &["甲事项。", "乙事项。", "丙事项。"])
                .into_bytes()
                .into(),
        })
        .collect();
    desk.knowledge.import_files(&desk.cx, &permit, &laws, files).await.unwrap();
    let permit = desk.permit(Action::ReadCollections, &laws);
    let mut titles = Vec::new();
    let mut after = None;
    loop {
        let page = desk.knowledge.documents(&desk.cx, &permit, &laws, None, after.as_deref(), 3).await.unwrap();
        titles.extend(page.items.iter().map(|item| item.title.clone()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    titles.sort();
    assert_eq!(titles, (0..7).map(|n| format!("第{n}号办法")).collect::<Vec<_>>());
    let page = desk.knowledge.documents(&desk.cx, &permit, &laws, Some("5号"), None, 10).await.unwrap();
    let item = &page.items[0];
    assert_eq!((page.items.len(), item.articles, item.version, item.validity.status), (1, 3, 1, Status::InForce));
    let bad = desk.knowledge.documents(&desk.cx, &permit, &laws, None, Some("x"), 3).await.unwrap_err();
    assert_eq!(bad.code(), "knowledge.bad_cursor");

    let outline = desk.knowledge.document_articles(&desk.cx, &permit, &item.id, None).await.unwrap();
    assert_eq!(outline.iter().map(|a| a.label.as_str()).collect::<Vec<_>>(), ["第一条", "第二条", "第三条"]);
    let article = desk.knowledge.article(&desk.cx, &permit, &outline[1].id, None).await.unwrap();
    let label = |other: &Option<knowledge::ArticleRef>| other.as_ref().map(|a| a.label.clone());
    assert_eq!(label(&article.previous).as_deref(), Some("第一条"));
    assert_eq!(label(&article.next).as_deref(), Some("第三条"));
    assert_eq!(article.document.title, "第5号办法");
    let (name, bytes) = desk.knowledge.document_file(&desk.cx, &permit, &item.id).await.unwrap();
    assert_eq!(name, "5.md");
    assert!(!bytes.is_empty());
}

pub async fn what_was_cited_can_be_read_after_removal(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let text = law("停车办法", "2020-01-01", &["公共停车场应当公示收费标准。"]);
    let accepted = desk.upload(&laws, "停车办法.md", &text).await;
    let cited = desk.search(&laws, "停车场收费标准", None).passages.remove(0);
    let permit = desk.permit(Action::RemoveDocuments, &laws);
    desk.knowledge.remove_document(&desk.cx, &permit, &accepted.document_id).await.unwrap();
    assert!(desk.search(&laws, "停车场收费标准", None).is_empty());
    assert_eq!(desk.knowledge.collection(&laws).unwrap().documents, 0);
    desk.resolve(&cited).await;
    let again = desk.knowledge.remove_document(&desk.cx, &permit, &accepted.document_id).await.unwrap_err();
    assert_eq!(again.code(), "knowledge.document_not_found");
    // The same file may come back, as a document of its own.
    let back = desk.upload(&laws, "停车办法.md", &text).await;
    assert!(!back.duplicate);
    assert_eq!(desk.search(&laws, "停车场收费标准", None).passages[0].document_id, back.document_id);
    desk.resolve(&cited).await;
    let outcomes = desk.knowledge.index_status().await.unwrap();
    assert!(outcomes.up_to_date);
}
