//! Reads and checks the scenario folders at start. A mistake names the file, the line and the field.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use kernel::DataLevel;
use kernel::ids::ScenarioId;

use crate::Error;
use crate::levels::LastingLevels;
use crate::scenario::{CLASSES, Scenario};

/// One scenario's files, wherever they come from.
#[derive(Debug, Clone)]
pub struct ScenarioFiles {
    /// The folder's name.
    pub folder: String,
    /// `scenario.toml`.
    pub record: String,
    /// `prompt.md`.
    pub prompt: String,
    /// The other `.toml` files, by name.
    pub parts: BTreeMap<String, String>,
}

/// What a record may name: checked so that a typing error is found at start and not by a citizen.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Roles of `policies/roles.toml`.
    pub roles: Vec<String>,
    /// Routes of `policies/models.toml`.
    pub routes: Vec<String>,
    /// What officers set at run time for the guard; every scenario obeys it.
    pub tuning: guard::Tuning,
}

/// All scenarios, by id. A clone is the same one: a level that was changed holds in it too.
#[derive(Debug, Clone, Default)]
pub struct Scenarios(Arc<RwLock<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    all: BTreeMap<ScenarioId, Arc<Scenario>>,
    /// The levels of the files.
    files: BTreeMap<ScenarioId, DataLevel>,
    /// The number of the last change of levels that was taken over.
    seen: i64,
}

impl Scenarios {
    /// Reads and checks all folders.
    pub fn load(folders: &[ScenarioFiles], known: &Known) -> Result<Self, Error> {
        let mut scenarios = BTreeMap::new();
        for files in folders {
            let scenario = read(files, known)?;
            scenarios.insert(scenario.id.clone(), Arc::new(scenario));
        }
        let files = scenarios.iter().map(|(id, scenario): (&ScenarioId, &Arc<Scenario>)| (id.clone(), scenario.level));
        let files = files.collect();
        Ok(Self(Arc::new(RwLock::new(Kept { all: scenarios, files, seen: 0 }))))
    }

    /// One scenario.
    #[must_use]
    pub fn get(&self, id: &ScenarioId) -> Option<Arc<Scenario>> {
        self.kept().all.get(id).cloned()
    }

    /// All scenarios, the most important first.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Scenario>> {
        let mut all: Vec<_> = self.kept().all.values().cloned().collect();
        all.sort_by(|a, b| b.priority.cmp(&a.priority).then_with(|| a.id.cmp(&b.id)));
        all
    }

    fn kept(&self) -> std::sync::RwLockReadGuard<'_, Kept> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The level that a scenario has in its file.
    pub(crate) fn level_of_file(&self, id: &ScenarioId) -> Option<DataLevel> {
        self.kept().files.get(id).copied()
    }

    /// The number of the last change of levels that was taken over.
    pub(crate) fn levels_seen(&self) -> i64 {
        self.kept().seen
    }

    /// Takes over the levels that stand over those of the files, as of change `seen`. A look that began earlier and
    /// ends later brings nothing back.
    pub(crate) fn take_over(&self, lasting: &LastingLevels, seen: i64) {
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if kept.seen > seen {
            return;
        }
        kept.seen = seen;
        let Kept { all, files, .. } = &mut *kept;
        for (id, scenario) in all {
            let Some(file) = files.get(id).copied() else { continue };
            let level = lasting.get(id.as_str()).filter(|one| one.file == file).map_or(file, |one| one.level);
            if scenario.level != level {
                Arc::make_mut(scenario).level = level;
            }
        }
    }
}

