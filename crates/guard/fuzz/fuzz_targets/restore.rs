//! Any stream cut anywhere: what is shown is always the head of the whole restored text.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (String, Vec<u8>)| {
    let (text, cuts) = input;
    let entries = [("⟦手机1⟧", "13800138000"), ("⟦姓名1⟧", "欧阳小明"), ("⟦QQ12⟧", "⟦手机1⟧")];
    let vault = guard::Vault::from_entries(entries.map(|(k, v)| (k.to_owned(), v.to_owned())));
    let whole = vault.restore(&text);
    let mut restorer = vault.restorer();
    let mut shown = String::new();
    let mut chars = text.chars().peekable();
    for cut in cuts.into_iter().cycle().take(text.len() + 1) {
        if chars.peek().is_none() {
            break;
        }
        let chunk: String = chars.by_ref().take(usize::from(cut) % 7 + 1).collect();
        shown.push_str(&restorer.push(&chunk));
        assert!(whole.starts_with(&shown));
    }
    shown.push_str(&restorer.push(&chars.collect::<String>()));
    shown.push_str(&restorer.finish());
    assert_eq!(shown, whole);
});
