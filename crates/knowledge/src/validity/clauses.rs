//! What a text says about its own time: 自…起施行, 有效期…, 试行…年, 《…》同时废止.

use std::sync::LazyLock;

use documents::numerals::chinese;
use kernel::Date;
use regex::Regex;

use super::title_key;
use crate::numerals;

/// What one article says about validity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clauses {
    /// The day from which the document applies, when a date is named.
    pub effective: Option<Date>,
    /// It applies from the day of its publication.
    pub effective_on_publication: bool,
    /// Months from its first day until it expires.
    pub valid_months: Option<u16>,
    /// The last day it applies.
    pub valid_to: Option<Date>,
    /// What it repeals.
    pub repeals: Vec<RepealClause>,
}

/// A document, or some articles of it, that a text repeals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RepealClause {
    /// The normalised title.
    pub title: String,
    /// The labels of the articles, such as 第三条; empty for the whole document.
    pub labels: Vec<String>,
    /// From which day, where the clause names one of its own.
    pub since: Option<Date>,
}

const DATE: &str = r"([0-9〇○零一二三四五六七八九]{4})年([0-9]{1,2}|[一二三四五六七八九十]{1,2})月([0-9]{1,2}|[一二三四五六七八九十]{1,3})日";
const KINDS: &str = r"(?:法|典|条例|规定|办法|细则|规则|解释|决定|通知|意见|规范|方案|章程|标准|目录|制度|准则|措施|批复|文件|公告|政策|修正|修正案)";
const NUMBER: &str = r"([0-9]{1,3}|[一二两三四五六七八九十]{1,3})";

#[expect(clippy::unwrap_used, reason = "the patterns are constants, tried by the tests below")]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

static EFFECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(r"(?:本|此|该)?{KINDS}?[，]?\s*自{DATE}[起]?(?:正式)?(?:施行|实施|执行|生效|适用|试行)"))
});
static ON_PUBLICATION: LazyLock<Regex> =
    LazyLock::new(|| regex(r"自(?:公布|发布|印发|颁布)之日起(?:正式)?(?:施行|实施|执行|生效|试行)"));
/// A term of the document itself: after its own 施行, or with its own name before it. 许可证有效期为五年 is not one.
static TERM: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?:(?:施行|实施|执行|生效|试行|印发|公布|发布)(?:之日起)?[，,；;、]?(?:本{KINDS})?|本{KINDS}的?)(?:有效期|试行期|暂行期|执行期|实施期|有效)(?:限)?(?:暂定)?(?:为|是)?[：:]?\s*{NUMBER}(年|个月)"
    ))
});
static TRIAL: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(r"(?:起|本{KINDS}|[，,])(?:暂|先)?试行(?:期)?(?:为|是)?{NUMBER}(年|个月)[。，,；;]"))
});
static TERM_TO: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?:施行|实施|执行|生效|试行|有效期|试行期|有效)(?:限)?(?:截)?[，,：:]?(?:有效期|有效|试行期)?(?:截)?(?:为|自|从)?[^。；，]{{0,20}}?(?:至|到|止于){DATE}"
    ))
});
static TITLE: LazyLock<Regex> = LazyLock::new(|| regex(r"《((?:[^《》]|《[^《》]*》)+)》(?:（[^（）]*）|\([^()]*\))?"));
/// The articles named right after a title.
static LABELS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:中)?(?:的)?((?:第[一二三四五六七八九十百千零〇0-9]+条(?:之[一二三四五六七八九十])?(?:第[一二三四五六七八九十]+款)?(?:第[（(]?[一二三四五六七八九十]+[)）]?项)?[、，和及与至]*)+)(?:的?规定)?",
    )
});
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"第([一二三四五六七八九十百千零〇0-9]+)条(之[一二三四五六七八九十])?(第[一二三四五六七八九十]+款|第[（(]?[一二三四五六七八九十]+[)）]?项)?(至)?",
    )
});
static REPEALED_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"^[，,]?(?:(?:同时|即行|即|均|也|一并|相应|予以|全文|自(?:本[^，。；《》]{{1,8}}|同日|{DATE}|[0-9年月日]{{6,12}})(?:施行|实施|公布|发布|生效)?(?:之日)?起)[，,]?){{0,4}}(?:予以)?(?:废止|失效|停止执行|不再执行|不再适用)"
    ))
});
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:[、，,和及与]|以及|[0-9]{4}年[^《》。；]{0,60}?的|[^《》。；，]{0,30}?(?:发布|公布|批准|颁布|印发|制定|通过|下发|修订|修正)的|国务院|(?:\([^()]*\)|（[^（）]*）)|最高人民法院|最高人民检察院|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日|\s)*$",
    )
});
/// A line of a list of what is repealed: 1.《…》, 一、《…》（文号）.
static LISTED: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"^\s*(?:[0-9一二三四五六七八九十]{1,4}[、.．]|[（(][0-9一二三四五六七八九十]{1,3}[)）])?\s*《")
});

