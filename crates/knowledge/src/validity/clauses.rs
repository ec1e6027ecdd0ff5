//! What a text says about its own time: 自…起施行, 有效期…, 《…》同时废止.

use std::sync::LazyLock;

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
    /// Years from its first day until it expires.
    pub valid_years: Option<u16>,
    /// The last day it applies.
    pub valid_to: Option<Date>,
    /// The titles it repeals, normalised.
    pub repeals: Vec<String>,
}

const DATE: &str = r"([0-9〇○零一二三四五六七八九]{4})年([0-9]{1,2}|[一二三四五六七八九十]{1,2})月([0-9]{1,2}|[一二三四五六七八九十]{1,3})日";

#[expect(clippy::unwrap_used, reason = "the patterns are constants, tried by the tests below")]
fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

static EFFECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?:本|此|该)?(?:法|典|条例|规定|办法|细则|规则|解释|决定|通知|意见|规范|方案|章程|标准|目录|制度|准则|措施|批复)?[，]?\s*自{DATE}[起]?(?:正式)?(?:施行|实施|执行|生效|适用)"
    ))
});
static ON_PUBLICATION: LazyLock<Regex> =
    LazyLock::new(|| regex(r"自(?:公布|发布|印发|颁布)之日起(?:正式)?(?:施行|实施|执行|生效)"));
static VALID_YEARS: LazyLock<Regex> =
    LazyLock::new(|| regex(r"有效期(?:限)?(?:为|是)?[：:]?\s*([0-9]{1,2}|[一二两三四五六七八九十]{1,2})年"));
static VALID_TO: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"有效期(?:限)?(?:截)?(?:至|到|止于|为[^。；，]{{0,20}}至){DATE}")));
static VALID_RANGE: LazyLock<Regex> =
    LazyLock::new(|| regex(&format!(r"自{DATE}起?(?:施行|实施|执行|生效)[，,]?(?:有效期)?(?:至|到){DATE}")));
static TITLE: LazyLock<Regex> = LazyLock::new(|| regex(r"《((?:[^《》]|《[^《》]*》)+)》(?:（[^（）]*）|\([^()]*\))?"));
static REPEALED_AFTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^[，,]?(?:(?:同时|即行|即|均|也|一并|相应|予以|全文|自(?:本[^，。；《》]{1,8}|同日|[0-9年月日]{6,12})(?:施行|实施|公布|发布|生效)?(?:之日)?起)[，,]?){0,4}(?:予以)?(?:废止|失效|停止执行|不再执行|不再适用)",
    )
});
static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^(?:[、，,和及与]|以及|[0-9]{4}年[^《》。；]{0,60}?的|[^《》。；，]{0,30}?(?:发布|公布|批准|颁布|印发|制定|通过|下发|修订|修正)的|国务院|(?:\([^()]*\)|（[^（）]*）)|\s)*$",
    )
});

/// Reads the clauses of one article. `title` is the document's own title.
#[must_use]
pub fn read_clauses(title: &str, text: &str) -> Clauses {
    let mut found = Clauses::default();
    if !(text.contains('自') || text.contains("有效期") || text.contains("废止") || text.contains('失')) {
        return found;
    }
    found.effective = EFFECTIVE.captures_iter(text).filter_map(|c| date(&c, 1)).last();
    found.effective_on_publication = ON_PUBLICATION.is_match(text);
    found.valid_years = VALID_YEARS
        .captures(text)
        .and_then(|c| c.get(1))
        .and_then(|years| numerals::parse(years.as_str()))
        .and_then(|years| u16::try_from(years).ok());
    found.valid_to = VALID_TO
        .captures(text)
        .and_then(|c| date(&c, 1))
        .or_else(|| VALID_RANGE.captures(text).and_then(|c| date(&c, 4)));
    found.repeals = repeals(title, text);
    found
}

fn date(captures: &regex::Captures<'_>, first: usize) -> Option<Date> {
    let number = |at: usize| captures.get(at).and_then(|part| numerals::parse(part.as_str()));
    let year = i16::try_from(number(first)?).ok()?;
    Date::new(year, i8::try_from(number(first + 1)?).ok()?, i8::try_from(number(first + 2)?).ok()?).ok()
}

fn repeals(own_title: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let is_repealing_decision = own_title.contains("废止");
    for sentence in text.split_inclusive(['。', '；', '\n']) {
        if !(sentence.contains("废止")
            || sentence.contains("失效")
            || sentence.contains("停止执行")
            || sentence.contains("不再执行"))
        {
            continue;
        }
        let titles: Vec<regex::Captures<'_>> = TITLE.captures_iter(sentence).collect();
        let range = |at: usize| titles.get(at).and_then(|c| c.get(0)).map(|m| m.range());
        let name = |at: usize| titles.get(at).and_then(|c| c.get(1)).map(|m| title_key(m.as_str()));
        // The last title of a list is followed by 同时废止; the titles of the list before it are repealed as well.
        let mut at = titles.len();
        let mut in_list = false;
        while at > 0 {
            at -= 1;
            let Some(here) = range(at) else { break };
            let rest = sentence.get(here.end..).unwrap_or_default();
            let ends_here = REPEALED_AFTER.is_match(rest)
                || (is_repealing_decision
                    && sentence.get(..here.start).is_some_and(|front| front.trim_end().ends_with("废止")));
            let joined = in_list
                && range(at + 1)
                    .and_then(|next| sentence.get(here.end..next.start))
                    .is_some_and(|between| BETWEEN.is_match(between));
            in_list = ends_here || joined;
            if in_list && let Some(name) = name(at) {
                found.push(name);
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::read_clauses;
    use expect_test::{Expect, expect};

    #[expect(clippy::needless_pass_by_value, reason = "expect-test's shape")]
    fn check(text: &str, expected: Expect) {
        let c = read_clauses("某办法", text);
        let mut out = Vec::new();
        if let Some(day) = c.effective {
            out.push(format!("from {day}"));
        }
        if c.effective_on_publication {
            out.push("from publication".into());
        }
        if let Some(years) = c.valid_years {
            out.push(format!("{years} years"));
        }
        if let Some(day) = c.valid_to {
            out.push(format!("to {day}"));
        }
        if !c.repeals.is_empty() {
            out.push(format!("repeals {}", c.repeals.join(" ")));
        }
        expected.assert_eq(&out.join("; "));
    }

    #[test]
    fn clauses_are_read() {
        check("本法自2008年1月1日起施行。", expect!["from 2008-01-01"]);
        check("本条例自二〇〇三年九月一日起施行。", expect!["from 2003-09-01"]);
        check("本办法自公布之日起施行，有效期五年。", expect!["from publication; 5 years"]);
        check("本通知自2022年5月1日起施行，有效期至2027年4月30日。", expect!["from 2022-05-01; to 2027-04-30"]);
        check("本实施办法自2022年5月1日起执行，有效期为5年。", expect!["from 2022-05-01; 5 years"]);
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
        check("依照《立法法》的规定修改或者废止的，从其规定。", expect![[""]]);
        check("本解释施行前依据《甲规定》作出的判决有效，《乙规定》同时废止。", expect!["repeals 乙规定"]);
    }
}
