//! The OpenAI-compatible backend: what it sends, what it understands, and what it does not let pass.

use std::sync::Arc;

use egress::{Egress, Whitelist};
use guard::{CleanPrompt, Draft, Evidence, Profile, Screened, screen_input};
use kernel::ids::{ArticleId, DocumentId, VersionId};
use kernel::{Clock, DataLevel, Fault as _};
use models::{DraftRequest, Error, Models, Registry};

use crate::endpoint::{Endpoint, Mood, content, reasoning, stop};

const TEMPLATE: &str = "# system\n只依据材料作答。\n\n# user\n{% for p in passages %}[{{ p.n }}] 《{{ p.document }}》{{ p.label }} {{ p.text }}\n{% endfor %}问题：{{ question }}\n";

fn prompt(question: &str) -> CleanPrompt {
    match screen_input(&Profile::default(), question) {
        Screened::Clean(prompt) => prompt,
        Screened::Refused(refusal) => panic!("{refusal:?}"),
    }
}

fn evidence() -> Vec<Evidence> {
    vec![Evidence {
        n: 1,
        article_id: ArticleId::parse("art_1").unwrap(),
        version_id: VersionId::parse("ver_1").unwrap(),
        document_id: DocumentId::parse("doc_1").unwrap(),
        document: "劳动法".to_owned(),
        label: "第二十一条".to_owned(),
        path: Vec::new(),
        text: "试用期最长不得超过六个月。".to_owned(),
        in_force: true,
    }]
}

fn models(port: u16, listed: bool) -> Models {
    let registry = format!(
        "[[model]]\nid='r1'\nname='x'\nbackend='openai'\nlevel='internal'\nurl='http://127.0.0.1:{port}/v1'\nmodel='deepseek-r1'\nfirst_token_secs=1\nidle_secs=1\ntotal_secs=5\nretries=1\n\
         [[model]]\nid='extractive'\nname='y'\nbackend='extractive'\nlevel='sensitive'\n\
         [[route]]\nid='default'\nmodels=['r1']\n[[route]]\nid='safe'\nmodels=['r1','extractive']\n"
    );
    let entry = format!(
        "[[entry]]\nname = \"r1\"\npurpose = \"model\"\nscheme = \"http\"\nhost = \"127.0.0.1\"\nport = {port}\naddresses = [\"127.0.0.1\"]\nlevel = \"internal\"\n"
    );
    let whitelist = Whitelist::parse("policies/egress.toml", if listed { &entry } else { "" }).unwrap();
    let egress = Egress::new(whitelist, Arc::new(|_| {}), Clock::system());
    let registry = Registry::parse("policies/models.toml", &registry).unwrap();
    Models::open(registry, &egress, &Clock::system(), Arc::new(|_: &str| Some("secret-key".to_owned()))).unwrap()
}

pub(crate) async fn ask(
    models: &Models,
    route: &str,
    level: DataLevel,
    question: &str,
) -> Result<models::Drafted, Error> {
    let (prompt, evidence) = (prompt(question), evidence());
    let request = DraftRequest {
        scenario: "test",
        template: TEMPLATE,
        prompt: &prompt,
        evidence: &evidence,
        quotations: &[],
        as_of: "2026-11-24".parse().unwrap(),
        level,
        on: None,
    };
    let route = models.registry().route(route).unwrap().clone();
    models.draft(&route, &request, &|_| {}).await
}

async fn drafted(moods: Vec<Mood>) -> (Result<Draft, Error>, usize) {
    let endpoint = Endpoint::start(moods).await;
    let answer = ask(&models(endpoint.port, true), "default", DataLevel::Internal, "试用期多久？").await;
    let calls = endpoint.seen.lock().unwrap().len();
    (answer.map(|drafted| drafted.draft), calls)
}

#[tokio::test]
async fn a_streamed_answer_is_cut_into_cited_statements_and_reasoning_stays_apart() {
    let events = vec![
        reasoning("用户问试用期"),
        content("<think>再看一遍</th"),
        content("ink>试用期最长不得超过"),
        content("六个月[1]。"),
        content("现有材料没有其他规定。"),
        stop(),
        "[DONE]".to_owned(),
    ];
    let (draft, _) = drafted(vec![Mood::Events(events)]).await;
    let draft = draft.unwrap();
    let segments: Vec<(&str, &[u32])> =
        draft.segments.iter().map(|s| (s.text.as_str(), s.citations.as_slice())).collect();
    assert_eq!(segments, [("试用期最长不得超过六个月。", &[1][..]), ("现有材料没有其他规定。", &[])]);
    assert_eq!(draft.reasoning.as_deref(), Some("用户问试用期再看一遍"));
    assert!(!draft.text().contains("再看"));
    assert_eq!((draft.usage.tokens_in, draft.usage.tokens_out), (9, 5));
}

