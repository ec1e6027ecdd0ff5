//! Whether there is a basis for an answer: on the texts of the demo agency.

use identity::Action;
use kernel::DataLevel;
use knowledge::ImportFile;

use crate::Stage;

const CITIZENS: [&str; 12] = [
    "公司拖欠工资不发，我可以怎么办？",
    "试用期最长可以约定多久？",
    "租的房子坏了房东不修，维修费用谁承担？",
    "离婚后孩子的抚养权归谁？",
    "网上买的东西七天内可以无理由退货吗？",
    "饮酒后驾驶机动车怎么处罚？",
    "住房公积金什么情况下可以提取？",
    "上下班途中发生交通事故算不算工伤？",
    "个体工商户怎么办理登记？",
    "行政机关多少天内要作出行政许可决定？",
    "买到假冒商品可以要求几倍赔偿？",
    "遗嘱有哪些形式？",
];

pub async fn what_the_law_answers_has_a_basis_and_other_things_have_not(stage: &Stage) {
    let desk = stage.open().await;
    let laws = desk.collection("laws", DataLevel::Public).await;
    let permit = desk.permit(Action::ImportDocuments, &laws);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/laws");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).map(|entry| ImportFile {
        name: entry.file_name().to_string_lossy().into_owned(),
        bytes: std::fs::read(entry.path()).unwrap().into(),
    });
    let files: Vec<ImportFile> = files.filter(|file| file.name.ends_with(".md")).collect();
    let wanted = files.len() as u64;
    let done = desk.knowledge.import_files(&desk.cx, &permit, &laws, files).await.unwrap();
    assert_eq!((done.documents + done.skipped, done.failed), (wanted, 0), "{:?}", done.problems);

    let mut refused = Vec::new();
    for question in CITIZENS {
        let found = desk.search(&laws, question, None);
        desk.resolve(&found.passages[0]).await;
        assert!(!found.passages[0].best.is_empty());
        if !found.has_basis {
            refused.push(question);
        }
    }
    assert!(refused.len() <= 1, "no basis for {refused:?}");
    let others: Vec<&str> = include_str!("other_subjects.txt").lines().collect();
    let answered: Vec<&str> =
        others.iter().copied().filter(|question| desk.search(&laws, question, None).has_basis).collect();
    assert!(answered.len() * 16 <= others.len(), "a basis for {answered:?}");
}
