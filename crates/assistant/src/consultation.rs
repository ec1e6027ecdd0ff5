//! Policy consultation (政策咨询): what stands beside an answer. Missing facts are asked back, hard words are explained,
//! the next step is read from the articles, and two versions are put side by side. Lists are data of the scenario.

mod companion;
mod following;
mod steps;
mod versions;

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

pub use companion::{Companion, FollowUp, PlainWord, StepLine};
pub(crate) use following::FollowOn;
pub use steps::{NextSigns, StepKind};
pub use versions::{ChangedArticle, ComparedDocument};

/// A fact that an answer may depend on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AskedFact {
    /// Its id.
    pub id: String,
    /// The question, in Chinese.
    pub ask: String,
    /// The question, in English.
    pub ask_en: String,
    /// Signs that what was answered depends on the fact: it says different things for different cases.
    pub when: Vec<String>,
    /// Words of a question that already give the fact.
    pub given: Vec<String>,
    /// Answers to choose from.
    #[serde(default)]
    pub options: Vec<String>,
}

/// A hard word and a plain one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct GlossaryWord {
    /// The word as the law has it.
    pub word: String,
    /// What it means, in plain Chinese.
    pub plain: String,
    /// What it means, in plain English.
    pub plain_en: String,
}

/// A kind of thing that a question wants to know of its matter (需要), such as materials or a fee.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Its id.
    pub id: String,
    /// What it is, in Chinese.
    pub title: String,
    /// What it is, in English.
    pub title_en: String,
    /// How a question asks for it.
    pub asks: Vec<String>,
    /// Signs of a sentence that tells it.
    pub says: Vec<String>,
    /// The law's words for it, to search by.
    pub seek: String,
}

/// The lists of a scenario that consults.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Consultation {
    /// Facts that are asked back.
    pub facts: Vec<AskedFact>,
    /// Hard words.
    pub words: Vec<GlossaryWord>,
    /// The signs of a next step.
    pub next: NextSigns,
    /// How a question goes on with the one before it.
    pub goes_on: Vec<String>,
    /// How a question asks for the difference of versions.
    pub compares: Vec<String>,
    /// What questions want to know.
    #[serde(default)]
    pub needs: Vec<Need>,
    /// Words of a question that name no matter.
    #[serde(default)]
    pub fillers: Vec<String>,
}

/// A question that goes on with the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Continued {
    /// Both together.
    pub(crate) text: String,
    /// What it wants, when that is something else than before and it names no matter of its own.
    pub(crate) need: Option<Need>,
}

/// A question that goes on with the one before is at most so long.
const GOES_ON_CHARS: usize = 40;

impl Consultation {
    /// Reads the lists.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// The question with the one before it, when it goes on with it: an answer to what was asked back, `那……呢`, a
    /// comparison that names no law of its own, or a need without a matter.
    pub(crate) fn in_context(&self, before: &str, now: &str) -> Option<Continued> {
        let now = now.trim();
        if before.is_empty() || now.is_empty() || now.chars().count() > GOES_ON_CHARS {
            return None;
        }
        let answers = self.facts.iter().any(|fact| fact.options.iter().any(|option| now.contains(option.as_str())));
        let short = now.chars().count() <= 12 && self.facts.iter().any(|fact| has_sign(now, &fact.given));
        let goes_on = self.goes_on.iter().any(|sign| now.starts_with(sign.as_str()));
        let compares = self.compares(now) && !now.contains('《');
        let need = self.need_of(now).filter(|_| self.topic(now).is_empty());
        if !(answers || short || goes_on || compares || need.is_some()) {
            return None;
        }
        let wanted = self.need_of(before).map(|need| &need.id);
        let need = need.filter(|need| wanted != Some(&need.id)).cloned();
        Some(Continued { text: format!("{} {now}", self.matter(before)), need })
    }

    /// What a question wants to know: what it asks for last.
    fn need_of(&self, question: &str) -> Option<&Need> {
        let last = |need: &Need| need.asks.iter().filter_map(|ask| question.rfind(ask.as_str())).max();
        let asked = self.needs.iter().filter_map(|need| Some((last(need)?, need)));
        asked.max_by_key(|(at, _)| *at).map(|(_, need)| need)
    }

