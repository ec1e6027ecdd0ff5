//! Does the evidence say it? An answer is split into claims; each is laid along the evidence, and what hurts most
//! when it is wrong — figures, deadlines, article numbers, must and must not, exceptions — is compared exactly.
//!
//! No model is asked. Where the words differ too much to be sure, the verdict is *unsupported*: a person looks.

mod align;
mod compare;
mod facts;
mod flat;
mod fragment;
mod judge;
mod numerals;
mod opinion;
mod polarity;

use serde::{Deserialize, Serialize};

use crate::Verdict;
pub(crate) use flat::{Flat, ends_sentence};
pub use fragment::{FragmentExample, Fragments};
pub(crate) use judge::Passage;
use judge::judge;
pub use opinion::Agreement;

/// What the evidence says to an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VerifyReport {
    /// Whether every claim is supported, and there is one.
    pub supported: bool,
    /// Supported claims as a share of all, 0 to 1.
    pub score: f32,
    /// The claims in order.
    pub claims: Vec<ClaimReport>,
}

/// What the evidence says to one claim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimReport {
    /// Its words.
    pub text: String,
    /// Its first character in the answer.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
    /// The verdict.
    pub verdict: Verdict,
    /// How close the evidence is, 0 to 1.
    pub score: f32,
    /// The passage that decided, from 0.
    pub evidence: Option<usize>,
    /// The ground: a stable word, then the two wordings, such as `figure_differs: 三十日 / 十五日`.
    pub why: String,
}

/// Verifies an answer against its evidence.
#[must_use]
pub fn verify(answer: &str, evidence: &[&str]) -> VerifyReport {
    verify_by(Fragments::built_in(), answer, evidence)
}

/// As [`verify`], with other weights for words that stand alone.
#[must_use]
pub fn verify_by(weights: &Fragments, answer: &str, evidence: &[&str]) -> VerifyReport {
    let passages: Vec<Passage> = evidence.iter().map(|text| Passage::new(text)).collect();
    let refs: Vec<&Passage> = passages.iter().collect();
    let desk = Desk { said: &Flat::new(answer), passages: &refs, weights };
    let claims: Vec<ClaimReport> = desk
        .judge_all(&split(answer))
        .into_iter()
        .map(|((start, text), judgement)| ClaimReport {
            start,
            end: start + text.chars().count(),
            verdict: judgement.verdict,
            score: judgement.score,
            evidence: judgement.evidence,
            why: judgement.why,
            text,
        })
        .collect();
    let supported = claims.iter().filter(|claim| claim.verdict == Verdict::Supported).count();
    #[expect(clippy::cast_precision_loss, reason = "counts of claims are small")]
    let score = if claims.is_empty() { 0.0 } else { supported as f32 / claims.len() as f32 };
    VerifyReport { supported: !claims.is_empty() && supported == claims.len(), score, claims }
}

/// What the claims of one answer are judged by.
pub(crate) struct Desk<'d> {
    /// The whole answer: an exception may be told in another of its sentences.
    pub said: &'d Flat,
    pub passages: &'d [&'d Passage],
    pub weights: &'d Fragments,
}

/// A claim with its first character's place in the answer.
type Placed = (usize, String);

