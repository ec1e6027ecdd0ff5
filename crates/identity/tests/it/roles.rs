//! The roles that come with the program, and what the reader says to a wrong file.

use expect_test::{Expect, expect};
use identity::Roles;

#[test]
fn who_may_do_what() {
    expect![[r#""#]].assert_eq(&Roles::embedded().unwrap().matrix());
}

fn check(from: &str, to: &str, wanted: &Expect) {
    let text = Roles::DEFAULT.replacen(from, to, 1);
    assert_ne!(text, Roles::DEFAULT, "`{from}` is not in the file");
    wanted.assert_eq(&Roles::load("roles.toml", &text).unwrap_err().to_string());
}

#[test]
fn a_wrong_file_is_told_with_line_and_field() {
    check("schema = 1", "schema = 2", &expect![[r#""#]]);
    check("schema = 1", "schema = 1\nextra = 2", &expect![[r#""#]]);
    check("title = \"办事人员\"", "titel = \"办事人员\"", &expect![[r#""#]]);
    check("title = \"办事人员\"\n", "", &expect![[r#""#]]);
    check("clearance = \"sensitive\"", "clearance = \"secret\"", &expect![[r#""#]]);
    check("\"review.decide\"", "\"review.decides\"", &expect![[r#""#]]);
    check("\"review.decide\"", "\"review.read\"", &expect![[r#""#]]);
    check("\"review.decide\"", "7", &expect![[r#""#]]);
    check("[roles.steward]", "[roles.\"Data Steward\"]", &expect![[r#""#]]);
    check("[roles.auditor]", "[roles.listener]", &expect![[r#""#]]);
    check("[roles.citizen]", "[roles.citizen", &expect![[r#""#]]);
}

#[test]
fn no_file_brings_the_three_administrators_together() {
    check("\"system.manage\"", "\"role.grant\"", &expect![[r#""#]]);
    check("\"system.manage\"", "\"audit.read\"", &expect![[r#""#]]);
    check("\"system.manage\"", "\"search\"", &expect![[r#""#]]);
    check("\"role.grant\"", "\"account.manage\"", &expect![[r#""#]]);
    check("\"role.grant\"", "\"collection.read\"", &expect![[r#""#]]);
    check("\"audit.verify\"", "\"ask\"", &expect![[r#""#]]);
    check("\"audit.verify\"", "\"account.read\"", &expect![[r#""#]]);
    check("\"review.decide\"", "\"role.grant\"", &expect![[r#""#]]);
    check("\"review.decide\"", "\"audit.read\"", &expect![[r#""#]]);
    check("title_en = \"Audit administrator\"\nclearance = \"public\"", "title_en = \"A\"\nclearance = \"internal\"", &expect![[r#""#]]);
    check("title_en = \"Citizen\"\nclearance = \"public\"", "title_en = \"C\"\nclearance = \"internal\"", &expect![[r#""#]]);
    check("actions = [\"ask\", \"collection.read\", \"feedback.give\"]", "actions = [\"ask\", \"review.read\"]", &expect![[r#""#]]);
}
