//! The demo agency of `--demo`: people, public texts, scenarios, in an empty data folder.

mod hotline;

use std::net::SocketAddr;

use assistant::entitlements::PolicyState;
use identity::{Action, Cx, DEMO_PASSWORD};
use kernel::ids::CollectionId;
use kernel::{DataLevel, Region};
use knowledge::{ImportFile, NewCollection};
use serde::Deserialize;
use store::Bytes;

use crate::assets::Demo;
use crate::cli::say;
use crate::wiring::{Platform, StartError};

/// The setting that says that the demo agency was loaded, and wholly.
const LOADED: &str = "demo.loaded";

/// The collection of policies for enterprises.
const POLICIES: &str = "enterprise-policies";

#[derive(Deserialize)]
struct File {
    collections: Vec<DemoCollection>,
}

#[derive(Deserialize)]
struct DemoCollection {
    id: CollectionId,
    name: String,
    #[serde(default)]
    description: String,
    level: DataLevel,
    region: Region,
    folder: String,
}

/// Loads the demo agency when the store is empty, goes on with a load that was cut off, and refuses a store that
/// holds something else.
pub async fn load(platform: &Platform) -> Result<(), StartError> {
    let store = &platform.store;
    let cx = Cx::system(store, "demo agency").await?;
    match store.settings().get(LOADED).await?.as_deref() {
        Some("whole") => return Ok(()),
        Some(_) => {}
        None if !is_empty(platform, &cx).await? => {
            return Err(StartError::NotEmpty(store.folder().display().to_string()));
        }
        None => mark(platform, "begun").await?,
    }
    let bad = |error: &dyn std::fmt::Display| StartError::Demo(error.to_string());
    platform.identity.seed_demo(&cx).await?;
    let text = Demo::get("collections.toml").ok_or_else(|| StartError::Demo("it is not built in".to_owned()))?;
    let file: File = toml::from_str(&String::from_utf8_lossy(&text.data)).map_err(|error| bad(&error))?;
    for collection in file.collections {
        load_collection(platform, &cx, collection).await?;
    }
    Box::pin(hotline::load(platform, &cx)).await?;
    Box::pin(load_policies(platform, &cx)).await.map_err(|error| bad(&error))?;
    mark(platform, "whole").await
}

async fn load_collection(platform: &Platform, cx: &Cx, demo: DemoCollection) -> Result<(), StartError> {
    let denied = |error: identity::Denied| StartError::Demo(error.to_string());
    let new = NewCollection {
        id: demo.id.clone(),
        name: demo.name,
        description: demo.description,
        department: None,
        level: demo.level,
        region: demo.region,
        embedding: None,
    };
    let scope = new.scope();
    if platform.knowledge.collection(&demo.id).is_err() {
        let permit = cx.permit(Action::ManageCollections, &scope).map_err(denied)?;
        platform.knowledge.create_collection(cx, &permit, new).await?;
    }
    let prefix = format!("{}/", demo.folder);
    let files: Vec<ImportFile> = Demo::iter()
        .filter(|name| name.starts_with(&prefix) && name.ends_with(".md"))
        .filter_map(|name| {
            let bytes = Demo::get(&name)?.data.into_owned();
            let name = name.strip_prefix(&prefix)?.to_owned();
            Some(ImportFile { name, bytes: Bytes::from(bytes) })
        })
        .collect();
    let permit = cx.permit(Action::ImportDocuments, &scope).map_err(denied)?;
    let done = platform.knowledge.import_files(cx, &permit, &demo.id, files).await?;
    for problem in &done.problems {
        tracing::warn!(collection = %demo.id, place = problem.place, code = problem.code, "a demo text cannot be read");
    }
    tracing::info!(collection = %demo.id, documents = done.documents, articles = done.articles, "demo texts loaded");
    Ok(())
}

/// The sample policies as a person would have confirmed them, and the sample enterprises.
async fn load_policies(platform: &Platform, cx: &Cx) -> Result<(), assistant::Error> {
    let assistant = &platform.assistant;
    let Ok(collection) = CollectionId::parse(POLICIES) else { return Ok(()) };
    if !assistant.enterprise_policies(cx, None).await?.is_empty() {
        return Ok(());
    }
    let permit = cx.permit(Action::ReadCollections, &platform.knowledge.collection(&collection)?.scope())?;
    let documents = platform.knowledge.documents(cx, &permit, &collection, None, None, 50).await?;
    for document in documents.items {
        let done = Box::pin(assistant.decompose_document(cx, &document.id)).await?;
        for mut kept in done.policies {
            for condition in &mut kept.policy.conditions {
                condition.state = entitlement::ConditionState::Confirmed;
            }
            assistant.change_enterprise_policy(cx, kept.policy, kept.version, PolicyState::Published).await?;
        }
    }
    if let Some(table) = Demo::get("enterprise-policies/enterprises.csv") {
        let (table, _) = documents::read("enterprises.csv", &table.data, &documents::Limits::default());
        let rows = table.tables.into_iter().next().unwrap_or_default();
        let done = assistant.import_enterprises(cx, &rows).await?;
        tracing::info!(enterprises = done.added, "demo enterprises loaded");
    }
    Ok(())
}

/// Whether nobody has put anything into the store yet.
async fn is_empty(platform: &Platform, cx: &Cx) -> Result<bool, StartError> {
    Ok(platform.identity.departments().await?.is_empty() && platform.knowledge.collections(cx).is_empty())
}

async fn mark(platform: &Platform, state: &str) -> Result<(), StartError> {
    let tx = platform.store.begin().await?;
    platform.store.settings().set(&tx, LOADED, state).await?;
    Ok(tx.commit().await?)
}

/// Says where the page is and who may log in.
pub fn announce(address: SocketAddr) {
    say(&format!("demo agency: http://{address}/ for staff, http://{address}/public for citizens"));
    say(&format!(
        "demo logins (password {DEMO_PASSWORD}): clerk, reviewer, operator, steward, models, sysadmin, security, auditor"
    ));
}
