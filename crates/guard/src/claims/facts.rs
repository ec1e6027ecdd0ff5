//! What hurts most when it is wrong: figures with their units, dates, deadlines, article and document numbers.

use super::flat::Flat;
use super::numerals;

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Unit {
    /// 第…条, with 之… in the second value.
    Article,
    /// 第…款, 第…项, 第…章, 第…编, 第…节, 第…届 …
    Ordinal(char),
    /// In millionths, so that 30% and 百分之三十 and 千分之三百 are one value.
    Share,
    Money,
    Year,
    Month,
    Day,
    WorkingDay,
    Hour,
    Minute,
    Age,
    /// A document's number: 国办发〔2020〕53号.
    Document,
    /// Any other measure, by its first character.
    Count(char),
    /// No unit.
    Bare,
}

/// One figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fact {
    pub unit: Unit,
    /// In thousandths of the unit.
    pub milli: i128,
    /// 之一 of an article; the year of a document's number.
    pub extra: i128,
    pub from: usize,
    pub to: usize,
}

impl Fact {
    /// Whether two figures speak of the same sort of thing, so that they can differ.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.unit == other.unit
            || matches!((self.unit, other.unit), (Unit::Day, Unit::WorkingDay) | (Unit::WorkingDay, Unit::Day))
            || matches!((self.unit, other.unit), (Unit::Bare, Unit::Count(_)) | (Unit::Count(_), Unit::Bare))
            || (self.is_time() && other.is_time())
    }

    fn is_time(&self) -> bool {
        matches!(self.unit, Unit::Year | Unit::Month | Unit::Day | Unit::WorkingDay | Unit::Hour | Unit::Minute)
    }

    /// Whether they say the same.
    pub(crate) fn says(&self, other: &Self) -> bool {
        if self.unit == other.unit
            || matches!((self.unit, other.unit), (Unit::Bare, Unit::Count(_)) | (Unit::Count(_), Unit::Bare))
        {
            return self.milli == other.milli && self.extra == other.extra;
        }
        match (self.unit, other.unit) {
            (Unit::Year, Unit::Month) => self.milli * 12 == other.milli,
            (Unit::Month, Unit::Year) => self.milli == other.milli * 12,
            (Unit::Day, Unit::Hour) => self.milli * 24 == other.milli,
            (Unit::Hour, Unit::Day) => self.milli == other.milli * 24,
            _ => false,
        }
    }
}

/// Measures that make a single Chinese numeral a figure.
const MEASURES: &str =
    "年月日天人名次元岁倍级个件份项款条章节编种户家处户套台辆座间米吨亩分秒届批类户组审期所倍度页张位成宗届周代等种";

/// Words in which a numeral counts nothing.
fn is_idiom(flat: &Flat, i: usize, len: usize) -> bool {
    let before = i.checked_sub(1).and_then(|i| flat.get(i));
    let after = flat.get(i + len);
    match flat.get(i) {
        Some('一') if len == 1 => {
            matches!(
                before,
                Some('统' | '唯' | '同' | '单' | '任' | '某' | '万' | '逐' | '其' | '之' | '进' | '另' | '专')
            ) || matches!(
                after,
                Some(
                    '般' | '致'
                        | '并'
                        | '律'
                        | '切'
                        | '定'
                        | '旦'
                        | '经'
                        | '方'
                        | '起'
                        | '样'
                        | '直'
                        | '些'
                        | '体'
                        | '同'
                        | '贯'
                        | '向'
                        | '线'
                )
            ) || (matches!(after, Some('种' | '类' | '个')) && !matches!(before, Some('第')))
        }
        Some('十') if len == 1 => matches!(after, Some('分' | '足')),
        Some('三') if len == 1 => matches!(after, Some('者' | '方')),
        Some('千' | '百') if len == 1 => true,
        _ => false,
    }
}

/// Every figure of a text, in order.
pub(crate) fn read(flat: &Flat) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut i = 0;
    while let Some(c) = flat.get(i) {
        let fact = if c.is_ascii_digit() || "零一二两三四五六七八九十百千半第壹贰叁肆伍陆柒捌玖拾".contains(c)
        {
            one(flat, i)
        } else {
            None
        };
        match fact {
            Some(fact) => {
                i = fact.to.max(i + 1);
                facts.push(fact);
            }
            None => i += 1,
        }
    }
    facts
}

fn number(flat: &Flat, i: usize) -> Option<numerals::Numeral> {
    numerals::read(flat.chars.get(i..)?, flat.breaks.get(i..)?)
}

