//! What is in force at a date, and what a question names.

use identity::Action;
use kernel::DataLevel;
use knowledge::{Change, FilterReason, Notice, ReferenceKind, Status};

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
            Notice::Repealed { law, by, since, article_id, .. } => {
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

const CODE: &[&str] = &[
    "违反法律、行政法规的强制性规定的民事法律行为无效。违背公序良俗的民事法律行为无效。",
    "租赁期限不得超过二十年。",
    "本法自2021年1月1日起施行。《中华人民共和国合同法》同时废止。",
];

pub async fn an_article_of_a_repealed_law_suggests_its_heir(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    desk.upload(&laws, "民法典.md", &law("中华人民共和国民法典", "2021-01-01", CODE)).await;
    let old = law(
        "中华人民共和国合同法",
        "1999-10-01",
        &["租赁期限不得超过二十年。超过二十年的，超过部分无效。", "违反法律、行政法规的强制性规定的合同无效。"],
    );
    desk.upload(&laws, "合同法.md", &old).await;
    let found = desk.search(&laws, "合同法第二条哪些合同无效", None);
    let Some(Notice::Repealed { by_document: Some(_), suggestions, .. }) = found.notices.first() else {
        panic!("{:?}", found.notices)
    };
    assert_eq!((suggestions[0].label.as_str(), suggestions[0].instead_of.as_str()), ("第一条", "第二条"));
    assert_eq!(found.passages[0].document, "中华人民共和国民法典", "what took its place is preferred");
}

pub async fn a_law_whose_heir_is_not_loaded_ends_all_the_same(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let old = law(
        "中华人民共和国担保法",
        "1995-10-01",
        &["当事人可以约定定金，定金的数额不得超过主合同标的额的百分之二十。"],
    );
    desk.upload(&laws, "担保法.md", &old).await;
    assert!(desk.search(&laws, "担保法定金数额", None).passages.is_empty());
    let found = desk.search(&laws, "担保法定金数额", None);
    let Some(Notice::Repealed { by, since, by_document, .. }) = found.notices.first() else { panic!("{found:?}") };
    assert_eq!(
        (by.as_deref(), since.map(|day| day.to_string()).as_deref(), by_document),
        (Some("中华人民共和国民法典"), Some("2021-01-01"), &None)
    );
    let then = desk.search(&laws, "担保法定金数额", Some("2020-12-31"));
    let validity = &then.passages[0].validity;
    assert_eq!(validity.replaced_by.as_ref().map(|by| by.title.as_str()), Some("中华人民共和国民法典"));
}

pub async fn an_amended_law_applies_from_the_later_day(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let version = |passed: &str, term: &str| {
        format!(
            "---\ntitle: 中华人民共和国会计法\npublish_date: 1985-01-21\n---\n# 中华人民共和国会计法\n\n1985年1月21日 第六届全国人民代表大会常务委员会第九次会议通过\n\n{passed} 全国人民代表大会常务委员会修正\n\n第一条　会计凭证应当保管{term}。\n\n第二条　本法自2000年7月1日起施行。\n"
        )
    };
    desk.upload(&laws, "会计法(2017-11-04).md", &version("2017年11月4日", "十五年")).await;
    desk.upload(&laws, "会计法(2024-06-28).md", &version("2024年6月28日", "三十年")).await;
    for (day, term) in
        [("2017-11-04", "十五年"), ("2024-06-27", "十五年"), ("2024-06-28", "三十年"), ("2026-11-01", "三十年")]
    {
        let found = desk.search(&laws, "会计凭证保管多久", Some(day));
        assert!(found.passages[0].text.contains(term), "{day}: {}", found.passages[0].text);
    }
    assert!(desk.search(&laws, "会计凭证保管多久", Some("2017-11-03")).is_empty());
}

pub async fn single_articles_are_repealed(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let old = law(
        "甲市停车条例",
        "2010-01-01",
        &["停车场应当公示收费标准。", "路边停车由街道办事处收费。", "违反收费标准的，处罚款。"],
    );
    desk.upload(&laws, "停车.md", &old).await;
    let new =
        law("甲市道路条例", "2020-01-01", &["路边停车泊位由区主管部门管理。", "《甲市停车条例》第二条同时废止。"]);
    desk.upload(&laws, "道路.md", &new).await;
    let named = desk.search(&laws, "甲市停车条例第二条", None);
    assert!(
        matches!(&named.notices[..], [Notice::ArticleRepealed { label, .. }] if label == "第二条"),
        "{:?}",
        named.notices
    );
    let texts = |day: Option<&str>| {
        let found = desk.search(&laws, "路边停车街道办事处收费标准", day);
        found.passages.into_iter().map(|p| (p.document, p.label)).collect::<Vec<_>>()
    };
    let gone = ("甲市停车条例".to_owned(), "第二条".to_owned());
    assert!(!texts(None).contains(&gone));
    assert!(texts(Some("2015-01-01")).contains(&gone));
}

pub async fn citing_articles_are_found(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    desk.upload(&laws, "民法典.md", &law("中华人民共和国民法典", "2021-01-01", CODE)).await;
    let rule = |day: &str, text: &str| {
        law("最高人民法院关于租赁的解释", day, &[text, "适用民法典第二条，不影响本解释第一条。"])
    };
    desk.upload(&laws, "解释.md", &rule("2021-01-01", "依照《中华人民共和国民法典》第一条、第二条的规定处理。")).await;
    desk.upload(&laws, "解释2.md", &rule("2022-01-01", "租赁合同按照约定处理。")).await;
    let code = &desk.search(&laws, "租赁期限不得超过二十年", None).passages[0].clone();
    assert_eq!(code.label, "第二条");
    let permit = desk.permit(Action::ReadCollections, &laws);
    let page = desk.knowledge.cited_by(&desk.cx, &permit, &code.article_id, None, 10).await.unwrap();
    let labels: Vec<&str> = page.items.iter().map(|item| item.label.as_str()).collect();
    assert_eq!(labels, ["第二条"], "an article that only an older version has does not count: {page:?}");
    assert_eq!((page.items[0].kind, page.items[0].excerpt.contains("民法典第二条")), (ReferenceKind::Cites, true));
    let citing = page.items[0].article_id.clone().unwrap();
    let cites = desk.knowledge.cites(&desk.cx, &permit, &citing).await.unwrap();
    let cites: Vec<String> =
        cites.iter().map(|item| format!("{}{} {}", item.document, item.label, item.article_id.is_some())).collect();
    assert_eq!(cites, ["中华人民共和国民法典第二条 true", "最高人民法院关于租赁的解释第一条 true"]);
}

pub async fn versions_have_a_timeline_and_a_difference(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let first = desk
        .upload(&laws, "a.md", &law("租赁办法", "2020-01-01", &["押金不超过一个月租金。", "出租人负责维修。"]))
        .await;
    let texts = [
        "押金不超过两个月租金。",
        "承租人应当爱护房屋。",
        "出租人负责维修。",
        "本办法自2027-01-01起施行。《房屋租赁旧规》同时废止。",
    ];
    desk.upload(&laws, "b.md", &law("租赁办法", "2027-01-01", &texts)).await;
    let permit = desk.permit(Action::ReadCollections, &laws);
    let found = desk.knowledge.difference(&desk.cx, &permit, &first.document_id, None, None).await.unwrap();
    let kinds: Vec<Change> = found.items.iter().map(|item| item.kind).collect();
    assert_eq!(kinds, [Change::Changed, Change::Added, Change::Same, Change::Added]);
    assert!(found.items[0].spans.iter().any(|span| span.text == "两"));
    let line = desk.knowledge.timeline(&desk.cx, &permit, &first.document_id).await.unwrap();
    let items: Vec<(Status, bool)> = line.items.iter().map(|item| (item.status, item.current)).collect();
    assert_eq!(items, [(Status::InForce, true), (Status::NotYetInForce, false)]);
    assert_eq!(line.replaces[0].title, "房屋租赁旧规");
    let fresh = desk.knowledge.freshness(&desk.cx, &permit, &laws).await.unwrap();
    assert_eq!((fresh.documents, fresh.in_force, fresh.expiring.len()), (1, 1, 1));
}

pub async fn conflicting_numbers_are_decided(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let text = |term: &str| format!("行政机关应当自受理行政许可申请之日起{term}内作出行政许可决定。");
    desk.upload(
        &laws,
        "法.md",
        &law("中华人民共和国行政许可法", "2004-07-01", &[&text("二十日"), "行政许可由行政机关实施。"]),
    )
    .await;
    desk.upload(&laws, "办法.md", &law("行政许可实施办法", "2010-01-01", &[&text("六十日")])).await;
    desk.upload(&laws, "快.md", &law("行政许可提速办法", "2012-01-01", &[&text("十日")])).await;
    let found = desk.search(&laws, "行政许可多少日内作出决定", None);
    let own = found.passages.iter().find(|p| p.document == "行政许可实施办法").unwrap();
    let permit = desk.permit(Action::ReadCollections, &laws);
    let mut conflicts = desk.knowledge.conflicts(&desk.cx, &permit, &own.article_id).await.unwrap();
    conflicts.sort_by(|a, b| a.document.cmp(&b.document));
    let told: Vec<String> = conflicts.iter().map(|c| format!("{} {:?} {:?}", c.document, c.rule, c.prevails)).collect();
    assert_eq!(told, ["中华人民共和国行政许可法 HigherAuthority Other", "行政许可提速办法 Newer Other"]);
    assert!(conflicts[0].why.contains("上位法优于下位法"));
    let law = found.passages.iter().find(|p| p.document == "中华人民共和国行政许可法").unwrap();
    let with_law = desk.knowledge.conflicts(&desk.cx, &permit, &law.article_id).await.unwrap();
    assert_eq!(with_law.len(), 1, "a shorter term of a lower text is allowed: {with_law:?}");
}

pub async fn questions_without_an_answer_are_counted(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    for question in ["怎么养猫？", "怎么养狗", "怎么养猫"] {
        desk.knowledge.count_gap(&desk.cx, std::slice::from_ref(&laws), question).await.unwrap();
    }
    let permit = desk.permit(Action::ReadCollections, &laws);
    let gaps = desk.knowledge.gap_questions(&desk.cx, &permit, &laws, 10).await.unwrap();
    let told: Vec<(&str, i64)> = gaps.iter().map(|gap| (gap.question.as_str(), gap.count)).collect();
    assert_eq!(told, [("怎么养猫？", 2), ("怎么养狗", 1)]);
    let days = desk.knowledge.gaps(&desk.cx, &permit, &laws, "2026-01-01".parse().unwrap()).await.unwrap();
    assert_eq!(days[0].questions, 3);
}

pub async fn a_region_keeps_out_what_applies_elsewhere(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let rule =
        |place: &str| law(&format!("{place}养犬管理条例"), "2020-01-01", &["个人养犬应当办理登记，每户限养一只。"]);
    for place in ["上海市", "杭州市", "浙江省"] {
        desk.upload(&laws, &format!("{place}.md"), &rule(place)).await;
    }
    let permit = desk.permit(Action::Search, &laws);
    let region = Some(kernel::Region::parse("330106").unwrap());
    let retrieval = knowledge::Retrieval { region, ..knowledge::Retrieval::of(vec![laws.clone()], 10) };
    let found = desk.knowledge.search(&desk.cx, &permit, "养犬要登记吗", &retrieval).unwrap();
    let mut titles: Vec<&str> = found.passages.iter().map(|p| p.document.as_str()).collect();
    titles.sort_unstable();
    assert_eq!(titles, ["杭州市养犬管理条例", "浙江省养犬管理条例"]);
    assert_eq!(found.filtered.iter().map(|f| f.reason).collect::<Vec<_>>(), [FilterReason::Region]);
}
