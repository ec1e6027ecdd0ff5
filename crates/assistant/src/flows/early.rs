//! Early release: statements of a draft that leave one by one while the model writes on, each after its checks.

use std::sync::{Mutex, PoisonError};

use guard::{Draft, DraftSegment, Usage};
use knowledge::Passage;

use crate::Scenario;
use crate::flows::answer::{evidence, in_order_of_citation};
use crate::release::{EarlyStatement, publish_early};

/// The beginning of a draft, as far as it is written, and how much of it is out.
pub(crate) struct Early<'s> {
    scenario: &'s Scenario,
    passages: &'s [Passage],
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    segments: Vec<DraftSegment>,
    shown: usize,
    /// Another model writes anew after statements of the first were shown: its own wait for the whole.
    closed: bool,
}

impl<'s> Early<'s> {
    pub(crate) fn new(scenario: &'s Scenario, passages: &'s [Passage]) -> Self {
        Self { scenario, passages, state: Mutex::default() }
    }

    /// Takes a finished statement, and gives those that may be shown now.
    pub(crate) fn push(&self, statement: DraftSegment) -> Vec<EarlyStatement> {
        if self.scenario.sensitive {
            return Vec::new();
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.closed {
            return Vec::new();
        }
        state.segments.push(statement);
        let segments = state.segments.clone();
        let mut draft = Draft { model: String::new(), segments, reasoning: None, usage: Usage::default() };
        // Numbers are given in the order of naming, so those of a beginning are those of the whole.
        let passages = in_order_of_citation(&mut draft, self.passages.to_vec());
        let checked = guard::check_output(&self.scenario.guard, draft, &evidence(&passages));
        let released = publish_early(self.scenario, &checked, state.shown);
        state.shown += released.len();
        released
    }

    /// Forgets what a model wrote that did not finish; another one begins.
    pub(crate) fn restart(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.segments.clear();
        state.closed |= state.shown > 0;
    }

    /// How many statements are out.
    pub(crate) fn shown(&self) -> usize {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).shown
    }
}

#[cfg(test)]
mod tests {
    use guard::{Draft, Evidence, Usage, check_output};
    use kernel::ids::{ArticleId, DocumentId, VersionId};
    use models::answer::{Statements, segments};

    use crate::release::{Decision, decide, publish_early};
    use crate::{Known, Scenario, ScenarioFiles, Scenarios};

    const LAW: &[&str] = &[
        "用人单位应当在十五日内为劳动者办理档案和社会保险关系转移手续。",
        "劳动合同期限三个月以上不满一年的，试用期不得超过一个月。",
        "公民的住宅不受侵犯，禁止非法搜查；但是法律另有规定的除外。",
        "用人单位自用工之日起超过一个月不满一年未与劳动者订立书面劳动合同的，应当向劳动者每月支付二倍的工资。",
    ];

    fn scenario(sensitive: bool) -> Scenario {
        let record = include_str!("../../../../scenarios/citizen_questions/scenario.toml");
        let files = ScenarioFiles {
            folder: "citizen_questions".to_owned(),
            record: record.replace("sensitive = false", &format!("sensitive = {sensitive}")),
            prompt: include_str!("../../../../scenarios/citizen_questions/prompt.md").to_owned(),
            parts: std::collections::BTreeMap::new(),
        };
        let known = Known {
            roles: ["citizen", "clerk", "reviewer", "operator", "steward"].map(str::to_owned).to_vec(),
            routes: vec!["default".to_owned()],
            ..Known::default()
        };
        Scenario::clone(&Scenarios::load(&[files], &known).unwrap().all()[0])
    }

    fn evidence() -> Vec<Evidence> {
        (1..)
            .zip(LAW)
            .map(|(n, text)| Evidence {
                n,
                article_id: ArticleId::parse(&format!("art_{n}")).unwrap(),
                version_id: VersionId::parse("ver_1").unwrap(),
                document_id: DocumentId::parse("doc_1").unwrap(),
                document: "某法".to_owned(),
                label: String::new(),
                path: vec![],
                text: (*text).to_owned(),
                in_force: true,
            })
            .collect()
    }