#[tokio::test]
async fn the_endpoint_sees_numbers_and_placeholders_and_no_ids_or_names() {
    let endpoint = Endpoint::start(vec![Mood::Events(vec![content("好[1]。"), stop()])]).await;
    let question = "我的手机号是13800138000，试用期多久？";
    ask(&models(endpoint.port, true), "default", DataLevel::Internal, question).await.unwrap();
    let seen = endpoint.seen.lock().unwrap()[0].clone();
    assert!(seen.contains("authorization: Bearer secret-key") && seen.contains("deepseek-r1"));
    assert!(seen.contains("[1]") && seen.contains("六个月"));
    for hidden in ["13800138000", "art_1", "ver_1", "doc_1"] {
        assert!(!seen.contains(hidden), "{hidden} left: {seen}");
    }
}

#[tokio::test]
async fn broken_endpoints_give_errors_and_never_half_an_answer() {
    let half = || vec![content("试用期最长不得")];
    let html = "<html>gateway</html>".to_owned();
    let cases = [
        ("hangs before the first token", vec![Mood::Hangs(vec![])], "models.timeout", 1),
        ("hangs in the middle", vec![Mood::Hangs(half())], "models.timeout", 1),
        ("dies in the middle", vec![Mood::Dies(half())], "models.broken", 1),
        ("ends early", vec![Mood::Events(half())], "models.broken", 1),
        ("talks nonsense", vec![Mood::Events(vec!["<html>".to_owned()])], "models.garbage", 1),
        (
            "sends an error event",
            vec![Mood::Events(vec![r#"{"error":{"message":"x"}}"#.to_owned()])],
            "models.garbage",
            1,
        ),
        ("says nothing", vec![Mood::Events(vec![stop()])], "models.garbage", 1),
        ("answers a page", vec![Mood::Says(200, "text/html", html.clone())], "models.garbage", 1),
        ("refuses", vec![Mood::Says(400, "application/json", "{}".to_owned())], "models.rejected", 1),
        ("is overloaded twice", vec![Mood::Says(503, "text/html", html)], "models.refused", 2),
    ];
    for (name, moods, code, calls) in cases {
        let (answer, made) = drafted(moods).await;
        let error = answer.map(|draft| draft.text()).expect_err(name);
        assert_eq!((error.code(), made), (code, calls), "{name}: {error}");
        assert!(!error.to_string().contains("试用期"), "an error holds no text: {error}");
    }
}

#[tokio::test]
async fn a_busy_endpoint_is_tried_again_before_the_first_token() {
    let busy = Mood::Says(503, "application/json", "{}".to_owned());
    let (answer, calls) = drafted(vec![busy, Mood::Events(vec![content("六个月[1]。"), stop()])]).await;
    assert_eq!((answer.unwrap().text().as_str(), calls), ("六个月。[1]", 2));
}

#[tokio::test]
async fn the_route_falls_back_and_says_so_and_levels_are_kept() {
    let endpoint = Endpoint::start(vec![Mood::Says(400, "text/plain", "no".to_owned())]).await;
    let models = models(endpoint.port, true);
    let drafted = ask(&models, "safe", DataLevel::Internal, "试用期多久？").await.unwrap();
    assert_eq!(drafted.model.id, "extractive");
    assert_eq!(drafted.passed_over, [("r1".to_owned(), "models.rejected")]);
    // Text above the model's level never reaches it.
    let before = endpoint.seen.lock().unwrap().len();
    let drafted = ask(&models, "safe", DataLevel::Sensitive, "试用期多久？").await.unwrap();
    assert_eq!(drafted.passed_over, [("r1".to_owned(), "models.level_too_low")]);
    assert_eq!(endpoint.seen.lock().unwrap().len(), before);
    let none = ask(&models, "default", DataLevel::Sensitive, "试用期多久？").await.unwrap_err();
    assert_eq!(none.code(), "models.no_model");
}

#[tokio::test]
async fn an_endpoint_that_is_not_on_the_whitelist_is_not_called() {
    let endpoint = Endpoint::start(vec![Mood::Events(vec![content("六个月[1]。"), stop()])]).await;
    let error = ask(&models(endpoint.port, false), "default", DataLevel::Public, "试用期多久？").await.unwrap_err();
    assert_eq!(error.code(), "models.not_allowed");
    assert!(error.to_string().contains("policies/egress.toml"), "{error}");
    assert!(endpoint.seen.lock().unwrap().is_empty());
}

#[test]
fn a_template_that_loops_ends_with_an_error() {
    let (prompt, evidence) = (prompt("试用期多久？"), evidence());
    let template = "# system\n{% for a in range(9000) %}{% for b in range(9000) %}{{ a }}{% endfor %}{% endfor %}\n\n# user\n{{ question }}\n";
    let request = DraftRequest {
        scenario: "loops",
        template,
        prompt: &prompt,
        evidence: &evidence,
        quotations: &[],
        as_of: "2026-11-24".parse().unwrap(),
        level: DataLevel::Public,
        on: None,
    };
    assert_eq!(models::prompt::render(&request).unwrap_err().code(), "models.bad_prompt");
}