impl Desk<'_> {
    /// The judgement on each claim. What follows a semicolon goes on with the rule before it: 情节严重的 is said of
    /// that rule, so its passage decides before any other.
    pub(crate) fn judge_all(&self, claims: &[Placed]) -> Vec<(Placed, judge::Judgement)> {
        let mut before: Option<usize> = None;
        let mut judged = Vec::with_capacity(claims.len());
        for claim in claims {
            let same = before
                .and_then(|i| Some((i, *self.passages.get(i)?)))
                .map(|(i, passage)| (i, self.judge(&claim.1, &[passage])))
                .filter(|(_, j)| j.verdict != Verdict::Unsupported && j.share >= GOES_ON)
                .map(|(i, judgement)| judge::Judgement { evidence: Some(i), ..judgement });
            let judgement = same.unwrap_or_else(|| self.judge(&claim.1, self.passages));
            let goes_on = claim.1.ends_with(['；', ';']) && judgement.verdict == Verdict::Supported;
            before = judgement.evidence.filter(|_| goes_on);
            judged.push((claim.clone(), judgement));
        }
        judged
    }

    fn judge(&self, claim: &str, passages: &[&Passage]) -> judge::Judgement {
        let claim = without_greeting(claim);
        let judgement = judge_words(claim, self.said, passages);
        let flat = Flat::new(claim);
        let weighed = judgement.verdict != Verdict::Contradicted && judgement.why != "verbatim";
        if weighed && fragment::is_fragment(claim, &flat) {
            return fragment::judge(&flat, passages, self.weights);
        }
        judgement
    }
}

/// The share of a claim's characters from which the passage of the rule before it decides.
const GOES_ON: f32 = 0.72;

/// A claim without the greeting before it.
fn without_greeting(claim: &str) -> &str {
    const GREETINGS: &[&str] =
        &["尊敬的市民", "尊敬的用户", "您好", "你好", "答复如下", "回复如下", "关于您的问题", "经查询", "经核实"];
    let mut rest = claim;
    while let Some(after) = GREETINGS.iter().find_map(|word| rest.strip_prefix(word)) {
        let trimmed = after.trim_start_matches(['，', ',', '：', ':', '、', '!', '！', ' ']);
        if trimmed.chars().count() < 4 || trimmed.len() == after.len() {
            break;
        }
        rest = trimmed;
    }
    rest
}

/// Judges one claim in words: its lead (根据《…》第…条的规定) is compared by its numbers, the rest by what it says.
fn judge_words(claim: &str, said: &Flat, passages: &[&Passage]) -> judge::Judgement {
    let claim = without_marks(claim);
    let flat = Flat::new(&claim);
    let whole = judge(&flat, said, passages);
    if whole.verdict == Verdict::Supported {
        return whole;
    }
    let Some((head, rest)) = lead(&claim).and_then(|cut| claim.split_at_checked(cut)) else { return whole };
    let (head, rest) = (Flat::new(head), Flat::new(rest));
    let body = judge(&rest, said, passages);
    if body.verdict != Verdict::Supported {
        return body;
    }
    // The lead names an article: where passages show numbers, one of them must be it.
    let named: Vec<_> = facts::read(&head).into_iter().filter(|f| f.unit == facts::Unit::Article).collect();
    let shown: Vec<_> = body
        .evidence
        .and_then(|i| passages.get(i))
        .map(|p| facts::read(&p.flat).into_iter().filter(|f| f.unit == facts::Unit::Article).collect::<Vec<_>>())
        .unwrap_or_default();
    match named.iter().find(|f| !shown.is_empty() && !shown.iter().any(|s| s.says(f))) {
        Some(fact) => judge::Judgement {
            verdict: Verdict::Contradicted,
            why: format!("article_differs: {}", head.string(fact.from, fact.to)),
            ..body
        },
        None => body,
    }
}

/// The bytes of the lead of a claim: 根据《…》第…条（的）规定， and the like. Titles may hold titles and brackets.
fn lead(claim: &str) -> Option<usize> {
    const OPENERS: &[&str] = &["根据", "依据", "依照", "按照", "按", "《", "第"];
    const CLOSERS: &[&str] = &["规定", "条", "款", "项", "明确", "要求", "可知"];
    if !OPENERS.iter().any(|word| claim.starts_with(word)) {
        return None;
    }
    let head_end = claim.char_indices().nth(120).map_or(claim.len(), |(at, _)| at);
    let head = claim.get(..head_end)?;
    let title = head.find("》第").map_or(0, |at| at + '》'.len_utf8());
    let stop = title + head.get(title..)?.find(['，', ',', '：', ':'])?;
    let said = claim.get(..stop)?;
    let cut = stop + claim.get(stop..)?.chars().next()?.len_utf8();
    let rest = claim.get(cut..)?;
    (CLOSERS.iter().any(|word| said.ends_with(word)) && rest.chars().count() >= 4).then_some(cut)
}

