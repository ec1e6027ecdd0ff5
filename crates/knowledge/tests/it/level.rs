//! The fence: levels, collections and permits before the ranking.

use std::collections::BTreeSet;

use identity::{Action, Audience, Scope};
use kernel::ids::{CollectionId, ScenarioId};
use kernel::{DataLevel, Fault as _};
use knowledge::{ImportFile, Retrieval};

use crate::Stage;
use crate::stage::{Desk, law};

const SUBJECTS: [&str; 6] =
    ["养老服务补贴", "住房公积金提取", "工伤认定申请", "个体工商户登记", "老年人能力评估", "道路运输许可"];

/// A repeatable number below `most`.
fn number(seed: &mut u64, most: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) as usize % most
}

async fn fill(desk: &Desk, levels: &[DataLevel]) {
    for level in levels {
        let id = desk.collection(level.as_str(), *level).await;
        let mut seed = 7 + u64::from(level.rank().unsigned_abs());
        let files = (0..12)
            .map(|n| {
                let articles: Vec<String> = (0..4)
                    .map(|_| {
                        let (a, b) = (SUBJECTS[number(&mut seed, 6)], SUBJECTS[number(&mut seed, 6)]);
                        format!("{a}由主管部门办理，{b}按照规定执行，{}号。", number(&mut seed, 1000))
                    })
                    .collect();
                let articles: Vec<&str> = articles.iter().map(String::as_str).collect();
                let title = format!("{level}第{n}号办法");
                ImportFile {
                    name: format!("{title}.md"),
                    bytes: law(&title, "2020-01-01", &articles).into_bytes().into(),
                }
            })
            .collect();
        let permit = desk.permit(Action::ImportDocuments, &id);
        desk.knowledge.import_files(&desk.cx, &permit, &id, files).await.unwrap();
    }
}

/// Searching with a ceiling gives what an index has that holds only what lies below it.
pub async fn hidden_articles_take_no_part(stage: &Stage) {
    let whole = stage.open().await;
    fill(&whole, &DataLevel::ALL).await;
    for ceiling in DataLevel::ALL {
        let allowed: Vec<DataLevel> = DataLevel::ALL.into_iter().filter(|level| *level <= ceiling).collect();
        let small_stage = Stage::sqlite();
        let small = small_stage.open().await;
        fill(&small, &allowed).await;
        let scope = Scope::Scenario {
            id: ScenarioId::parse("test").unwrap(),
            audience: Audience::Internal,
            roles: Vec::new(),
            level: ceiling,
        };
        for question in ["养老服务补贴怎么申请", "住房公积金提取", "个体工商户登记和工伤认定", "老年人"]
        {
            let hits = |desk: &Desk| -> BTreeSet<(String, String)> {
                let permit = desk.cx.permit(Action::Ask, &scope).unwrap();
                let found =
                    desk.knowledge.search(&desk.cx, &permit, question, &Retrieval::of(Vec::new(), 500)).unwrap();
                assert!(found.passages.iter().all(|passage| passage.level <= ceiling));
                found.passages.iter().map(|p| (p.document.clone(), p.label.clone())).collect()
            };
            let (seen, expected) = (hits(&whole), hits(&small));
            assert!(!seen.is_empty());
            assert_eq!(seen, expected, "{question} below {ceiling}");
        }
    }
}

pub async fn permits_are_demanded(stage: &Stage) {
    let desk = stage.open().await;
    let open = desk.collection("open", DataLevel::Public).await;
    let closed = desk.collection("closed", DataLevel::Internal).await;
    let text = law("内部办法", "2020-01-01", &["工单应当在三个工作日内办结。"]);
    desk.upload(&closed, "内部办法.md", &text).await;
    desk.upload(&open, "公开办法.md", &law("公开办法", "2020-01-01", &["工单办理情况向社会公布。"])).await;

    // A permit for one collection does not open another, whatever the retrieval asks for.
    let permit = desk.permit(Action::Search, &open);
    let both = Retrieval::of(vec![open.clone(), closed.clone()], 10);
    let found = desk.knowledge.search(&desk.cx, &permit, "工单办结", &both).unwrap();
    assert_eq!(found.passages.iter().map(|p| p.document.as_str()).collect::<Vec<_>>(), ["公开办法"]);

    // A permit to search does not import, and one for another collection does not either.
    let file = ImportFile { name: "x.md".into(), bytes: text.into_bytes().into() };
    let wrong = desk.permit(Action::Search, &closed);
    let error = desk.knowledge.begin_import(&desk.cx, &wrong, &closed, file.clone()).await.unwrap_err();
    assert_eq!(error.code(), "identity.wrong_permit");
    let other = desk.permit(Action::ImportDocuments, &open);
    let error = desk.knowledge.begin_import(&desk.cx, &other, &closed, file).await.unwrap_err();
    assert_eq!(error.code(), "knowledge.wrong_permit");

    // Somebody else's permit proves nothing.
    let clerk = identity::testing::person(&desk.store, "clerk", &["clerk"]).unwrap();
    let error = desk.knowledge.search(&clerk, &permit, "工单", &both).unwrap_err();
    assert_eq!(error.code(), "identity.wrong_permit");
    let unknown = Retrieval::of(vec![CollectionId::parse("nowhere").unwrap()], 3);
    assert_eq!(
        desk.knowledge.search(&desk.cx, &permit, "工单", &unknown).unwrap_err().code(),
        "knowledge.collection_not_found"
    );
}
