//! What is in force at a date, and what a question names.

use kernel::DataLevel;
use knowledge::{FilterReason, Notice, Status};

use crate::Stage;
use crate::stage::law;

pub async fn every_date_has_its_version(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    // The older text comes in last: the dates decide, not the order of import.
    for (day, term) in [("2024-07-01", "五年内"), ("2006-01-01", "两年内"), ("2030-01-01", "一年内")] {
        let text = law("中华人民共和国公司法", day, &[&format!("股东应当自公司成立之日起{term}缴足认缴的出资额。")]);
        desk.upload(&laws, &format!("公司法({day}).md"), &text).await;
    }
    for (day, term, status) in [
        ("2006-01-01", "两年内", Status::InForce),
        ("2024-06-30", "两年内", Status::InForce),
        ("2024-07-01", "五年内", Status::InForce),
        ("2031-01-01", "一年内", Status::InForce),
    ] {
        let found = desk.search(&laws, "股东多久缴足出资额", Some(day));
        assert_eq!(found.passages.len(), 1, "{day}");
        let passage = &found.passages[0];
        assert!(passage.text.contains(term), "{day}: {}", passage.text);
        assert_eq!(passage.validity.status, status);
        desk.resolve(passage).await;
    }
    let found = desk.search(&laws, "股东多久缴足出资额", None);
    let mut reasons: Vec<FilterReason> = found.filtered.iter().map(|filtered| filtered.reason).collect();
    reasons.sort();
    assert_eq!(reasons, [FilterReason::NotYetInForce, FilterReason::Superseded]);
    assert!(desk.search(&laws, "股东多久缴足出资额", Some("2000-01-01")).is_empty());
}

pub async fn a_repealed_law_names_what_replaced_it(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let code = law(
        "中华人民共和国民法典",
        "2021-01-01",
        &[
            "违背公序良俗的民事法律行为无效。",
            "本法自2021年1月1日起施行。《中华人民共和国婚姻法》、《中华人民共和国合同法》同时废止。",
        ],
    );
    desk.upload(&laws, "民法典.md", &code).await;
    let repealed = |found: &knowledge::Found| {
        found.notices.iter().find_map(|notice| match notice {
            Notice::Repealed { law, by, since, article_id } => {
                Some((law.clone(), by.clone(), since.map(|day| day.to_string()), article_id.is_some()))
            }
            _ => None,
        })
    };
    let expected = |law: &str| {
        Some((law.to_owned(), Some("中华人民共和国民法典".to_owned()), Some("2021-01-01".to_owned()), true))
    };
    // The collection does not even have the old law.
    let found = desk.search(&laws, "合同法第五十二条规定哪些合同无效", None);
    assert_eq!(repealed(&found), expected("合同法"));
    desk.upload(&laws, "合同法.md", &law("中华人民共和国合同法", "1999-10-01", &["违反法律强制性规定的合同无效。"]))
        .await;
    let found = desk.search(&laws, "合同法规定哪些合同无效", None);
    assert_eq!(repealed(&found), expected("中华人民共和国合同法"));
    assert!(found.passages.iter().all(|passage| passage.document != "中华人民共和国合同法"));
    let then = desk.search(&laws, "合同法规定哪些合同无效", Some("2010-01-01"));
    assert_eq!(repealed(&then), None);
    assert_eq!(then.passages[0].document, "中华人民共和国合同法");
}

pub async fn named_articles_come_first(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let articles: Vec<String> = (1..=45).map(|n| format!("用人单位应当办理第{n}类事项，劳动者应当配合。")).collect();
    let articles: Vec<&str> = articles.iter().map(String::as_str).collect();
    desk.upload(&laws, "劳动合同法.md", &law("中华人民共和国劳动合同法", "2008-01-01", &articles)).await;
    for question in ["劳动合同法第三十九条是什么", "《中华人民共和国劳动合同法》第39条", "劳动合同法39条用人单位"]
    {
        let found = desk.search(&laws, question, None);
        assert_eq!(found.passages[0].label, "第三十九条", "{question}");
        assert!(found.has_basis);
    }
    let found = desk.search(&laws, "劳动合同法第九十九条", None);
    assert_eq!(
        found.notices,
        [Notice::NoSuchArticle { law: "中华人民共和国劳动合同法".into(), label: "第九十九条".into() }]
    );
}
