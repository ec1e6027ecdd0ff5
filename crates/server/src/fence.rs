//! What the fence means for the people and things of this platform: what a draft or another level would change; and
//! the policies of the data folder, followed while the server runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use assistant::Scenario;
use assistant::flows::answer::{model_object, scope};
use assistant::levels::LevelChange;
use identity::fence::{BadFence, Supposed, Supposition, alike, policies::join};
use identity::{Account, Action, Cx, Fence, Scope, Zone};
use kernel::{Fault as _, Region};
use knowledge::{Collection, Standing};

use crate::http::problem::Problem;
use crate::views::fence::{FenceChangeView, FenceImpactView, FencePersonView};
use crate::wiring::Platform;

/// The most accounts that are looked at.
const MOST_ACCOUNTS: u64 = 5_000;
/// The most names in one line of a comparison.
const MOST_NAMES: usize = 20;

/// What a level belongs to.
pub enum Thing {
    /// A collection.
    Collection(Box<Collection>),
    /// A scenario.
    Scenario(Arc<Scenario>),
}

impl Thing {
    /// How it is protected. A scenario has a level only.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match self {
            Self::Collection(collection) => collection.standing(),
            Self::Scenario(scenario) => Standing { level: scenario.level, region: Region::country(), department: None },
        }
    }

    /// The change from how it is protected to `to`.
    #[must_use]
    pub fn change(&self, to: &Standing) -> LevelChange {
        match self {
            Self::Collection(collection) => {
                LevelChange::Collection { id: collection.id.clone(), from: collection.standing(), to: to.clone() }
            }
            Self::Scenario(scenario) => {
                LevelChange::Scenario { id: scenario.id.clone(), from: scenario.level, to: to.level }
            }
        }
    }
}

/// The accounts that the fence is asked about.
pub async fn accounts(platform: &Platform, cx: &Cx) -> Result<Vec<Account>, Problem> {
    let permit = cx.permit(Action::ReadAccounts, &Scope::Platform)?;
    let all = platform.identity.accounts(cx, &permit, None, MOST_ACCOUNTS).await?;
    Ok(all.into_iter().filter(|account| !account.locked).collect())
}

/// Something somebody may do, with its name for people.
struct Question {
    action: String,
    kind: &'static str,
    over: String,
    deed: Supposition,
}

/// Everything worth asking: each scenario, each collection, each model of each scenario, each action of a role.
fn questions(platform: &Platform) -> Vec<Question> {
    let mut all = Vec::new();
    for action in Action::ALL {
        let (over, deed) = (String::new(), Supposition::Act(*action, Scope::Platform));
        all.push(Question { action: action.code().to_owned(), kind: "platform", over, deed });
    }
    let registry = platform.assistant.models().registry();
    for scenario in platform.assistant.scenarios().all() {
        let over = || scenario.title.clone();
        let deed = Supposition::Act(Action::Ask, scope(&scenario));
        all.push(Question { action: "ask".to_owned(), kind: "scenario", over: over(), deed });
        let route = registry.route(&scenario.route);
        for model in route.iter().flat_map(|route| registry.of_route(route)) {
            let deed = Supposition::Generate(model_object(model), scenario.level, scope(&scenario));
            let over = format!("{} · {}", scenario.title, model.name);
            all.push(Question { action: "generate".to_owned(), kind: "model", over, deed });
        }
    }
    for collection in platform.knowledge.all_collections() {
        let (over, deed) = (collection.name.clone(), Supposition::Retrieve(collection.scope()));
        all.push(Question { action: "retrieve".to_owned(), kind: "collection", over, deed });
    }
    all
}

/// Accounts in groups that no policy tells apart, each with its names; and the visitors.
fn groups(accounts: &[Account], one_by_one: bool) -> Vec<(Option<&Account>, Vec<String>)> {
    let mut groups: BTreeMap<_, (&Account, Vec<String>)> = BTreeMap::new();
    for account in accounts {
        let key = (alike(account), if one_by_one { account.username.clone() } else { String::new() });
        groups.entry(key).or_insert_with(|| (account, Vec::new())).1.push(account.name.clone());
    }
    let visitors = (None, vec!["visitor".to_owned()]);
    groups.into_values().map(|(account, names)| (Some(account), names)).chain([visitors]).collect()
}

/// What a draft would take away and give, beside the fence in force.
pub fn differences(
    platform: &Platform,
    accounts: &[Account],
    draft: &Fence,
    one_by_one: bool,
) -> (Vec<FenceChangeView>, Vec<FenceChangeView>) {
    let identity = &platform.identity;
    let (mut lost, mut gained) = (Vec::new(), Vec::new());
    let questions = questions(platform);
    for (account, names) in groups(accounts, one_by_one) {
        for question in &questions {
            let (mut less, mut more) = (Vec::new(), Vec::new());
            for zone in Zone::ALL {
                let ask = |fence: &Fence| identity.foresee(fence, account, &question.deed, zone.into()).allowed;
                match (ask(identity.fence()), ask(draft)) {
                    (true, false) => less.push(zone.as_str().to_owned()),
                    (false, true) => more.push(zone.as_str().to_owned()),
                    _ => {}
                }
            }
            let line = |zones: Vec<String>| FenceChangeView {
                people: names.iter().take(MOST_NAMES).cloned().collect(),
                count: names.len(),
                action: question.action.clone(),
                kind: question.kind.to_owned(),
                over: question.over.clone(),
                zones,
            };
            if !less.is_empty() {
                lost.push(line(less));
            }
            if !more.is_empty() {
                gained.push(line(more));
            }
        }
    }
    (lost, gained)
}

