//! One fact changed in a sentence of the law is caught; the sentence itself, and fair shortenings of it, pass.

use guard::{Verdict, verify};

const LAWS: &[&str] = &[
    "第十九条 劳动合同期限三个月以上不满一年的，试用期不得超过一个月；劳动合同期限一年以上不满三年的，试用期不得超过二个月。",
    "第四十条 有下列情形之一的，用人单位提前三十日以书面形式通知劳动者本人或者额外支付劳动者一个月工资后，可以解除劳动合同。",
    "第三十二条 行政机关对申请人提出的行政许可申请，申请材料不齐全或者不符合法定形式的，应当当场或者在五日内一次告知申请人需要补正的全部内容，逾期不告知的，自收到申请材料之日起即为受理。",
    "第五十五条 经营者提供商品或者服务有欺诈行为的，应当按照消费者的要求增加赔偿其受到的损失，增加赔偿的金额为消费者购买商品的价款或者接受服务的费用的三倍；增加赔偿的金额不足五百元的，为五百元。法律另有规定的，依照其规定。",
    "第十七条 职工发生事故伤害或者按照职业病防治法规定被诊断、鉴定为职业病，所在单位应当自事故伤害发生之日或者被诊断、鉴定为职业病之日起30日内，向统筹地区社会保险行政部门提出工伤认定申请。",
    "第八条 公民的住宅不受侵犯，禁止非法搜查；但是法律另有规定的除外。",
];

#[track_caller]
fn is(verdict: Verdict, answer: &str) {
    let report = verify(answer, LAWS);
    let verdicts: Vec<_> = report.claims.iter().map(|c| (c.verdict, c.why.as_str())).collect();
    assert!(verdicts.iter().any(|(v, _)| *v == verdict), "{answer}\n{verdicts:?}");
    assert_eq!(report.supported, verdict == Verdict::Supported, "{answer}\n{verdicts:?}");
}

#[test]
fn what_the_law_says_is_supported_in_either_notation() {
    for answer in [
        "劳动合同期限一年以上不满三年的，试用期不得超过二个月。",
        "劳动合同期限1年以上不满3年的，试用期不得超过2个月。[1]",
        "根据第四十条，用人单位提前30日以书面形式通知劳动者本人后，可以解除劳动合同。",
        "申请材料不齐全的，行政机关应当当场或者在5日内一次告知申请人需要补正的全部内容。",
        "增加赔偿的金额为消费者购买商品的价款的3倍；增加赔偿的金额不足500元的，为500元。",
        "所在单位应当自事故伤害发生之日起三十日内，向统筹地区社会保险行政部门提出工伤认定申请。",
        "您好！公民的住宅不受侵犯，禁止非法搜查；但是法律另有规定的除外。以上内容仅供参考。",
    ] {
        is(Verdict::Supported, answer);
    }
}

#[test]
fn one_changed_fact_is_a_contradiction() {
    for answer in [
        // Deadline, amount, multiple, article, age of the term.
        "劳动合同期限一年以上不满三年的，试用期不得超过三个月。",
        "用人单位提前十日以书面形式通知劳动者本人或者额外支付劳动者一个月工资后，可以解除劳动合同。",
        "增加赔偿的金额不足五千元的，为五百元。",
        "增加赔偿的金额为消费者购买商品的价款或者接受服务的费用的十倍。",
        "根据第三十九条，用人单位提前三十日以书面形式通知劳动者本人或者额外支付劳动者一个月工资后，可以解除劳动合同。",
        // Must, may, must not; a dropped negation.
        "劳动合同期限一年以上不满三年的，试用期可以超过二个月。",
        "用人单位提前三十日以书面形式通知劳动者本人或者额外支付劳动者一个月工资后，不得解除劳动合同。",
        "申请材料不齐全或者不符合法定形式的，可以当场或者在五日内一次告知申请人需要补正的全部内容。",
        "公民的住宅受侵犯，禁止非法搜查；但是法律另有规定的除外。",
        // Who, and the way.
        "所在单位应当自事故伤害发生之日或者被诊断、鉴定为职业病之日起30日内，向统筹地区民政部门提出工伤认定申请。",
        "用人单位提前三十日以口头形式通知劳动者本人或者额外支付劳动者一个月工资后，可以解除劳动合同。",
        // Conditions.
        "劳动合同期限三个月以下不满一年的，试用期不得超过一个月。",
        "申请材料不齐全并且不符合法定形式的，应当当场或者在五日内一次告知申请人需要补正的全部内容。",
    ] {
        is(Verdict::Contradicted, answer);
    }
}

