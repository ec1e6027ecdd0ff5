//! Policy consultation (政策咨询): what stands beside an answer. Missing facts are asked back, hard words are explained,
//! the next step is read from the articles, and two versions are put side by side. Lists are data of the scenario.

mod companion;

use serde::{Deserialize, Serialize};

pub use companion::{ChangedArticle, Companion, FollowUp, PlainWord, StepKind, StepLine};

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
    /// Words of an article that make it depend on the fact.
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

/// The signs by which a sentence says what to do next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NextSigns {
    /// Where to go.
    pub place: Vec<String>,
    /// What to hand in.
    pub materials: Vec<String>,
    /// By when, or how long it takes.
    pub deadline: Vec<String>,
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
}

/// A question that goes on with the one before is at most so long.
const GOES_ON_CHARS: usize = 40;

impl Consultation {
    /// Reads the lists.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// The question with the one before it, when it goes on with it: an answer to what was asked back, `那……呢`, or a
    /// comparison that names no law of its own.
    pub(crate) fn in_context(&self, before: &str, now: &str) -> Option<String> {
        let now = now.trim();
        if before.is_empty() || now.is_empty() || now.chars().count() > GOES_ON_CHARS {
            return None;
        }
        let answers = self.facts.iter().any(|fact| fact.options.iter().any(|option| now.contains(option.as_str())));
        let short = now.chars().count() <= 12 && self.facts.iter().any(|fact| contains_any(now, &fact.given));
        let goes_on = self.goes_on.iter().any(|sign| now.starts_with(sign.as_str()));
        let compares = self.compares(now) && !now.contains('《');
        (answers || short || goes_on || compares).then(|| format!("{before} {now}"))
    }

    /// Whether a question asks for the difference of versions.
    pub(crate) fn compares(&self, question: &str) -> bool {
        contains_any(question, &self.compares)
    }

    /// The facts that these articles depend on and the question does not give; at most three, in the order of the list.
    pub(crate) fn follow_ups(&self, question: &str, articles: &[&str]) -> Vec<&AskedFact> {
        let depends = |fact: &&AskedFact| articles.iter().any(|text| contains_any(text, &fact.when));
        let missing = |fact: &&AskedFact| {
            !contains_any(question, &fact.given)
                && !fact.options.iter().any(|option| question.contains(option.as_str()))
        };
        self.facts.iter().filter(depends).filter(missing).take(3).collect()
    }

    /// The hard words in these texts, in the order of the list.
    pub(crate) fn hard_words(&self, texts: &[&str]) -> Vec<&GlossaryWord> {
        self.words.iter().filter(|word| texts.iter().any(|text| text.contains(&word.word))).take(6).collect()
    }

    /// The sentences of an article that say where to go, what to hand in and by when.
    pub(crate) fn next_lines<'t>(&self, text: &'t str) -> Vec<(StepKind, &'t str)> {
        let sentences = text.split(['。', '\n']).map(str::trim).filter(|sentence| sentence.chars().count() >= 6);
        sentences
            .filter_map(|sentence| {
                let has_number = sentence.contains(|c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c));
                if contains_any(sentence, &self.next.deadline) && has_number {
                    Some((StepKind::Deadline, sentence))
                } else if contains_any(sentence, &self.next.materials) {
                    Some((StepKind::Materials, sentence))
                } else if contains_any(sentence, &self.next.place) {
                    Some((StepKind::Place, sentence))
                } else {
                    None
                }
            })
            .collect()
    }
}

fn contains_any(text: &str, words: &[String]) -> bool {
    words.iter().any(|word| text.contains(word.as_str()))
}

/// The year that a question names: `2024 年和现在`.
fn year_of(question: &str) -> Option<i16> {
    let digits: Vec<char> = question.chars().collect();
    let mut years = digits.windows(5).filter_map(|five| match five {
        [a, b, c, d, e] if (*e == '年' || *e == ' ') && [a, b, c, d].iter().all(|c| c.is_ascii_digit()) => {
            [a, b, c, d].into_iter().collect::<String>().parse().ok()
        }
        _ => None,
    });
    years.find(|year| (1949..=2100).contains(year))
}

#[cfg(test)]
mod tests {
    use super::{Consultation, StepKind, year_of};

    fn lists() -> Consultation {
        Consultation::parse(include_str!("../../../scenarios/policy_consultation/consultation.toml")).unwrap()
    }

    #[test]
    fn a_question_goes_on_with_the_one_before() {
        let lists = lists();
        let before = "失业保险金可以领多长时间？";
        assert_eq!(lists.in_context(before, "缴费满五年").as_deref(), Some("失业保险金可以领多长时间？ 缴费满五年"));
        assert!(lists.in_context(before, "那需要什么材料？").is_some());
        assert!(lists.in_context(before, "2024 年和现在有什么不同").is_some());
        assert!(lists.in_context(before, "产假有多少天？").is_none());
        assert!(lists.in_context("", "缴费满五年").is_none());
    }

    #[test]
    fn what_an_article_depends_on_is_asked_unless_it_was_said() {
        let lists = lists();
        let article =
            "累计缴费满一年不足五年的，领取失业保险金的期限最长为十二个月；累计缴费满五年不足十年的，最长为十八个月。";
        let ids =
            |question: &str| lists.follow_ups(question, &[article]).iter().map(|f| f.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids("失业保险金可以领多长时间？"), ["insured_years"]);
        assert_eq!(ids("失业保险缴费满五年，失业金可以领多长时间？"), Vec::<String>::new());
    }

    #[test]
    fn the_next_step_is_read_from_the_article() {
        let lines = "失业人员应当持解除劳动关系的证明，及时到指定的公共就业服务机构办理失业登记。用人单位应当自终止之日起十五日内告知社会保险经办机构。";
        let lists = lists();
        let kinds: Vec<StepKind> = lists.next_lines(lines).into_iter().map(|(kind, _)| kind).collect();
        assert_eq!(kinds, [StepKind::Materials, StepKind::Deadline]);
        assert_eq!(year_of("2024 年和现在有什么不同"), Some(2024));
        assert_eq!(year_of("第1234条"), None);
    }
}
