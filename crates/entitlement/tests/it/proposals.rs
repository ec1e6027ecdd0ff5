//! What the machine reads out of the sample policies, and what it says when there is nothing to read.

use entitlement::{Among, Source, SourceArticle, propose};
use expect_test::{Expect, expect};

use crate::{FINANCE, INDUSTRY, JOBS, TECHNOLOGY, fields, sample, shown};

fn check(name: &str, expected: &Expect) {
    let proposal = sample(name);
    let mut out: String = proposal.policies.iter().map(shown).collect();
    if let Some(first) = proposal.policies.first() {
        out += &format!("window {:?} to {:?}; ", first.window.from, first.window.until);
        let places = proposal.policies.iter().enumerate().filter(|(_, policy)| policy.cumulation.only_highest);
        let places: Vec<usize> = places.map(|(at, _)| at).collect();
        out += &format!("only the highest of one {:?}: {places:?}; ", first.cumulation.among);
        out += &format!("{}; {} materials\n", first.department, first.materials.len());
    }
    for note in &proposal.notes {
        out += &format!("note {} {:?} {}\n", note.code, note.policy, note.quote);
    }
    expected.assert_eq(&out);
}

#[test]
fn technology_policies_are_read() {
    check(
        TECHNOLOGY,
        &expect![[r#"
            高新技术企业认定奖励 [high_tech] Reward amount=200000
              0 first_recognition Eq true
              1 qualification In high_tech
              2 region Within 510100
              3 entity_type In company
              4 dishonest Eq false
              5 abnormal Eq false
            重新认定奖励 [high_tech] Reward amount=100000
              0 revenue Ge 20000000
              1 rd_ratio Ge 5
              2 qualification In high_tech
              3 region Within 510100
              4 entity_type In company
              5 dishonest Eq false
              6 abnormal Eq false
            研发费用补贴 [research] Subsidy rate=10 cap=1000000 of rd_spending
              0 rd_spending Ge 5000000
              1 qualification In tech_sme
              2 region Within 510100
              3 entity_type In company
              4 dishonest Eq false
              5 abnormal Eq false
            发明专利资助 [ip] Subsidy amount=50000
              0 patents Ge 3
              1 qualification In tech_sme
              2 region Within 510100
              3 entity_type In company
              4 dishonest Eq false
              5 abnormal Eq false
            中试平台支持 [platform] Reward amount=500000
              0 person: 对建成省级以上制造业中试平台并通过验收的企业
              1 region Within 510100
              2 entity_type In company
              3 dishonest Eq false
              4 abnormal Eq false
            window Some(2026-03-01) to Some(2026-12-31); only the highest of one Document: [0, 1, 4]; 锦城市科学技术局; 3 materials
            note for_a_person Some(4) 对建成省级以上制造业中试平台并通过验收的企业
        "#]],
    );
}

#[test]
fn job_policies_are_read() {
    check(
        JOBS,
        &expect![[r#"
            稳岗返还 [jobs] Relief rate=60 of unemployment_paid
              0 layoff_rate Le 5.5
              1 size In micro, small, medium
              2 region Within 510100
              3 pays_insurance Eq true
              4 dishonest Eq false
            大型企业稳岗返还 [jobs] Relief rate=30 of unemployment_paid
              0 layoff_rate Le 5.5
              1 size In large
              2 region Within 510100
              3 pays_insurance Eq true
              4 dishonest Eq false
            一次性扩岗补助 [jobs] Subsidy amount=1500 of graduates_hired
              0 graduates_hired Ge 1
              1 region Within 510100
              2 pays_insurance Eq true
              3 dishonest Eq false
            就业困难人员社会保险补贴 [jobs] Subsidy amount=6000 cap=300000 of hardship_hired
              0 hardship_hired Ge 1
              1 size In micro, small
              2 region Within 510100
              3 pays_insurance Eq true
              4 dishonest Eq false
            window None to Some(2026-12-20); only the highest of one Theme: []; 锦城市人力资源和社会保障局; 0 materials
        "#]],
    );
}

#[test]
fn industry_policies_are_read() {
    check(
        INDUSTRY,
        &expect![[r#"
            技术改造补助 [equipment] Subsidy rate=8 cap=5000000 of investment
              0 investment Ge 5000000
              1 industry In C
              2 region Within 510100
              3 established Ge 1
              4 dishonest Eq false
              5 accident Eq false
              6 person: 内部管理制度健全
              7 person: 财务状况良好
            小规模技改补助 [equipment] Subsidy rate=10 cap=500000 of investment
              0 investment Ge 2000000
              1 industry In C
              2 size In micro, small
              3 region Within 510100
              4 established Ge 1
              5 dishonest Eq false
              6 accident Eq false
              7 person: 内部管理制度健全
              8 person: 财务状况良好
            专精特新奖励 [srdi] Reward amount=600000
              0 qualification In little_giant
              1 region Within 510100
              2 established Ge 1
              3 dishonest Eq false
              4 accident Eq false
              5 person: 内部管理制度健全
              6 person: 财务状况良好
            专精特新中小企业奖励 [srdi] Reward amount=150000
              0 qualification In srdi
              1 region Within 510100
              2 established Ge 1
              3 dishonest Eq false
              4 accident Eq false
              5 person: 内部管理制度健全
              6 person: 财务状况良好
            首次升规奖励 [growth] Reward amount=200000
              0 first_above_scale Eq true
              1 revenue Ge 20000000
              2 industry In C
              3 region Within 510100
              4 established Ge 1
              5 dishonest Eq false
              6 accident Eq false
              7 person: 内部管理制度健全
              8 person: 财务状况良好
            增产奖励 [growth] Reward amount=300000
              0 revenue_growth Ge 15
              0 tax_paid Ge 3000000
              1 qualification In above_scale
              2 region Within 510100
              3 established Ge 1
              4 dishonest Eq false
              5 accident Eq false
              6 person: 内部管理制度健全
              7 person: 财务状况良好
            绿色工厂奖励 [green] Reward amount=400000
              0 qualification In green_factory
              1 region Within 510100
              2 established Ge 1
              3 dishonest Eq false
              4 accident Eq false
              5 person: 内部管理制度健全
              6 person: 财务状况良好
            window Some(2026-04-01) to Some(2026-11-30); only the highest of one Theme: [0, 1, 2, 3, 4, 5, 6]; 锦城市经济和信息化局; 0 materials
            note for_a_person Some(0) 内部管理制度健全
            note for_a_person Some(0) 财务状况良好
        "#]],
    );
}

#[test]
fn finance_policies_are_read() {
    check(
        FINANCE,
        &expect![[r#"
            贷款贴息 [finance] Interest rate=50 cap=200000 of loan_interest
              0 loan_amount Le 10000000
              1 size In micro, small
              2 region Within 510100
              3 industry NotIn K
              4 tax_arrears Eq false
            个体工商户租金补贴 [rent] Subsidy rate=20 cap=10000 of rent
              0 established Ge 0.5
              1 rent Ge 20000
              2 entity_type In individual
              3 region Within 510100
              4 industry NotIn K
              5 tax_arrears Eq false
            外贸企业支持 [trade] Reward amount=100000
              0 exports Ge 30000000
              1 exports Le 500000000
              2 region Within 510100
              3 industry NotIn K
              4 tax_arrears Eq false
            网络零售奖励 [consumption] Reward amount=80000
              0 retail_sales Ge 10000000
              1 industry In F
              2 region Within 510100
              3 industry NotIn K
              4 tax_arrears Eq false
            window None to Some(2027-03-31); only the highest of one Theme: []; 锦城市财政局; 0 materials
        "#]],
    );
}

fn notes(text: &str) -> Vec<String> {
    let article = SourceArticle { label: "第一条".to_owned(), text: text.to_owned(), ..SourceArticle::default() };
    let source = Source { title: "措施".to_owned(), articles: vec![article], ..Source::default() };
    propose(&fields(), &source).notes.into_iter().map(|note| note.code).collect()
}

#[test]
fn what_stands_under_a_common_heading_is_read_into_every_item() {
    let article = |label: &str, path: &[&str], text: &str| SourceArticle {
        label: label.to_owned(),
        path: path.iter().map(|&heading| heading.to_owned()).collect(),
        text: text.to_owned(),
        ..SourceArticle::default()
    };
    let items = [
        article("第二条", &[], "第二条　绿色工厂奖励。对绿色工厂，给予一次性奖励40万元。"),
        article("第三条", &[], "第三条　租金补贴。对小微企业，按年租金的20%给予补贴。"),
    ];
    let commons = [
        article("一、支持对象", &[], "一、支持对象\n依法参加失业保险、未被列入严重失信主体名单的企业。"),
        article("（一）", &["一、支持对象"], "（一）依法参加失业保险、未被列入严重失信主体名单的企业。"),
        article("第一条", &[], "第一条　支持对象。依法参加失业保险、未被列入严重失信主体名单的企业。"),
        article("第一条", &[], "第一条　支持对象：依法参加失业保险、未被列入严重失信主体名单的企业。"),
    ];
    // It is read wherever it stands, also behind the items.
    for common in commons {
        for at in [0, 2] {
            let mut articles = items.to_vec();
            articles.insert(at, common.clone());
            let source = Source { title: "措施".to_owned(), articles, ..Source::default() };
            let read: Vec<Vec<String>> = propose(&fields(), &source)
                .policies
                .iter()
                .map(|policy| policy.conditions.iter().filter_map(|condition| condition.field.clone()).collect())
                .collect();
            let wanted = [["qualification", "pays_insurance", "dishonest"], ["size", "pays_insurance", "dishonest"]];
            assert_eq!(read, wanted, "{} {:?} at {at}", common.text, common.path);
        }
    }
}

#[test]
fn materials_are_listed_and_a_sentence_that_asks_for_none_is_none() {
    let read = |text: &str| {
        let article = |text: &str| SourceArticle { text: text.to_owned(), ..SourceArticle::default() };
        let articles = vec![article("对绿色工厂，给予一次性奖励40万元。"), article(text)];
        propose(&fields(), &Source { articles, ..Source::default() }).policies.remove(0).materials
    };
    assert_eq!(
        read("第五条　申报材料。（一）营业执照复印件；（二）财务审计报告。"),
        ["营业执照复印件", "财务审计报告"]
    );
    assert!(read("四、申报材料\n企业无须提交材料，由经办机构通过数据比对核实。").is_empty());
}

#[test]
fn a_clause_says_among_which_items_only_the_highest_counts() {
    let read = |clause: &str| {
        let articles = ["对绿色工厂，给予一次性奖励40万元。", "对小微企业，按年租金的20%给予补贴。", clause]
            .map(|text| SourceArticle { text: text.to_owned(), ..SourceArticle::default() });
        let source = Source { articles: articles.to_vec(), ..Source::default() };
        let cumulations = propose(&fields(), &source).policies.into_iter().map(|policy| policy.cumulation);
        cumulations.map(|own| own.only_highest.then_some(own.among)).collect::<Vec<_>>()
    };
    let (theme, document) = (Some(Among::Theme), Some(Among::Document));
    assert_eq!(read("同一企业的同类政策不重复享受。"), [theme, theme]);
    assert_eq!(read("同一企业符合本措施多个条款的，就高不重复。"), [document, document]);
    assert_eq!(read("同一企业符合本措施多项奖励条件的，就高不重复。"), [document, None]);
    assert_eq!(read("本措施与本市其他各项政策不重复享受。"), [theme, theme]);
    assert_eq!(read("同一企业可以同时享受。"), [None, None]);
}

#[test]
fn a_policy_without_numbers_is_told() {
    assert_eq!(notes("对优秀企业给予通报表扬和政策支持。"), ["no_numbers", "for_a_person", "no_window"]);
    assert_eq!(notes("鼓励企业加大研发投入，提升创新能力。"), ["no_benefit"]);
    assert_eq!(notes(""), ["no_benefit"]);
}

#[test]
fn every_part_names_words_that_stand_in_the_text() {
    for name in [TECHNOLOGY, JOBS, INDUSTRY, FINANCE] {
        let path = format!("{}/../../demo/enterprise-policies/{name}.md", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).unwrap();
        for policy in sample(name).policies {
            for clause in policy.conditions.iter().map(|c| &c.evidence).chain([&policy.benefit.evidence]) {
                assert!(clause.quote.split('。').all(|part| text.contains(part)), "{}", clause.quote);
                assert!(!clause.label.is_empty());
            }
        }
    }
}
