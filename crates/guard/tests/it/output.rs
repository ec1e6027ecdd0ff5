//! From a draft to a checked one.

use guard::{
    CheckStatus, Checked, Draft, DraftSegment, Evidence, Profile, Unsupported, Usage, Verdict, check_output,
    check_output_for,
};
use kernel::ids::{ArticleId, DocumentId, VersionId};

#[expect(clippy::unwrap_used, reason = "a fixture of a test")]
fn evidence() -> Vec<Evidence> {
    let one = |n: u32, label: &str, text: &str, in_force: bool| Evidence {
        n,
        article_id: ArticleId::parse(&format!("art_{n}")).unwrap(),
        version_id: VersionId::parse("ver_1").unwrap(),
        document_id: DocumentId::parse("doc_1").unwrap(),
        document: "中华人民共和国劳动合同法".to_owned(),
        label: label.to_owned(),
        path: vec![],
        text: text.to_owned(),
        in_force,
    };
    vec![
        one(1, "第五十条", "用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续。", true),
        one(
            2,
            "第八十二条",
            "用人单位自用工之日起超过一个月不满一年未与劳动者订立书面劳动合同的，应当向劳动者每月支付二倍的工资。",
            true,
        ),
        one(3, "第一条", "为了保护劳动者的合法权益，制定本条例。", false),
    ]
}

fn draft(segments: &[(&str, bool, &[u32])]) -> Draft {
    Draft {
        model: "test".to_owned(),
        segments: segments
            .iter()
            .map(|(text, quoted, citations)| DraftSegment {
                lead: String::new(),
                tail: String::new(),
                text: (*text).to_owned(),
                quoted: *quoted,
                citations: citations.to_vec(),
            })
            .collect(),
        reasoning: None,
        usage: Usage::default(),
    }
}

fn check(segments: &[(&str, bool, &[u32])]) -> Checked {
    check_output(&Profile::default(), draft(segments), &evidence())
}

/// The rules that did not pass.
fn failed(checked: &Checked) -> Vec<(&str, CheckStatus)> {
    checked.checks().iter().filter(|c| c.status != CheckStatus::Pass).map(|c| (c.rule.as_str(), c.status)).collect()
}

#[test]
fn a_faithful_draft_passes_every_check() {
    let checked = check(&[
        ("用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续。", true, &[1]),
        (
            "根据《中华人民共和国劳动合同法》第八十二条，超过一个月不满一年未订立书面劳动合同的，应当每月支付2倍工资。",
            false,
            &[2],
        ),
    ]);
    assert_eq!(failed(&checked), []);
    assert_eq!(checked.worst(), CheckStatus::Pass);
    assert_eq!(checked.claims().iter().map(|c| c.verdict).collect::<Vec<_>>(), [Verdict::Supported; 2]);
    assert_eq!(checked.hash().len(), 64);
}

#[test]
fn each_rule_fails_for_its_own_reason() {
    assert_eq!(failed(&check(&[])), [("answer.not_empty", CheckStatus::Fail)]);
    assert_eq!(
        failed(&check(&[("用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续。", true, &[])])),
        [("citation.present", CheckStatus::Fail), ("quote.verbatim", CheckStatus::Fail)]
    );
    assert_eq!(
        failed(&check(&[("用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续。", false, &[1, 9])])),
        [("citation.resolves", CheckStatus::Fail)]
    );
    assert_eq!(
        failed(&check(&[("为了保护劳动者的合法权益，制定本条例。", false, &[3])])),
        [("citation.in_force", CheckStatus::Fail)]
    );
    assert_eq!(
        failed(&check(&[("用人单位应当在三十日内为劳动者办理档案和社会保险关系转移手续。", true, &[1])])),
        [("quote.verbatim", CheckStatus::Fail), ("claims.supported", CheckStatus::Fail)]
    );
    assert_eq!(
        failed(&check(&[("公积金贷款最高额度为八十万元。", false, &[1])])),
        [("claims.supported", CheckStatus::Warn)]
    );
    let leak =
        check(&[("用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续，联系13800138000。", false, &[1])]);
    assert!(failed(&leak).contains(&("leak.personal_data", CheckStatus::Fail)));
    let secret = check(&[("机密★10年 用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续。", false, &[1])]);
    assert!(failed(&secret).contains(&("output.secrecy", CheckStatus::Fail)));
}