/// Reads the clauses of one article. `title` is the document's own title, `path` the headings above the article.
#[must_use]
pub fn read_clauses(title: &str, path: &str, text: &str) -> Clauses {
    let mut found = Clauses::default();
    let lists = is_repealing(title) || path.contains("废止");
    if !(lists
        || text.contains('自')
        || text.contains("有效期")
        || text.contains("试行")
        || text.contains("废止")
        || text.contains('失'))
    {
        return found;
    }
    found.effective = EFFECTIVE.captures_iter(text).filter_map(|c| date(&c, 1)).last();
    found.effective_on_publication = ON_PUBLICATION.is_match(text);
    found.valid_months = TERM.captures(text).or_else(|| TRIAL.captures(text)).and_then(|term| {
        let count = u16::try_from(numerals::parse(term.get(1)?.as_str())?).ok()?;
        if term.get(2)?.as_str() == "年" { count.checked_mul(12) } else { Some(count) }
    });
    found.valid_to = TERM_TO.captures(text).and_then(|c| date(&c, 1));
    found.repeals = repeals(lists, lists || title.contains("废止"), text);
    found
}

/// Whether a document is there to repeal others: what it lists is repealed. One that also amends must say of each.
fn is_repealing(title: &str) -> bool {
    title.contains("废止") && !title.contains("修改") && !title.contains("修订")
}

fn date(captures: &regex::Captures<'_>, first: usize) -> Option<Date> {
    let number = |at: usize| captures.get(at).and_then(|part| numerals::parse(part.as_str()));
    let year = i16::try_from(number(first)?).ok()?;
    Date::new(year, i8::try_from(number(first + 1)?).ok()?, i8::try_from(number(first + 2)?).ok()?).ok()
}

