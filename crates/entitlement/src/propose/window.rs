//! Reading when one may apply, what to hand in, and who takes it.

use std::sync::LazyLock;

use kernel::Date;
use regex::Regex;

use crate::policy::{Clause, Window};

#[expect(clippy::unwrap_used, reason = "a constant expression; a test reads it")]
static DAY: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})日").unwrap());

#[expect(clippy::unwrap_used, reason = "a constant expression; a test reads it")]
static DEPARTMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:由|受理部门[：为]|受理单位[：为]|责任单位[：:])\s*([\p{Han}]{2,18}?(?:局|委员会|委|厅|部门|办公室|中心))(?:牵头|组织|统一|具体)*(?:负责|受理|审核|实施|$)").unwrap()
});

/// Reads the first and last day from a sentence about applying.
pub(super) fn read(text: &str, clause: &dyn Fn(&str) -> Clause, window: &mut Window) {
    let about = [
        "申报时间",
        "申请时间",
        "受理时间",
        "申报期",
        "截止",
        "有效期",
        "执行期限",
        "申报期限",
        "受理期限",
        "集中申报",
    ];
    if !about.iter().any(|word| text.contains(word)) {
        return;
    }
    let mut year = None;
    let mut days = Vec::new();
    for found in DAY.captures_iter(text) {
        let stated = found.get(1).and_then(|m| m.as_str().parse::<i16>().ok());
        year = stated.or(year);
        let part = |n: usize| found.get(n).and_then(|m| m.as_str().parse::<i8>().ok());
        let (Some(year), Some(month), Some(day), Some(whole)) = (year, part(2), part(3), found.get(0)) else {
            continue;
        };
        if let Ok(day) = Date::new(year, month, day) {
            days.push((day, whole.start(), whole.end()));
        }
    }
    let mut set = false;
    for (day, start, end) in days {
        let before = text.get(..start).unwrap_or_default();
        let after = text.get(end..).unwrap_or_default();
        let ends =
            ["至", "到", "截止时间为", "截至", "截止日期为", "—", "-", "~"].iter().any(|word| before.ends_with(word))
                || ["前", "截止", "止", "之前", "24时"].iter().any(|word| after.starts_with(word));
        if ends {
            // 有效期 never closes an application window that is stated.
            if window.until.is_none() || !text.contains("有效期") {
                window.until = Some(day);
                set = true;
            }
        } else if !text.contains("有效期")
            && (before.ends_with('自') || before.ends_with('从') || after.starts_with(['至', '—', '-', '起', '到']))
        {
            window.from = Some(day);
            set = true;
        }
    }
    if set {
        window.evidence = Some(clause(text));
    }
}

/// Who takes applications.
pub(super) fn department(text: &str) -> Option<String> {
    DEPARTMENT.captures(text).and_then(|found| found.get(1)).map(|m| m.as_str().to_owned())
}

/// What is to be handed in.
pub(super) fn materials(text: &str) -> Vec<String> {
    let none = ["无须", "无需", "不需", "免予", "免于"].iter().any(|no| text.contains(no));
    if text.ends_with('：') || none && ["提交", "提供", "报送"].iter().any(|word| text.contains(word)) {
        return Vec::new();
    }
    let list = text.rsplit('：').next().unwrap_or(text);
    let parts = if list.chars().count() > 40 { list.split('、').collect() } else { vec![list] };
    parts.into_iter().map(str::trim).filter(|part| part.chars().count() >= 3).map(str::to_owned).collect()
}