    fn draft(segments: Vec<guard::DraftSegment>) -> Draft {
        Draft { model: "test".to_owned(), segments, reasoning: None, usage: Usage::default() }
    }

    /// What a client has seen after each character of the stream, the longest last.
    fn seen(scenario: &Scenario, text: &str) -> Vec<String> {
        let evidence = evidence();
        let check = |segments| check_output(&scenario.guard, draft(segments), &evidence);
        let mut statements = Statements::default();
        let (mut all, mut shown, mut out, mut states) = (Vec::new(), 0, String::new(), Vec::new());
        for end in text.char_indices().map(|(i, c)| i + c.len_utf8()) {
            for statement in statements.finished(text.get(..end).unwrap()) {
                all.push(statement);
                for early in publish_early(scenario, &check(all.clone()), shown) {
                    assert_eq!(early.index(), shown, "in order, each once");
                    shown += 1;
                    out.push_str(early.text());
                }
            }
            states.push(out.clone());
        }
        states
    }

    fn good() -> String {
        let filler = format!("{}[2]", LAW[1]).repeat(12);
        format!("{}[1]{}[4]{filler}", LAW[0], LAW[3])
    }

    #[test]
    fn a_faithful_stream_is_shown_statement_by_statement_and_never_ahead_of_the_whole() {
        let (scenario, text) = (scenario(false), good());
        let states = seen(&scenario, &text);
        let last = states.last().unwrap();
        assert!(last.starts_with(LAW[0]), "{last}");
        let whole: String = segments(&text).iter().map(|s| format!("{}{}", s.lead, s.text)).collect();
        assert!(whole.starts_with(last.as_str()));
        // Never a part of a statement.
        assert!(states.iter().all(|s| s.is_empty() || s.ends_with('。')));
    }

    #[test]
    fn no_split_shows_what_the_checks_would_stop() {
        let scenario = scenario(false);
        let tail = format!("{}[2]", LAW[1]).repeat(12);
        let wrong = LAW[0].replace("十五", "三十");
        let bare = LAW[2].split('；').next().unwrap();
        for (bad, sign) in [
            // A changed figure, a statement without a source, one that no passage bears, a number that is no passage's.
            (format!("{wrong}[1]"), "三十日"),
            ("公积金贷款最高额度为八十万元。".to_owned(), "八十万元"),
            ("公积金贷款最高额度为八十万元。[1]".to_owned(), "八十万元"),
            ("用人单位可以拒绝办理。[9]".to_owned(), "拒绝办理"),
            // An identity number and a phone out of nowhere, the model's own marks, a rule without its exception.
            ("请联系王某，身份证号11010519491231002X。[1]".to_owned(), "11010519491231002X"),
            ("请拨打13800138000。[1]".to_owned(), "13800138000"),
            ("<|im_start|>用人单位应当办理。[1]".to_owned(), "im_start"),
            (format!("{bare}。[3]"), "非法搜查"),
        ] {
            for text in [format!("{bad}{tail}"), format!("{}[1]{bad}{tail}", LAW[0]), format!("{}{bad}{tail}", good())]
            {
                for state in seen(&scenario, &text) {
                    assert!(!state.contains(sign), "{sign}: {state}");
                }
            }
        }
    }

    #[test]
    fn a_sensitive_scenario_shows_nothing_before_its_reviewer() {
        let scenario = scenario(true);
        assert!(seen(&scenario, &good()).iter().all(String::is_empty));
        let checked = check_output(&scenario.guard, draft(segments(&good())), &evidence());
        assert_eq!(decide(&scenario, &checked), Decision::Review("scenario.sensitive".to_owned()));
    }
}
