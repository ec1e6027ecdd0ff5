//! The whitelist that is shipped.

#[test]
fn nothing_may_leave_as_shipped() {
    let text = include_str!("../../../../policies/egress.toml");
    assert_eq!(egress::Whitelist::parse("policies/egress.toml", text).unwrap().names().count(), 0);

    // The example in its comments is a good one.
    let example: String = text
        .lines()
        .skip_while(|line| !line.starts_with("# [[entry]]"))
        .take_while(|line| line.len() > 1)
        .filter_map(|line| line.strip_prefix("# "))
        .map(|line| format!("{line}\n"))
        .collect();
    let list = egress::Whitelist::parse("example", &example).unwrap();
    assert_eq!(list.names().collect::<Vec<_>>(), ["city-model"]);
}
