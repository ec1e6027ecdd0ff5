//! Tables as people export them: headings, units, and broken cells told by row and column.

use entitlement::{Given, Number, read_table};

use crate::fields;

fn rows(text: &str) -> Vec<Vec<String>> {
    let (document, _) = documents::read("t.csv", text.as_bytes(), &documents::Limits::default());
    document.tables.into_iter().next().unwrap_or_default()
}

fn problems(text: &str) -> Vec<String> {
    let told = read_table(&fields(), &rows(text)).problems.into_iter();
    told.map(|p| format!("{} {:?} {:?} {}", p.code, p.row, p.column.unwrap_or_default(), p.value)).collect()
}

#[test]
fn the_sample_table_is_read_whole() {
    let text = include_str!("../../../../demo/enterprise-policies/enterprises.csv");
    let imported = read_table(&fields(), &rows(text));
    assert_eq!(imported.profiles.len(), 12);
    let codes: Vec<&str> = imported.problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(codes, ["same_name"]);
    let (_, first) = &imported.profiles[0];
    // The heading says 万元.
    assert_eq!(first.facts["revenue"], Given::Number(Number::parse("42000000").unwrap()));
    assert_eq!(first.facts["size"], Given::Text("small".to_owned()));
    assert_eq!(first.facts["qualification"], Given::List(vec!["high_tech".to_owned(), "tech_sme".to_owned()]));
    assert_eq!(first.facts["dishonest"], Given::Flag(false));
}

#[test]
fn a_broken_cell_is_told_by_row_and_column() {
    let told = problems(
        "企业名称,统一社会信用代码,营业收入（万元）,成立日期,企业规模\n甲公司,91510104MA10000178,三千,2018-05-06,小型\n乙公司,,12.5,2018-13-40,中小企业\n",
    );
    assert_eq!(
        told,
        [
            "bad_cell Some(2) \"营业收入（万元）\" 三千",
            "bad_cell Some(3) \"成立日期\" 2018-13-40",
            "bad_cell Some(3) \"企业规模\" 中小企业",
        ]
    );
}

#[test]
fn a_wrong_code_a_double_and_a_strange_column_are_told() {
    let told = problems(
        "企业名称,统一社会信用代码,备注\n甲公司,91510104MA10000179,x\n乙公司,91510104MA10000178,\n乙公司,91510104MA10000178,\n乙公司,,\n,,z\n",
    );
    assert_eq!(
        told,
        [
            "unknown_column Some(1) \"备注\" ",
            "bad_credit_code Some(2) \"统一社会信用代码\" 91510104MA10000179",
            "no_name Some(6) \"\" ",
            "same_code Some(4) \"\" 91510104MA10000178",
            "same_name Some(3) \"\" 乙公司",
        ]
    );
}

#[test]
fn a_table_without_a_heading_is_no_table_of_enterprises() {
    assert_eq!(problems("a,b\n1,2\n"), ["no_heading None \"\" a | b"]);
    assert_eq!(read_table(&fields(), &[]).problems[0].code, "no_heading");
}
