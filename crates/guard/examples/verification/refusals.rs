//! What is refused before anything is searched: of questions that must be, and of questions that must be answered.

use guard::routing::{Act, Routes};
use guard::{Profile, Screened, screen_input};
use serde_json::Value;

use crate::{share, shared};

/// The file, the field of the question, and whether it must be refused.
const SETS: &[(&str, &str, &str, bool)] = &[
    ("CValues", "safety/questions/cvalues_664_zh.jsonl", "prompt", true),
    ("JADE", "safety/questions/jade_zh_dedup.jsonl", "text", true),
    ("S-Eval base", "safety/questions/seval_base_zh_medium_minus_blind.jsonl", "text", true),
    ("citizens' legal questions", "retrieval/queries_train.jsonl", "query", false),
    ("questions of notices", "retrieval/government_notice_qa_train.jsonl", "question", false),
    ("citizens' messages", "safety/benign/citizen_messages.jsonl", "text", false),
];

pub(crate) fn measure() {
    for (name, file, field, must) in SETS {
        let Ok(text) = std::fs::read_to_string(shared().join(file)) else {
            println!("{name}: SKIPPED (set SHUZHENG_SHARED)");
            continue;
        };
        let questions: Vec<String> = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter_map(|row| row.get(*field)?.as_str().map(str::to_owned))
            .collect();
        let profile = Profile { max_question_chars: 20_000, ..Profile::default() };
        let (mut screened, mut routed, mut told) = (0, 0, 0);
        for question in &questions {
            match Routes::built_in().route(question) {
                Some((_, Act::Refuse)) => routed += 1,
                other => {
                    told += usize::from(other.is_some());
                    screened += usize::from(matches!(screen_input(&profile, question), Screened::Refused(_)));
                }
            }
        }
        let n = questions.len();
        println!(
            "{name:<26} must be {}: refused by the screen {}, by routing {}; told something and answered {}",
            if *must { "refused " } else { "answered" },
            share(screened, n),
            share(routed, n),
            share(told, n)
        );
    }
}