    /// The words of a question that name its matter, without those that ask and those that say nothing.
    fn topic(&self, question: &str) -> Vec<String> {
        let asks = self.needs.iter().flat_map(|need| &need.asks);
        let mut empty: Vec<&str> = asks.chain(&self.fillers).map(String::as_str).collect();
        empty.sort_by_key(|words| Reverse(words.chars().count()));
        let bare = empty.iter().fold(question.to_owned(), |text, words| text.replace(*words, " "));
        let runs = bare.split(|c: char| !c.is_alphanumeric());
        runs.filter(|run| run.chars().count() >= 2).map(str::to_owned).collect()
    }

    /// A question without the remarks behind it that only asked for something else of its matter.
    fn matter<'q>(&self, question: &'q str) -> &'q str {
        let mut matter = question;
        while let Some((head, tail)) = matter.rsplit_once(' ') {
            if self.need_of(tail).is_none() || !self.topic(tail).is_empty() {
                break;
            }
            matter = head;
        }
        matter
    }

    /// Whether a question asks for the difference of versions.
    pub(crate) fn compares(&self, question: &str) -> bool {
        has_sign(question, &self.compares)
    }

    /// The facts that an answer depends on and the question does not give; at most three, in the order of the list.
    pub(crate) fn follow_ups(&self, question: &str, answered: &[&str]) -> Vec<&AskedFact> {
        let depends = |fact: &&AskedFact| answered.iter().any(|text| has_sign(text, &fact.when));
        let missing = |fact: &&AskedFact| {
            !has_sign(question, &fact.given) && !fact.options.iter().any(|option| question.contains(option.as_str()))
        };
        self.facts.iter().filter(depends).filter(missing).take(3).collect()
    }

    /// The hard words in these texts, in the order of the list.
    pub(crate) fn hard_words(&self, texts: &[&str]) -> Vec<&GlossaryWord> {
        self.words.iter().filter(|word| texts.iter().any(|text| text.contains(&word.word))).take(6).collect()
    }

    /// The sentences of an article that say where to go, what to hand in, by when, and under which conditions.
    pub(crate) fn next_lines<'t>(&self, text: &'t str) -> Vec<(StepKind, &'t str)> {
        let sentences = knowledge::sentences_of(text).into_iter().map(|span| kernel::text::slice(text, span));
        let long = sentences.filter(|sentence| sentence.chars().count() >= 6);
        long.filter_map(|sentence| Some((self.next.kind_of(sentence)?, sentence))).collect()
    }
}

/// Whether a text has one of these signs. `…` in a sign stands for any words between.
fn has_sign(text: &str, signs: &[String]) -> bool {
    let stands_in = |sign: &String| {
        let mut rest = text;
        sign.split('…').all(|part| match rest.split_once(part) {
            Some((_, after)) => {
                rest = after;
                true
            }
            None => false,
        })
    };
    signs.iter().any(stands_in)
}