fn read(files: &ScenarioFiles, known: &Known) -> Result<Scenario, Error> {
    let file = format!("scenarios/{}/scenario.toml", files.folder);
    let mut scenario: Scenario = toml::from_str(&files.record)
        .map_err(|error| Error::BadScenario { file: file.clone(), problem: error.to_string().trim_end().to_owned() })?;
    scenario.prompt.clone_from(&files.prompt);
    scenario.parts = crate::Parts::read(&files.folder, &files.parts)?;
    scenario.guard.tuning = known.tuning.clone();
    if let Some((field, problem)) = first_problem(&scenario, files, known) {
        let line = line_of(&files.record, field);
        return Err(Error::BadScenario { file, problem: format!("line {line}, field `{field}`: {problem}") });
    }
    models::prompt::check_template(&files.folder, &files.prompt).map_err(|error| Error::BadScenario {
        file: format!("scenarios/{}/prompt.md", files.folder),
        problem: match std::error::Error::source(&error) {
            Some(source) => format!("{error}: {source}"),
            None => error.to_string(),
        },
    })?;
    Ok(scenario)
}

/// The first field that cannot stand, and why.
fn first_problem<'f>(scenario: &Scenario, files: &ScenarioFiles, known: &Known) -> Option<(&'f str, String)> {
    if scenario.id.as_str() != files.folder {
        return Some(("id", format!("`{}` is not the folder's name `{}`", scenario.id, files.folder)));
    }
    for (field, text) in [
        ("title", &scenario.title),
        ("title_en", &scenario.title_en),
        ("description", &scenario.description),
        ("description_en", &scenario.description_en),
    ] {
        if text.trim().is_empty() {
            return Some((field, "is empty".to_owned()));
        }
    }
    if !CLASSES.contains(&scenario.class.as_str()) {
        return Some(("class", format!("`{}` is not one of the 13 national items", scenario.class)));
    }
    if let Some(role) = scenario.roles.iter().find(|role| !known.roles.contains(role)) {
        return Some(("roles", format!("`{role}` is not a role of policies/roles.toml")));
    }
    if scenario.roles.is_empty() {
        return Some(("roles", "names nobody".to_owned()));
    }
    if scenario.priority > 100 {
        return Some(("priority", "is above 100".to_owned()));
    }
    if scenario.stage.is_public() && scenario.level != DataLevel::Public {
        return Some(("level", "a public scenario may touch public text only".to_owned()));
    }
    if scenario.stage.is_public() != scenario.roles.iter().any(|role| role == "citizen") {
        return Some(("roles", "`citizen` must be named exactly when the stage is public".to_owned()));
    }
    if !known.routes.contains(&scenario.route) {
        return Some(("route", format!("`{}` is not a route of policies/models.toml", scenario.route)));
    }
    if scenario.retrieval.collections.is_empty() {
        return Some(("collections", "names no collection".to_owned()));
    }
    if !(1..=50).contains(&scenario.retrieval.top) {
        return Some(("top", "must lie between 1 and 50".to_owned()));
    }
    if scenario.review.minutes == 0 {
        return Some(("minutes", "must be at least 1".to_owned()));
    }
    if scenario.limits.questions_per_minute == 0 {
        return Some(("questions_per_minute", "must be at least 1".to_owned()));
    }
    if !(1..=20_000).contains(&scenario.guard.max_question_chars) {
        return Some(("max_question_chars", "must lie between 1 and 20000".to_owned()));
    }
    if scenario.guard.min_supported_percent > 100 {
        return Some(("min_supported_percent", "is above 100".to_owned()));
    }
    None
}