#[test]
fn the_askers_own_number_is_no_leak_and_a_canary_is() {
    let said =
        draft(&[("用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续，联系13800138000。", false, &[1])]);
    let checked = check_output_for(&Profile::default(), "我的手机13800138000", said, &evidence());
    assert!(!failed(&checked).iter().any(|(rule, _)| *rule == "leak.personal_data"));
    let profile = Profile { canaries: vec!["sz-canary-7f3a".to_owned()], ..Profile::default() };
    let leaked = draft(&[("我的指令是 SZ-CANARY-7F3A。", false, &[1])]);
    assert!(failed(&check_output(&profile, leaked, &evidence())).contains(&("leak.canary", CheckStatus::Fail)));
}

#[test]
fn the_hash_covers_words_citations_and_versions() {
    let words = "用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续。";
    let one = check(&[(words, false, &[1])]);
    assert_eq!(one.hash(), check(&[(words, false, &[1])]).hash());
    assert_ne!(one.hash(), check(&[(words, false, &[2])]).hash());
    assert_ne!(one.hash(), check(&[(words.trim_end_matches('。'), false, &[1])]).hash());
    let mut other = evidence();
    other[0].version_id = VersionId::parse("ver_2").unwrap();
    assert_ne!(one.hash(), check_output(&Profile::default(), draft(&[(words, false, &[1])]), &other).hash());
}

#[test]
fn what_is_not_supported_is_reviewed_marked_or_taken_out_as_the_profile_says() {
    let said: &[(&str, bool, &[u32])] = &[
        ("用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续。", false, &[1]),
        ("住房公积金贷款最高额度为八十万元。", false, &[1]),
        ("用人单位应当在三十日内为劳动者办理档案和社会保险关系转移手续。", false, &[1]),
    ];
    let by = |rule, said: &[(&str, bool, &[u32])]| {
        let profile = Profile { unsupported: rule, ..Profile::default() };
        check_output(&profile, draft(said), &evidence())
    };
    let reviewed = by(Unsupported::Review, &said[..2]);
    assert_eq!(failed(&reviewed), [("claims.supported", CheckStatus::Warn)]);
    assert!((reviewed.score() - 0.5).abs() < 1e-6 && reviewed.removed() == 0);
    let marked = by(Unsupported::Mark, &said[..2]);
    assert_eq!(failed(&marked), []);
    assert_eq!(marked.claims()[1].verdict, Verdict::Unsupported);
    // A contradiction is no matter of marking.
    assert_eq!(failed(&by(Unsupported::Mark, said)), [("claims.supported", CheckStatus::Fail)]);
    let removed = by(Unsupported::Remove, said);
    assert_eq!(failed(&removed), []);
    assert_eq!((removed.draft().segments.len(), removed.claims().len(), removed.removed()), (1, 1, 2));
    // The hash is of what is left.
    assert_eq!(removed.hash(), check(&said[..1]).hash());
    assert_eq!(failed(&by(Unsupported::Remove, &said[1..])), [("answer.not_empty", CheckStatus::Fail)]);
}

#[test]
fn a_draft_that_a_risk_stops_has_the_answer_for_that_risk() {
    let word = |term: &str, category| guard::words::Entry {
        term: term.to_owned(),
        category,
        action: guard::Action::Block,
        weight: 0.9,
        needs: Vec::new(),
        note: String::new(),
    };
    let library = guard::words::Library::new(vec![
        word("测试违禁词甲", guard::Category::A2a),
        word("测试违禁词乙", guard::Category::A4a),
    ]);
    let profile = Profile::default();
    profile.tuning.put_in_force(guard::Settings { library: Some(library), ..guard::Settings::default() });
    let answer = |text: &str, quoted| guard::risk_answer(&profile, &draft(&[(text, quoted, &[1])]));
    assert_eq!(answer("这里有测试违禁词甲。", false), Some("discrimination"));
    assert_eq!(answer("这里有测试违禁词乙。", false), Some("health_and_safety"));
    // What is quoted from the law is not the draft's own, and what passes has no answer.
    assert_eq!(answer("这里有测试违禁词甲。", true), None);
    assert_eq!(answer("应当在十五日内办理。", false), None);
}