/// The years that a question names: `2024 年和现在`, `2018和2024年`.
fn years_of(question: &str) -> Vec<i16> {
    let chars: Vec<char> = question.chars().collect();
    let year = |five: &[char]| match five {
        [digits @ .., after] if "年 和与到至、".contains(*after) && digits.iter().all(char::is_ascii_digit) => {
            digits.iter().collect::<String>().parse::<i16>().ok()
        }
        _ => None,
    };
    chars.windows(5).filter_map(year).filter(|year| (1949..=2100).contains(year)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Consultation, StepKind, has_sign, years_of};

    fn lists() -> Consultation {
        Consultation::parse(include_str!("../../../scenarios/policy_consultation/consultation.toml")).unwrap()
    }

    /// The text that a question becomes, and what it wants that the one before did not.
    fn goes_on(before: &str, now: &str) -> Option<(String, Option<String>)> {
        lists().in_context(before, now).map(|continued| (continued.text, continued.need.map(|need| need.id)))
    }

    #[test]
    fn a_question_goes_on_with_the_one_before() {
        let before = "失业保险金可以领多长时间？";
        let same = |now: &str| Some((format!("{before} {now}"), None));
        assert_eq!(goes_on(before, "缴费满五年"), same("缴费满五年"));
        assert_eq!(goes_on(before, "2024 年和现在有什么不同"), same("2024 年和现在有什么不同"));
        assert_eq!(goes_on(before, "那最长多久？"), same("那最长多久？"), "the same need");
        assert_eq!(
            goes_on(before, "那外地户口需要什么材料？"),
            same("那外地户口需要什么材料？"),
            "a matter of its own"
        );
        assert_eq!(goes_on(before, "产假有多少天？"), None);
        assert_eq!(goes_on("", "缴费满五年"), None);
    }

    #[test]
    fn another_need_takes_the_matter_and_leaves_what_was_asked_before() {
        let before = "失业保险金可以领多长时间？";
        let wants = |text: &str, need: &str| Some((text.to_owned(), Some(need.to_owned())));
        let materials = "失业保险金可以领多长时间？ 那需要什么材料？";
        assert_eq!(goes_on(before, "那需要什么材料？"), wants(materials, "materials"));
        assert_eq!(goes_on(materials, "去哪里办？"), wants("失业保险金可以领多长时间？ 去哪里办？", "place"));
        assert_eq!(goes_on(materials, "收费吗？"), wants("失业保险金可以领多长时间？ 收费吗？", "fee"));
        assert_eq!(
            goes_on("怎么申领居住证？", "要满足什么条件？"),
            wants("怎么申领居住证？ 要满足什么条件？", "conditions")
        );
        assert_eq!(goes_on(materials, "那能领多久？"), wants("失业保险金可以领多长时间？ 那能领多久？", "term"));
        assert_eq!(lists().topic(materials), ["失业保险金"]);
    }

    #[test]
    fn what_an_answer_depends_on_is_asked_unless_it_was_said() {
        let lists = lists();
        let article =
            "累计缴费满一年不足五年的，领取失业保险金的期限最长为十二个月；累计缴费满五年不足十年的，最长为十八个月。";
        let ids = |question: &str, answer: &str| {
            lists.follow_ups(question, &[answer]).iter().map(|f| f.id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids("失业保险金可以领多长时间？", article), ["insured_years"]);
        assert_eq!(ids("失业保险缴费满五年，失业金可以领多长时间？", article), Vec::<String>::new());
        // An age that is only named decides nothing; two of them do.
        let named = "年满十六周岁的公民，应当申请领取居民身份证。";
        assert_eq!(ids("身份证怎么办？", named), Vec::<String>::new());
        let decides = "十六周岁至二十五周岁的，发给有效期十年的居民身份证；二十六周岁至四十五周岁的，发给有效期二十年的居民身份证。";
        assert_eq!(ids("身份证有效期多久？", decides), ["age"]);
    }

    #[test]
    fn the_next_step_is_read_from_the_article() {
        let lists = lists();
        for (sentence, kind) in [
            ("失业人员应当持解除劳动关系的证明，及时到指定的公共就业服务机构办理失业登记。", StepKind::Materials),
            ("用人单位应当自终止之日起十五日内告知社会保险经办机构。", StepKind::Deadline),
            ("所在单位应当自事故伤害发生之日起30日内，向社会保险行政部门提出工伤认定申请。", StepKind::Deadline),
            ("对行政行为不服的，可以自知道该行政行为之日起六十日内提出行政复议申请。", StepKind::Deadline),
            ("劳动争议申请仲裁的时效期间为一年。", StepKind::Deadline),
            ("公安机关应当自受理之日起15日内制作发放居住证。", StepKind::Term),
            ("行政机关不能当场答复的，应当自收到申请之日起20个工作日内予以答复。", StepKind::Term),
            ("领取失业保险金的期限最长为十二个月。", StepKind::Term),
            ("职工连续足额缴存住房公积金满六个月的，可以贷款。", StepKind::Condition),
            ("公民到其他城市居住半年以上，符合有稳定就业条件之一的，可以申领居住证。", StepKind::Condition),
            ("可以向居住地公安派出所申请登记。", StepKind::Place),
        ] {
            assert_eq!(lists.next.kind_of(sentence), Some(kind), "{sentence}");
        }
        assert_eq!(lists.next.kind_of("国家建立失业保险制度，保障公民的基本生活。"), None);
    }

    #[test]
    fn years_and_signs_with_gaps_are_found() {
        assert_eq!(years_of("2024 年和现在有什么不同"), [2024]);
        assert_eq!(years_of("2018和2024年有什么不同"), [2018, 2024]);
        assert_eq!(years_of("第1234条"), Vec::<i16>::new());
        let signs = ["满…不足".to_owned()];
        assert!(has_sign("累计缴费满一年不足五年", &signs) && !has_sign("不足一年，未满", &signs));
    }
}