/// The line on which a field is set, from 1; 1 when it is not there.
fn line_of(text: &str, field: &str) -> usize {
    text.lines()
        .position(|line| line.trim_start().strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with('=')))
        .map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::{Known, ScenarioFiles, Scenarios};

    const RECORD: &str = include_str!("../../../scenarios/citizen_questions/scenario.toml");
    const PROMPT: &str = include_str!("../../../scenarios/citizen_questions/prompt.md");

    fn check(from: &str, to: &str, expected: &Expect) {
        let known = Known {
            roles: ["citizen", "clerk", "reviewer", "operator", "steward"].map(str::to_owned).to_vec(),
            routes: vec!["default".to_owned()],
            ..Known::default()
        };
        assert!(RECORD.contains(from) || PROMPT.contains(from), "{from}");
        let files = ScenarioFiles {
            folder: "citizen_questions".to_owned(),
            record: RECORD.replacen(from, to, 1),
            prompt: PROMPT.replacen(from, to, 1),
            parts: std::collections::BTreeMap::new(),
        };
        let said = match Scenarios::load(&[files], &known) {
            Ok(scenarios) => format!("{} scenario", scenarios.all().len()),
            Err(error) => error.to_string(),
        };
        expected.assert_eq(&said);
    }

    #[test]
    fn a_level_stands_over_the_one_of_the_file_until_the_file_changes() {
        use kernel::DataLevel::{Internal, Public, Sensitive};

        let known = Known {
            roles: ["citizen", "clerk", "reviewer", "operator", "steward"].map(str::to_owned).to_vec(),
            routes: vec!["default".to_owned()],
            ..Known::default()
        };
        let files = ScenarioFiles {
            folder: "citizen_questions".to_owned(),
            record: RECORD.to_owned(),
            prompt: PROMPT.to_owned(),
            parts: std::collections::BTreeMap::new(),
        };
        let scenarios = Scenarios::load(&[files], &known).unwrap();
        let level = || scenarios.all()[0].level;
        let over = |file, level| -> crate::levels::LastingLevels {
            [("citizen_questions".to_owned(), crate::levels::Lasting { file, level })].into()
        };
        let same = scenarios.clone();
        scenarios.take_over(&over(Public, Sensitive), 7);
        assert_eq!((level(), same.all()[0].level, scenarios.levels_seen()), (Sensitive, Sensitive, 7));
        // An older look comes late.
        scenarios.take_over(&over(Public, Internal), 6);
        assert_eq!(level(), Sensitive);
        // The file says otherwise than when the level was set.
        scenarios.take_over(&over(Internal, Sensitive), 8);
        assert_eq!(level(), Public);
    }

    #[test]
    fn a_record_says_what_is_wrong_with_it() {
        check("top = 8", "top = 8", &expect!["1 scenario"]);
        check(
            "priority = 80",
            "priorty = 80",
            &expect![[r#"
            scenarios/citizen_questions/scenario.toml: TOML parse error at line 11, column 1
               |
            11 | priorty = 80
               | ^^^^^^^
            unknown field `priorty`, expected one of `id`, `title`, `title_en`, `description`, `description_en`, `class`, `flow`, `stage`, `roles`, `priority`, `level`, `sensitive`, `route`, `retrieval`, `review`, `guard`, `limits`, `examples`, `gates`"#]],
        );
        check(
            "level = \"public\"",
            "level = \"internal\"",
            &expect![[r#"
            scenarios/citizen_questions/scenario.toml: line 12, field `level`: a public scenario may touch public text only"#]],
        );
        check(
            "\"citizen\", ",
            "\"citizen\", \"mayor\", ",
            &expect![[r#"
            scenarios/citizen_questions/scenario.toml: line 10, field `roles`: `mayor` is not a role of policies/roles.toml"#]],
        );
        check(
            "route = \"default\"",
            "route = \"gpt\"",
            &expect![[r#"
            scenarios/citizen_questions/scenario.toml: line 14, field `route`: `gpt` is not a route of policies/models.toml"#]],
        );
        check(
            "{% for p in passages %}",
            "{% for p in %}",
            &expect![[r#"
            scenarios/citizen_questions/prompt.md: prompt template of `citizen_questions` cannot be rendered: syntax error: unexpected end of block (in <string>:4)"#]],
        );
        check(
            "id = \"citizen_questions\"",
            "id = \"other\"",
            &expect![[r#"
            scenarios/citizen_questions/scenario.toml: line 2, field `id`: `other` is not the folder's name `citizen_questions`"#]],
        );
    }
}
