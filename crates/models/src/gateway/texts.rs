//! The texts of a chat request that a model would read: messages, tools, schemas; values and the names of values.

use serde_json::{Map, Value};

/// Fields beside the messages whose texts a model reads.
const READ: &[&str] =
    &["guided_choice", "guided_json", "guided_regex", "response_format", "stop", "tools", "tool_choice"];

/// Every text that a model would read, in one fixed order: that of [`each_text`].
pub(super) fn texts(fields: &Map<String, Value>) -> Vec<&str> {
    let mut found = Vec::new();
    for message in fields.get("messages").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
        for (name, value) in message.iter().filter(|(name, _)| is_read(name)) {
            collect(value, name == "content", &mut found);
        }
    }
    for value in READ.iter().filter_map(|name| fields.get(*name)) {
        collect(value, false, &mut found);
    }
    found
}

/// Shows every text to `visit`, which may change it.
pub(super) fn each_text(fields: &mut Map<String, Value>, visit: &mut dyn FnMut(&mut String)) {
    if let Some(messages) = fields.get_mut("messages").and_then(Value::as_array_mut) {
        for message in messages.iter_mut().filter_map(Value::as_object_mut) {
            for (name, value) in message.iter_mut().filter(|(name, _)| is_read(name)) {
                change(value, name == "content", visit);
            }
        }
    }
    for name in READ {
        if let Some(value) = fields.get_mut(*name) {
            change(value, false, visit);
        }
    }
}

/// Whether a field of a message holds text. Its role is one of a few words.
fn is_read(name: &str) -> bool {
    name != "role"
}

/// The texts in a value, each name before what it names. Plain names such as `function` or `string` are no texts where
/// no person writes (`all` is false).
fn collect<'v>(value: &'v Value, all: bool, found: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if !all && is_name(text) => {}
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, all, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                if !is_name(name) {
                    found.push(name);
                }
                collect(value, all && name != "type", found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// As [`collect`], to be changed.
fn change(value: &mut Value, all: bool, visit: &mut dyn FnMut(&mut String)) {
    match value {
        Value::String(text) if !all && is_name(text) => {}
        Value::String(text) => visit(text),
        Value::Array(items) => items.iter_mut().for_each(|item| change(item, all, visit)),
        Value::Object(fields) => {
            for (mut name, mut value) in std::mem::take(fields) {
                let all = all && name != "type";
                if !is_name(&name) {
                    visit(&mut name);
                }
                change(&mut value, all, visit);
                fields.insert(name, value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a text is a plain name: letters of the interface, too few and too plain for anything else.
pub(super) fn is_name(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{each_text, texts};

    #[test]
    fn what_is_changed_is_what_was_read_in_the_same_order() {
        let mut body = json!({
            "messages": [
                { "role": "user", "content": [{ "type": "text", "text": "a", "more 1": ["b"] }], "name": "c 1" },
                { "role": "tool", "tool_call_id": "call_1", "content": "d" },
            ],
            "tools": [{ "type": "function 1", "function": { "name": "f", "parameters": { "type": { "e 1": "g 1" } } } }],
            "stop": "h 1",
            "temperature": 1,
        });
        let fields = body.as_object_mut().unwrap();
        let read: Vec<String> = texts(fields).into_iter().map(str::to_owned).collect();
        assert_eq!(read, ["a", "more 1", "b", "c 1", "call_1", "d", "h 1", "function 1", "e 1", "g 1"]);
        let mut seen = Vec::new();
        each_text(fields, &mut |text| {
            seen.push(text.clone());
            text.insert(0, '_');
        });
        assert_eq!(seen, read);
        assert_eq!(body["messages"][0]["content"], json!([{ "type": "text", "text": "_a", "_more 1": ["_b"] }]));
        assert_eq!(body["tools"][0]["function"]["parameters"], json!({ "type": { "_e 1": "_g 1" } }));
    }
}
