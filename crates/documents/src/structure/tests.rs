//! Structure through the front door: small documents and the labels they give.

use expect_test::{Expect, expect};

use crate::{Limits, read};

fn check(name: &str, text: &str, want: &Expect) {
    let (document, _) = read(name, text.as_bytes(), &Limits::default());
    let mut out = String::new();
    for article in &document.articles {
        assert_eq!(kernel::text::slice(&document.text, article.span), article.text);
        let text = article.text.replace('\n', "⏎");
        out.push_str(&format!("{:?} {} [{}] {text}\n", article.kind, article.label, article.path.join(" > ")));
    }
    want.assert_eq(&out);
}

#[test]
fn a_law_with_parts_chapters_and_mentions() {
    check(
        "a.txt",
        "某法\n（2020年1月1日通过）\n目 录\n第一章 总 则\n第二章 附 则\n第一章　总　则\n第一条　为了甲，制定本法。\n第 二 条　有下列情形：\n（一）乙；\n（二）丙。\n依照本法\n第一条 的规定处理。第三条 丁。\n第三条之一　戊。\n第二章 附则\n第四条 本法第十条规定的己。\n第十条规定的己，不适用。\n第五条 庚。",
        &expect![[r#"
            Article 第一条 [第一章 总则] 为了甲，制定本法。
            Article 第二条 [第一章 总则] 有下列情形：⏎（一）乙；⏎（二）丙。⏎依照本法⏎第一条 的规定处理。
            Article 第三条 [第一章 总则] 丁。
            Article 第三条之一 [第一章 总则] 戊。
            Article 第四条 [第二章 附则] 本法第十条规定的己。⏎第十条规定的己，不适用。
            Article 第五条 [第二章 附则] 庚。
        "#]],
    );
}

#[test]
fn a_policy_with_parts_items_and_a_signature() {
    check(
        "a.txt",
        "各区县人民政府，各部门，各单位：\n为深入贯彻落实国家有关要求，结合本市实际，现提出以下意见。\n一、总体要求\n（一）指导思想。坚持以人为本。\n（二）基本原则\n政府引导。\n二、主要任务\n完善社区养老服务综合体、社区养老院等设施。\n1.甲；\n2.乙。\n三、保障措施。加强领导。\n某市人民政府办公厅\n2022年5月19日\n（此件公开发布）",
        &expect![[r#"
            Preamble 引言 [] 各区县人民政府，各部门，各单位：⏎为深入贯彻落实国家有关要求，结合本市实际，现提出以下意见。
            Section 一、（一）指导思想 [一、总体要求] （一）指导思想。坚持以人为本。
            Section 一、（二）基本原则 [一、总体要求] （二）基本原则⏎政府引导。
            Section 二、主要任务 [] 二、主要任务⏎完善社区养老服务综合体、社区养老院等设施。⏎1.甲；⏎2.乙。
            Section 三、保障措施 [] 三、保障措施。加强领导。
        "#]],
    );
}

#[test]
fn an_annex_has_its_own_articles() {
    check(
        "a.txt",
        "关于印发办法的通知\n现将办法印发给你们，请遵照执行。\n附件：1.某办法\n2022年5月19日\n附件1\n某办法\n第一条 甲。\n第二条 乙。",
        &expect![[r#"
            Paragraphs 第1至2段 [] 现将办法印发给你们，请遵照执行。⏎附件：1.某办法
            Article 附件1 第一条 [附件1] 甲。
            Article 附件1 第二条 [附件1] 乙。
        "#]],
    );
}

#[test]
fn paragraphs_are_grouped_when_nothing_is_numbered() {
    let long = "这是没有编号的一段文字。".repeat(20);
    check(
        "a.md",
        &format!("# 说明\n\n## 办理流程\n\n{long}\n\n{long}\n\n{long}\n"),
        &expect![[r#"
        Paragraphs 第1至2段 [办理流程] 这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。⏎这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。
        Paragraphs 第3段 [办理流程] 这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。这是没有编号的一段文字。
    "#]],
    );
}

#[test]
fn a_table_of_contents_is_no_part_of_the_text() {
    check(
        "a.txt",
        "某规划\n目 录\n一、总体要求\t1\n（一）指导思想……………2\n二、任务.........13\n一、总体要求\n坚持以人为本，加强统筹，现就有关事项规划如下。\n（一）指导思想。甲。\n（二）原则。乙。\n二、任务\n丙。",
        &expect![[r#"
            Section 一、总体要求 [] 一、总体要求⏎坚持以人为本，加强统筹，现就有关事项规划如下。
            Section 一、（一）指导思想 [一、总体要求] （一）指导思想。甲。
            Section 一、（二）原则 [一、总体要求] （二）原则。乙。
            Section 二、任务 [] 二、任务⏎丙。
        "#]],
    );
}
