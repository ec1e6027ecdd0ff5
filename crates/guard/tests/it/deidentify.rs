//! What becomes of the values: masks, tokens, and what stays.

use expect_test::{Expect, expect};
use guard::{Deidentified, Kind, Operator, Options, deidentify};

const TEXT: &str = "我叫王小明，身份证11010519491231002X，手机13800138000，住在四川省成都市武侯区人民南路四段11号3栋501室，车牌京A12345。\
王小明的卡号6225880000000001，邮箱wang@example.cn，在成都天府软件科技有限公司上班。手机还是13800138000。";

#[expect(clippy::needless_pass_by_value, reason = "the form of expect tables")]
fn check(options: &Options, expected: Expect) -> Deidentified {
    let done = deidentify(TEXT, options);
    expected.assert_eq(&done.text);
    done
}

#[test]
fn masks_keep_what_may_be_read() {
    let done = check(
        &Options::default(),
        expect![
            "我叫王**，身份证110105********002X，手机138****8000，住在四川省成都市武侯区***，车牌京A***45。王**的卡号************0001，邮箱w***@example.cn，在***有限公司上班。手机还是138****8000。"
        ],
    );
    assert!(done.vault.is_empty());
}

#[test]
fn tokens_are_the_same_for_the_same_value_and_turn_back() {
    let done = check(
        &Options::reversible(),
        expect![
            "我叫⟦姓名1⟧，身份证⟦身份证1⟧，手机⟦手机1⟧，住在⟦地址1⟧，车牌⟦车牌1⟧。⟦姓名1⟧的卡号⟦银行卡1⟧，邮箱⟦邮箱1⟧，在⟦单位1⟧上班。手机还是⟦手机1⟧。"
        ],
    );
    assert_eq!(done.vault.restore(&done.text), TEXT);
}

#[test]
fn kinds_and_operators_are_chosen() {
    let mut options = Options { kinds: vec![Kind::Mobile, Kind::IdCard], ..Options::default() };
    options.operators.insert(Kind::IdCard, Operator::Keep);
    let done = check(
        &options,
        expect![
            "我叫王小明，身份证11010519491231002X，手机138****8000，住在四川省成都市武侯区人民南路四段11号3栋501室，车牌京A12345。王小明的卡号6225880000000001，邮箱wang@example.cn，在成都天府软件科技有限公司上班。手机还是138****8000。"
        ],
    );
    assert_eq!(done.findings.len(), 3);
}

#[test]
fn public_bodies_stay_unless_they_are_to_be_replaced() {
    let text = "成都市武侯区人民法院已受理。";
    let plain = Options { report_public: true, ..Options::default() };
    let kept = deidentify(text, &plain);
    assert_eq!(kept.text, text);
    assert!(kept.findings.iter().any(|f| f.operator == Some(Operator::Keep)), "{:?}", kept.findings);
    let replaced = deidentify(text, &Options { replace_public: true, ..Options::reversible() });
    assert!(!replaced.text.contains("法院"), "{}", replaced.text);
    assert_eq!(replaced.vault.restore(&replaced.text), text);
}