/// A claim without `[1]` marks and list numbers.
fn without_marks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('[') {
        let (head, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(head);
        let inner = tail.get(1..).unwrap_or_default();
        match inner.find(']') {
            Some(close)
                if close <= 8
                    && inner.bytes().take(close).all(|b| b.is_ascii_digit() || matches!(b, b',' | b' ' | b'-')) =>
            {
                rest = inner.get(close + 1..).unwrap_or_default();
            }
            _ => {
                out.push('[');
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Splits an answer into claims: sentences that say something, each with its first character's place.
pub(crate) fn split(answer: &str) -> Vec<(usize, String)> {
    let mut claims = Vec::new();
    let mut start = 0;
    let mut text = String::new();
    let mut chars = answer.chars().enumerate().peekable();
    while let Some((i, c)) = chars.next() {
        text.push(c);
        let point = c == '.' && chars.peek().is_none_or(|(_, next)| next.is_whitespace());
        if ends_sentence(c) || point {
            // Marks of citation belong to the sentence before them.
            while chars.peek().is_some_and(|(_, next)| matches!(next, '”' | '’' | '」' | '》' | '）' | ')')) {
                text.extend(chars.next().map(|(_, c)| c));
            }
            push_claim(&mut claims, start, &text);
            text.clear();
            start = chars.peek().map_or(i + 1, |(next, _)| *next);
        }
    }
    push_claim(&mut claims, start, &text);
    claims
}

fn push_claim(claims: &mut Vec<(usize, String)>, start: usize, text: &str) {
    let blank = |c: char| c.is_whitespace() || matches!(c, '-' | '*' | '#' | '>' | '•' | '·');
    let lead = text.chars().take_while(|c| blank(*c)).count();
    let body = text.trim_matches(blank);
    let says = body.chars().filter(|c| c.is_alphanumeric()).count();
    let is_mark = body.starts_with('[') && body.ends_with(']') && says <= 4;
    if says >= 1 && !is_mark && !is_courtesy(body) {
        claims.push((start + lead, body.to_owned()));
    }
}

/// Sentences that claim nothing.
fn is_courtesy(body: &str) -> bool {
    const COURTESIES: &[&str] = &[
        "您好",
        "你好",
        "谢谢",
        "感谢您的",
        "以上内容仅供参考",
        "希望以上",
        "希望对您有",
        "如有疑问",
        "如需进一步",
        "如有其他问题",
        "本回答由",
        "以上内容由",
        "请以官方",
        "具体以",
        "祝您",
        "建议您咨询",
        "欢迎来电",
        "以下是",
        "综上所述",
    ];
    without_greeting(body).len() == body.len()
        && COURTESIES.iter().any(|word| body.starts_with(word))
        && body.chars().count() <= 40
        && !body.chars().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::verify;

    const LAW: &str = "第三十九条 劳动者有下列情形之一的，用人单位可以解除劳动合同：（一）在试用期间被证明不符合录用条件的；（二）严重违反用人单位的规章制度的。";
    const TERM: &str = "第五十条 用人单位应当在解除或者终止劳动合同时出具解除或者终止劳动合同的证明，并在十五日内为劳动者办理档案和社会保险关系转移手续。用人单位对已经解除或者终止的劳动合同的文本，至少保存二年备查。";
    const FINE: &str = "第八十二条 用人单位自用工之日起超过一个月不满一年未与劳动者订立书面劳动合同的，应当向劳动者每月支付二倍的工资。";

    #[expect(clippy::needless_pass_by_value, reason = "the form of expect tables")]
    fn check(answer: &str, expected: Expect) {
        let report = verify(answer, &[LAW, TERM, FINE]);
        let lines: Vec<String> = report
            .claims
            .iter()
            .map(|c| format!("{:?} {:.2} {:?} {} | {}\n", c.verdict, c.score, c.evidence, c.why, c.text))
            .collect();
        expected.assert_eq(&lines.concat());
    }

    #[test]
    fn verdicts() {
        check(
            "用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续。[2]",
            expect![[r#"
            Supported 1.00 Some(1) aligned | 用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续。
        "#]],
        );
        check(
            "用人单位应当在15日内为劳动者办理档案和社会保险关系转移手续。",
            expect![[r#"
            Supported 0.93 Some(1) aligned | 用人单位应当在15日内为劳动者办理档案和社会保险关系转移手续。
        "#]],
        );
        check(
            "用人单位应当在三十日内为劳动者办理档案和社会保险关系转移手续。",
            expect![[r#"
            Contradicted 0.97 Some(1) figure_differs: 三十日 / 十五日 | 用人单位应当在三十日内为劳动者办理档案和社会保险关系转移手续。
        "#]],
        );
        check(
            "根据《中华人民共和国劳动合同法》第五十条的规定，用人单位对已经解除或者终止的劳动合同的文本，至少保存二年备查。",
            expect![[r#"
            Supported 1.00 Some(1) verbatim | 根据《中华人民共和国劳动合同法》第五十条的规定，用人单位对已经解除或者终止的劳动合同的文本，至少保存二年备查。
        "#]],
        );
        check(
            "根据《中华人民共和国劳动合同法》第五十一条的规定，用人单位对已经解除或者终止的劳动合同的文本，至少保存二年备查。",
            expect![[r#"
            Contradicted 1.00 Some(1) article_differs: 第五十一条 | 根据《中华人民共和国劳动合同法》第五十一条的规定，用人单位对已经解除或者终止的劳动合同的文本，至少保存二年备查。
        "#]],
        );
        check(
            "劳动者严重违反用人单位的规章制度的，用人单位不得解除劳动合同。",
            expect![[r#"
            Contradicted 0.55 Some(0) negation_added: 不得 | 劳动者严重违反用人单位的规章制度的，用人单位不得解除劳动合同。
        "#]],
        );
        check(
            "用人单位可以在十五日内为劳动者办理档案和社会保险关系转移手续。",
            expect![[r#"
            Contradicted 0.93 Some(1) force_differs: 可以 / 应当 | 用人单位可以在十五日内为劳动者办理档案和社会保险关系转移手续。
        "#]],
        );
        check(
            "用人单位超过一个月不满一年未与劳动者订立书面劳动合同的，应当每月支付三倍的工资。",
            expect![[r#"
            Contradicted 0.97 Some(2) figure_differs: 三倍 / 二倍 | 用人单位超过一个月不满一年未与劳动者订立书面劳动合同的，应当每月支付三倍的工资。
        "#]],
        );
        check(
            "用人单位超过一个月不满一年未订立书面劳动合同的，应当向劳动者每月支付两倍工资。",
            expect![[r#"
            Supported 0.97 Some(2) aligned | 用人单位超过一个月不满一年未订立书面劳动合同的，应当向劳动者每月支付两倍工资。
        "#]],
        );
        check(
            "公积金贷款最高额度为八十万元。您好！以上内容仅供参考。",
            expect![[r#"
            Unsupported 0.07 Some(2) no_passage: the closest passage speaks of something else | 公积金贷款最高额度为八十万元。
        "#]],
        );
        check(
            "劳动者应当在十五日内为用人单位办理档案和社会保险关系转移手续。",
            expect![[r#"
            Contradicted 0.77 Some(1) replaced: 者应当 / 合同的证明并 | 劳动者应当在十五日内为用人单位办理档案和社会保险关系转移手续。
        "#]],
        );
    }
}