fn one(flat: &Flat, i: usize) -> Option<Fact> {
    let fact = |unit, milli, extra, to| Some(Fact { unit, milli, extra, from: i, to });
    if flat.get(i) == Some('第') {
        let n = number(flat, i + 1)?;
        let mut to = i + 1 + n.len;
        let unit = flat.get(to)?;
        if unit != '条' {
            return if "款项章节编届期批次类档级部号目".contains(unit) {
                fact(Unit::Ordinal(unit), n.milli, 0, to + 1)
            } else {
                fact(Unit::Ordinal('第'), n.milli, 0, to)
            };
        }
        to += 1;
        let sub = (flat.get(to) == Some('之')).then(|| number(flat, to + 1)).flatten();
        let extra = sub.map_or(0, |n| n.milli);
        return fact(Unit::Article, n.milli, extra, to + sub.map_or(0, |n| n.len + 1));
    }
    if flat.get(i) == Some('半') {
        let (unit, len) = duration(flat, i + 1)?;
        // 半年 is six months.
        return if unit == Unit::Year {
            fact(Unit::Month, 6_000, 0, i + 1 + len)
        } else {
            fact(unit, 500, 0, i + 1 + len)
        };
    }
    // 百分之三十, 千分之五, 三分之二
    let n = number(flat, i)?;
    let to = i + n.len;
    if flat.has_at(to, "分之") {
        let above = number(flat, to + 2)?;
        return fact(Unit::Share, above.milli.checked_mul(1_000_000)?.checked_div(n.milli)?, 0, to + 2 + above.len);
    }
    if is_idiom(flat, i, n.len) {
        return None;
    }
    let next = flat.get(to);
    if flat.breaks.get(to.checked_sub(1)?).copied().unwrap_or(false) {
        return if n.single { None } else { fact(Unit::Bare, n.milli, 0, to) };
    }
    match next {
        Some('%') => return fact(Unit::Share, n.milli.checked_mul(10)?, 0, to + 1),
        Some('‰') => return fact(Unit::Share, n.milli, 0, to + 1),
        Some('〕') => {
            let number = number(flat, to + 1)?;
            let end = to + 1 + number.len;
            return (flat.get(end) == Some('号')).then(|| Fact {
                unit: Unit::Document,
                milli: number.milli,
                extra: n.milli,
                from: i,
                to: end + 1,
            });
        }
        Some('元') => return fact(Unit::Money, n.milli, 0, to + 1),
        _ => {}
    }
    if flat.has_at(to, "周岁") {
        return fact(Unit::Age, n.milli, 0, to + 2);
    }
    if next == Some('岁') {
        return fact(Unit::Age, n.milli, 0, to + 1);
    }
    if let Some((unit, len)) = duration(flat, to) {
        let half = flat.get(to + len) == Some('半');
        return fact(unit, n.milli + if half { 500 } else { 0 }, 0, to + len + usize::from(half));
    }
    match next {
        Some(c) if MEASURES.contains(c) => fact(Unit::Count(c), n.milli, 0, to + 1),
        Some(c) if !n.single && !c.is_ascii_alphanumeric() => fact(Unit::Count(c), n.milli, 0, to),
        _ if n.single => None,
        _ => fact(Unit::Bare, n.milli, 0, to),
    }
}

/// A unit of time at `i`, and its length.
fn duration(flat: &Flat, i: usize) -> Option<(Unit, usize)> {
    const UNITS: &[(&str, Unit)] = &[
        ("个工作日", Unit::WorkingDay),
        ("工作日", Unit::WorkingDay),
        ("个月", Unit::Month),
        ("个小时", Unit::Hour),
        ("小时", Unit::Hour),
        ("分钟", Unit::Minute),
        ("年", Unit::Year),
        ("月", Unit::Month),
        ("日", Unit::Day),
        ("天", Unit::Day),
    ];
    UNITS.iter().find(|(word, _)| flat.has_at(i, word)).map(|(word, unit)| (*unit, word.chars().count()))
}

#[cfg(test)]
mod tests {
    use super::{Unit, read};
    use crate::claims::flat::Flat;

    fn facts(text: &str) -> Vec<(Unit, i128)> {
        read(&Flat::new(text)).into_iter().map(|fact| (fact.unit, fact.milli)).collect()
    }

    #[test]
    fn figures_are_read_with_their_units() {
        assert_eq!(facts("第三十九条第二款"), [(Unit::Article, 39_000), (Unit::Ordinal('款'), 2_000)]);
        assert_eq!(
            facts("提前三十日，支付百分之三十即30%"),
            [(Unit::Day, 30_000), (Unit::Share, 300_000), (Unit::Share, 300_000)]
        );
        assert_eq!(facts("国办发〔2020〕53号"), [(Unit::Document, 53_000)]);
        assert_eq!(facts("五千元以上5万元以下"), [(Unit::Money, 5_000_000), (Unit::Money, 50_000_000)]);
        assert_eq!(facts("统一规定，一般应当，任何一方"), []);
        assert_eq!(
            facts("十五个工作日；年满十六周岁；半年"),
            [(Unit::WorkingDay, 15_000), (Unit::Age, 16_000), (Unit::Month, 6_000)]
        );
        assert_eq!(facts("2024年1月5日"), [(Unit::Year, 2_024_000), (Unit::Month, 1_000), (Unit::Day, 5_000)]);
    }
}