/// What another level of a collection or a scenario, or another owner or region of a collection, would do.
pub fn impact(platform: &Platform, accounts: &[Account], thing: &Thing, wanted: &Standing) -> FenceImpactView {
    let to = wanted.level;
    let (from, before, after) = match thing {
        Thing::Collection(collection) => {
            let changed = collection.standing_as(wanted);
            (collection.level, Supposition::Retrieve(collection.scope()), Supposition::Retrieve(changed.scope()))
        }
        Thing::Scenario(scenario) => {
            let changed = Scenario { level: to, ..Scenario::clone(scenario) };
            let act = |scope: Scope| Supposition::Act(Action::Ask, scope);
            (scenario.level, act(scope(scenario)), act(scope(&changed)))
        }
    };
    let identity = &platform.identity;
    let may = |account: Option<&Account>, deed: &Supposition, zone: Zone| {
        identity.foresee(identity.fence(), account, deed, Supposed::from(zone)).allowed
    };
    let person = |account: Option<&Account>| match account {
        Some(account) => FencePersonView {
            id: account.id.to_string(),
            name: account.name.clone(),
            department: Some(account.department.name.clone()),
        },
        None => FencePersonView { id: "visitor".to_owned(), name: String::new(), department: None },
    };
    let (mut people_cut_off, mut people_let_in) = (Vec::new(), Vec::new());
    let everybody = || accounts.iter().map(Some).chain([None]);
    for account in everybody() {
        // Who can still come from somewhere is not cut off; from where is told below.
        let from_somewhere = |deed: &Supposition| Zone::ALL.into_iter().any(|zone| may(account, deed, zone));
        match (from_somewhere(&before), from_somewhere(&after)) {
            (true, false) => people_cut_off.push(person(account)),
            (false, true) => people_let_in.push(person(account)),
            _ => {}
        }
    }
    let open = |zone: Zone, deed: &Supposition| everybody().any(|account| may(account, deed, zone));
    let zones_cut_off = Zone::ALL.into_iter().filter(|zone| open(*zone, &before) && !open(*zone, &after));
    let registry = platform.assistant.models().registry();
    let (mut scenarios_cut_off, mut models_cut_off) = (Vec::new(), Vec::new());
    for scenario in platform.assistant.scenarios().all() {
        let uses = match thing {
            Thing::Collection(collection) => scenario.retrieval.collections.contains(&collection.id),
            Thing::Scenario(changed) => changed.id == scenario.id,
        };
        if !uses {
            continue;
        }
        if matches!(thing, Thing::Collection(_)) && from <= scenario.level && to > scenario.level {
            scenarios_cut_off.push(scenario.title.clone());
        }
        let route = registry.route(&scenario.route);
        for model in route.iter().flat_map(|route| registry.of_route(route)) {
            if from <= model.level && to > model.level && !models_cut_off.contains(&model.name) {
                models_cut_off.push(model.name.clone());
            }
        }
    }
    let view = FenceImpactView {
        from: from.to_string(),
        to: to.to_string(),
        needs_review: to < from || !people_let_in.is_empty(),
        people_cut_off,
        people_let_in,
        zones_cut_off: zones_cut_off.map(|zone| zone.as_str().to_owned()).collect(),
        scenarios_cut_off,
        models_cut_off,
        hash: String::new(),
    };
    let shown = serde_json::json!({ "change": thing.change(wanted), "impact": view });
    FenceImpactView { hash: store::sm3_hex(shown.to_string().as_bytes()), ..view }
}

/// The policies in `policies/fence` of the data folder: when somebody changes them, they are put in force, or said to
/// be wrong by file and line while the old ones stay.
#[derive(Debug)]
pub struct FolderFence {
    folder: PathBuf,
    mistakes: Mutex<Option<BadFence>>,
    seen: Mutex<String>,
}

impl FolderFence {
    /// The fence of a data folder.
    #[must_use]
    pub fn new(data: &Path) -> Self {
        Self {
            folder: data.join("policies").join("fence"),
            mistakes: Mutex::default(),
            seen: Mutex::new(String::new()),
        }
    }

    /// What is wrong with it; nothing when it is in force or not there.
    #[must_use]
    pub fn mistakes(&self) -> Option<BadFence> {
        self.mistakes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The text of its files, in the order of their names; `None` when there are none.
    fn text(&self) -> std::io::Result<Option<String>> {
        if !self.folder.is_dir() {
            return Ok(None);
        }
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "cedar") {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                files.push((name, std::fs::read_to_string(&path)?));
            }
        }
        files.sort();
        Ok((!files.is_empty()).then(|| join(&files)))
    }

    /// Looks once; takes over what changed.
    pub async fn look(&self, identity: &identity::Identity) -> Result<(), identity::Error> {
        let text = match self.text() {
            Ok(Some(text)) => text,
            Ok(None) => return Ok(()),
            Err(error) => {
                tracing::warn!(%error, "policies/fence of the data folder cannot be read; the fence stays as it is");
                return Ok(());
            }
        };
        if *self.seen.lock().unwrap_or_else(PoisonError::into_inner) == text {
            return Ok(());
        }
        let adopted = identity.adopt_fence(&text).await;
        let mistakes = match adopted {
            Ok(true) => {
                tracing::info!("the policies of policies/fence are in force");
                None
            }
            Ok(false) => None,
            Err(identity::Error::Fence(bad)) => {
                tracing::warn!(code = bad.code(), mistakes = %bad, "policies/fence is wrong; the old fence stays");
                Some(bad)
            }
            Err(error) => return Err(error),
        };
        *self.mistakes.lock().unwrap_or_else(PoisonError::into_inner) = mistakes;
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = text;
        Ok(())
    }
}