#[test]
fn what_the_law_does_not_say_is_unsupported() {
    for answer in [
        "住房公积金贷款最高额度为八十万元。",
        "增加赔偿的金额不足五百元的，为五百元，并由市场监督管理部门吊销营业执照。",
        // The exception is left out.
        "公民的住宅不受侵犯，禁止非法搜查。",
    ] {
        let report = verify(answer, LAWS);
        assert!(!report.supported, "{answer}\n{report:?}");
    }
}

#[test]
fn places_are_characters_of_the_answer() {
    let answer = "您好！\n- 公积金贷款最高八十万元。[1] 公民的住宅不受侵犯。";
    let report = verify(answer, LAWS);
    let texts: Vec<String> =
        report.claims.iter().map(|c| answer.chars().skip(c.start).take(c.end - c.start).collect()).collect();
    assert_eq!(texts, report.claims.iter().map(|c| c.text.clone()).collect::<Vec<_>>());
    assert_eq!(texts.len(), 2);
}

#[test]
fn what_follows_a_semicolon_is_judged_by_the_rule_before_it() {
    let laws = [
        "第一条 故意损毁财物的，处五日以下拘留；情节较重的，处五日以上十日以下拘留，可以并处三千元以下罚款。",
        "第二条 扰乱秩序的，处警告；情节较重的，处五日以上十日以下拘留，可以并处一千元以下罚款。",
    ];
    let report =
        verify("故意损毁财物的，处五日以下拘留；情节较重的，处五日以上十日以下拘留，可以并处一千元以下罚款。", &laws);
    assert_eq!(report.claims[1].verdict, Verdict::Contradicted, "{report:?}");
    assert!(
        verify("故意损毁财物的，处五日以下拘留；情节较重的，处五日以上十日以下拘留，可以并处3000元以下罚款。", &laws)
            .supported
    );
}

#[test]
fn a_quotation_that_cuts_off_a_negation_or_a_digit_is_none() {
    let law = ["第二条 未经合法性审核或者经审核不合法的文件，不得提交集体审议。1997年7月31日颁布的条例同时废止。"];
    for answer in ["经合法性审核或者经审核不合法的文件，不得提交集体审议。", "7年7月31日颁布的条例同时废止。"]
    {
        assert_eq!(verify(answer, &law).claims[0].verdict, Verdict::Contradicted, "{answer}");
    }
}

#[test]
fn small_percentages_differ() {
    let law = ["再担保业务收费原则上不高于承担风险责任的0.31%。"];
    assert!(verify("再担保业务收费原则上不高于承担风险责任的千分之3.1。", &law).supported);
    assert!(!verify("再担保业务收费原则上不高于承担风险责任的0.37%。", &law).supported);
}

#[test]
fn a_word_alone_is_weighed_and_its_figures_compared() {
    let law = ["第五条 市民政部门负责养老机构的备案，应当在二十个工作日内办结，收费三百元。"];
    let says = |answer: &str| verify(answer, &law).claims[0].verdict;
    for answer in ["市民政部门", "二十个工作日", "20个工作日", "300元"] {
        assert_eq!(says(answer), Verdict::Supported, "{answer}");
    }
    for answer in ["三十个工作日", "500元", "弗拉德里希"] {
        assert_ne!(says(answer), Verdict::Supported, "{answer}");
    }
}
