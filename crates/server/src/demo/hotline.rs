//! The demo agency's hotline: invented calls of the last days, some of them handled.

use hotline::{Caller, Channel, Move, NewOrder, OrderFilter, Speaker, Taken, Utterance};
use identity::Cx;
use serde::Deserialize;

use crate::assets::Demo;
use crate::wiring::{Platform, StartError};

/// A call as it is written down in `demo/hotline/appeals.jsonl`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Appeal {
    hours_ago: i64,
    text: String,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    steps: Vec<Move>,
    #[serde(default)]
    reply: Option<String>,
    #[serde(default)]
    satisfaction: Option<u8>,
    #[serde(default)]
    note: String,
}

/// Loads the calls, once.
pub(super) async fn load(platform: &Platform, cx: &Cx) -> Result<(), StartError> {
    let bad = |error: &dyn std::fmt::Display| StartError::Demo(error.to_string());
    let hotline = &platform.hotline;
    let there = hotline.orders(cx, &OrderFilter::default(), 0, 1).await.map_err(|error| bad(&error))?;
    let Some(file) = Demo::get("hotline/appeals.jsonl") else { return Ok(()) };
    if there.total > 0 {
        return Ok(());
    }
    for line in String::from_utf8_lossy(&file.data).lines() {
        let appeal: Appeal = serde_json::from_str(line).map_err(|error| bad(&error))?;
        Box::pin(make(platform, cx, appeal)).await.map_err(|error| bad(&error))?;
    }
    let phone = Some("13800138030".to_owned());
    let call = hotline.begin_call(cx, Channel::Phone, phone, false).await.map_err(|error| bad(&error))?;
    tracing::info!(call = %call.id, "demo calls loaded");
    Ok(())
}

async fn make(platform: &Platform, cx: &Cx, appeal: Appeal) -> Result<(), hotline::Error> {
    let hotline = &platform.hotline;
    let received_at = cx.now().plus_secs(-appeal.hours_ago * 3600);
    let said = [Utterance { speaker: Speaker::Caller, text: appeal.text.clone() }];
    let draft = hotline::draft(hotline.policy(), &said, received_at);
    let new = NewOrder {
        channel: Channel::Phone,
        call: None,
        received_at: Some(received_at),
        kind: draft.kind.value,
        summary: draft.summary,
        content: appeal.text,
        place: draft.place.value,
        category: draft.category.map(|category| category.value.code),
        urgency: draft.urgency.value,
        caller: Caller { name: appeal.name, phone: appeal.phone, ..draft.caller },
        secrecy: draft.secrecy.value,
        choices: Vec::new(),
    };
    let mut order = hotline.create(cx, new).await?;
    let responsible = draft.responsible.map_or_else(|| "hotline".to_owned(), |handler| handler.department);
    for by in appeal.steps {
        let taken = Taken {
            responsible: (by == Move::Dispatch).then(|| responsible.clone()),
            assisting: if by == Move::Dispatch {
                draft.assisting.iter().map(|handler| handler.department.clone()).collect()
            } else {
                Vec::new()
            },
            reply: appeal.reply.clone(),
            note: appeal.note.clone(),
            callback: appeal.satisfaction.map(|stars| (true, stars > 3, stars)),
            ..Taken::plain(by, order.version)
        };
        order = Box::pin(hotline.take(cx, &order.id, taken)).await?;
    }
    Ok(())
}