/// The titles that a text repeals. `lists`: what a line begins with is repealed; `decides`: 废止《…》 repeals.
fn repeals(lists: bool, decides: bool, text: &str) -> Vec<RepealClause> {
    let mut found = Vec::new();
    for sentence in text.split_inclusive(['。', '；', '\n']) {
        let listed = lists && LISTED.is_match(sentence);
        if !(listed
            || sentence.contains("废止")
            || sentence.contains("失效")
            || sentence.contains("停止执行")
            || sentence.contains("不再执行")
            || sentence.contains("不再适用"))
        {
            continue;
        }
        let titles: Vec<regex::Captures<'_>> = TITLE.captures_iter(sentence).collect();
        if listed && let Some(first) = titles.first().and_then(|c| c.get(1)) {
            found.push(RepealClause { title: title_key(first.as_str()), labels: Vec::new(), since: None });
            continue;
        }
        let range = |at: usize| titles.get(at).and_then(|c| c.get(0)).map(|m| m.range());
        let name = |at: usize| titles.get(at).and_then(|c| c.get(1)).map(|m| title_key(m.as_str()));
        // The last title of a list is followed by 同时废止; the titles of the list before it are repealed as well.
        let mut at = titles.len();
        let mut in_list: Option<Option<Date>> = None;
        while at > 0 {
            at -= 1;
            let Some(here) = range(at) else { break };
            let rest = sentence.get(here.end..).unwrap_or_default();
            let named = LABELS.captures(rest);
            let after_labels = named.as_ref().and_then(|c| c.get(0)).map_or(0, |m| m.end());
            let ending = REPEALED_AFTER.captures(rest.get(after_labels..).unwrap_or_default());
            let front = sentence.get(..here.start).unwrap_or_default().trim_end();
            let since = match &ending {
                Some(ending) => Some(date(ending, 1)),
                // A decision says 废止《…》; elsewhere the same words order somebody to repeal.
                None if decides && front.ends_with("废止") => {
                    let mut end = here.end;
                    for next in (at + 1..titles.len()).map_while(|next| range(next).zip(name(next))) {
                        let (next, title) = next;
                        if !sentence.get(end..next.start).is_some_and(|between| BETWEEN.is_match(between)) {
                            break;
                        }
                        end = next.end;
                        found.push(RepealClause { title, labels: Vec::new(), since: None });
                    }
                    Some(None)
                }
                None => in_list.filter(|_| {
                    range(at + 1)
                        .and_then(|next| sentence.get(here.end..next.start))
                        .is_some_and(|between| BETWEEN.is_match(between))
                }),
            };
            in_list = since;
            if let (Some(since), Some(title)) = (since, name(at)) {
                let labels =
                    named.filter(|_| ending.is_some()).map(|c| whole_articles(c.get(1).map_or("", |m| m.as_str())));
                match labels {
                    // Only a 款 or 项 goes: the article stays.
                    Some(labels) if labels.is_empty() => {}
                    labels => found.push(RepealClause { title, labels: labels.unwrap_or_default(), since }),
                }
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

/// 第三条、第五条至第七条 → the labels of all of them, without those of which only a part is named.
fn whole_articles(text: &str) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    let mut from: Option<u32> = None;
    for found in LABEL.captures_iter(text) {
        let number = found.get(1).and_then(|n| numerals::parse(n.as_str())).and_then(|n| u32::try_from(n).ok());
        let Some(number) = number else { continue };
        if let Some(first) = from.take().filter(|first| *first < number && number - *first < 200) {
            labels.extend((first + 1..number).map(|between| format!("第{}条", chinese(between))));
        }
        if found.get(3).is_none() {
            labels.push(format!("第{}条{}", chinese(number), found.get(2).map_or("", |m| m.as_str())));
            from = found.get(4).map(|_| number);
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::read_clauses;
    use expect_test::{Expect, expect};

    #[expect(clippy::needless_pass_by_value, reason = "expect-test's shape")]
    fn check(text: &str, expected: Expect) {
        let c = read_clauses("某办法", "", text);
        let mut out = Vec::new();
        if let Some(day) = c.effective {
            out.push(format!("from {day}"));
        }
        if c.effective_on_publication {
            out.push("from publication".into());
        }
        if let Some(months) = c.valid_months {
            out.push(format!("{months} months"));
        }
        if let Some(day) = c.valid_to {
            out.push(format!("to {day}"));
        }
        if !c.repeals.is_empty() {
            let repeals = c.repeals.iter().map(|r| {
                let since = r.since.map(|day| format!("@{day}")).unwrap_or_default();
                format!("{}{}{since}", r.title, r.labels.concat())
            });
            out.push(format!("repeals {}", repeals.collect::<Vec<_>>().join(" ")));
        }
        expected.assert_eq(&out.join("; "));
    }

    #[test]
    fn clauses_are_read() {
        check("本法自2008年1月1日起施行。", expect!["from 2008-01-01"]);
        check("本条例自二〇〇三年九月一日起施行。", expect!["from 2003-09-01"]);
        check("本办法自公布之日起施行，有效期五年。", expect!["from publication; 60 months"]);
        check("本通知自2022年5月1日起施行，有效期至2027年4月30日。", expect!["from 2022-05-01; to 2027-04-30"]);
        check("本实施办法自2022年5月1日起执行，有效期为5年。", expect!["from 2022-05-01; 60 months"]);
        check("本办法自印发之日起试行，试行期两年。", expect!["from publication; 24 months"]);
        check("本规定自2020年1月1日起试行，暂行期18个月。", expect!["from 2020-01-01; 18 months"]);
        check("本意见自2020年1月1日起试行一年。", expect!["from 2020-01-01; 12 months"]);
        check("本通知自2021年1月1日起执行至2023年12月31日。", expect!["from 2021-01-01; to 2023-12-31"]);
        check(
            "本公告自2021年1月1日起施行，有效期自2021年1月1日至2025年12月31日。",
            expect!["from 2021-01-01; to 2025-12-31"],
        );
        check("排污许可证有效期为5年，自2020年1月1日起施行的除外。", expect!["from 2020-01-01"]);
        check("生产许可证有效期为5年。", expect![[""]]);
        check("乡村医生执业证书有效期为5年，到期应当再注册。", expect![[""]]);
        check("自1995年1月1日起至1998年12月31日止生产的车辆", expect![[""]]);
        check("租赁期限届满，租赁合同继续有效。", expect![[""]]);
    }

    #[test]
    fn repeals_are_read() {
        check(
            "本法自2021年1月1日起施行。《中华人民共和国婚姻法》、《中华人民共和国继承法》、《中华人民共和国民法通则》、《中华人民共和国合同法》同时废止。",
            expect!["from 2021-01-01; repeals 合同法 婚姻法 民法通则 继承法"],
        );
        check(
            "本条例自2022年11月1日起施行。《个体工商户条例》同时废止。",
            expect!["from 2022-11-01; repeals 个体工商户条例"],
        );
        check(
            "本条例自2003年9月1日起施行。1982年5月12日国务院发布的《城市流浪乞讨人员收容遣送办法》同时废止。",
            expect!["from 2003-09-01; repeals 城市流浪乞讨人员收容遣送办法"],
        );
        check(
            "本办法自2019年1月1日起施行，2001年7月30日公布的《甲办法》（国发〔2001〕1号）和1999年公布的《乙办法》即行废止。",
            expect!["from 2019-01-01; repeals 乙办法 甲办法"],
        );
        check("《甲条例》第三条、第五条至第七条同时废止。", expect!["repeals 甲条例第三条第五条第六条第七条"]);
        check("《甲条例》第三条第二款同时废止。", expect![[""]]);
        check("《甲办法》自2022年6月1日起废止。", expect!["repeals 甲办法@2022-06-01"]);
        check("有关机关应当及时修改或者废止《甲办法》。", expect![[""]]);
        check("依照《立法法》的规定修改或者废止的，从其规定。", expect![[""]]);
        check("本解释施行前依据《甲规定》作出的判决有效，《乙规定》同时废止。", expect!["repeals 乙规定"]);
    }

    #[test]
    fn a_decision_repeals_what_it_lists() {
        let titles = |title: &str, path: &str, text: &str| {
            read_clauses(title, path, text).repeals.into_iter().map(|r| r.title).collect::<Vec<_>>().join(" ")
        };
        let decision = "国务院关于废止部分行政法规的决定";
        assert_eq!(
            titles(decision, "", "1.《甲条例》（1991年1月1日国务院令第1号公布）\n2.《乙规定》"),
            "乙规定 甲条例"
        );
        assert_eq!(titles(decision, "", "决定废止《甲条例》、《乙规定》。"), "乙规定 甲条例");
        let both = "国务院关于修改和废止部分行政法规的决定";
        assert_eq!(titles(both, "附件2 国务院决定废止的行政法规", "一、《甲条例》（1991年公布）"), "甲条例");
        assert_eq!(titles(both, "附件1 国务院决定修改的行政法规", "一、《甲条例》第三条修改为"), "");
    }
}
