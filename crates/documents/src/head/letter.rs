//! Reading the head: pairs such as `发文机关：国务院`, the title's lines, the number, and dates.

use super::authority::authority;
use crate::dates::{all_dates, first_date, is_date_line};
use crate::flow::{BlockKind, Flow};
use crate::metadata::Value;
use crate::numerals::is_numeral;
use crate::structure::is_promulgation;
use crate::structure::marker::{Level, close_up, marker};

/// Keys of the information table that government sites put above a document, and our names.
const KEYS: [(&str, &str); 31] = [
    ("信息索引号", "index_number"),
    ("索引号", "index_number"),
    ("信息索引", "index_number"),
    ("主题分类", "subject"),
    ("信息分类", "subject"),
    ("主题词", "keywords"),
    ("关键词", "keywords"),
    ("发文机关", "issuer"),
    ("发文单位", "issuer"),
    ("发布机构", "issuer"),
    ("发布机关", "issuer"),
    ("公开机构", "issuer"),
    ("制定机关", "issuer"),
    ("签发单位", "issuer"),
    ("成文日期", "written_date"),
    ("签发时间", "written_date"),
    ("生成日期", "written_date"),
    ("印发日期", "written_date"),
    ("发布日期", "published_online"),
    ("发布时间", "published_online"),
    ("公开日期", "published_online"),
    ("公布日期", "publish_date"),
    ("施行日期", "effective_date"),
    ("实施日期", "effective_date"),
    ("生效日期", "effective_date"),
    ("废止日期", "expiry_date"),
    ("发文字号", "doc_number"),
    ("文号", "doc_number"),
    ("标题", "title"),
    ("信息名称", "title"),
    ("有效性", "source_status"),
];

/// Further keys, whose values are kept but mean nothing to us.
const OTHER_KEYS: [&str; 9] =
    ["来源", "名称", "体裁", "文件编号", "公文种类", "公开方式", "组配分类", "效力状态", "公开责任部门"];

/// Lines that a site adds to the text.
const FURNITURE: [&str; 6] = ["扫一扫在手机打开当前页", "-->", "打印", "关闭窗口", "【打印】", "【关闭】"];

/// Reads the head of the flow into its metadata and marks its lines.
pub(crate) fn read(flow: &mut Flow<'_>) {
    trim_furniture(flow);
    take_pairs(flow);
    let title = find_title(flow);
    if flow.title.is_empty() {
        flow.title = title;
    }
    flow.title = close_up(flow.title.trim());
    for at in 0..flow.blocks.len().min(40) {
        let Some(line) = flow.blocks.get(at).map(|block| flow.block_text(block).to_owned()) else { break };
        if marker(&line).is_some_and(|m| m.level <= Level::One) {
            break;
        }
        if head_line(&line, flow) {
            set_kind(flow, at, BlockKind::Front);
        }
    }
    let ending = read_ending(flow);
    dates(flow, &ending);
    issuer(flow, &ending);
    let text = |key: &str| flow.metadata.text(key).unwrap_or_default().to_owned();
    let level = authority(&flow.title, &text("issuer"), &text("doc_number"), &text("source_category"));
    if let Some(level) = level {
        flow.metadata.suggest("authority", level);
    }
    let title = flow.title.clone();
    let issuer = flow.metadata.text("issuer").unwrap_or_default();
    let authority = flow.metadata.text("authority").unwrap_or_default();
    if let Some(region) = super::region::region(authority, issuer, &title) {
        flow.metadata.suggest("region", region);
    }
    flow.metadata.suggest("title", title);
}

/// Pairs found on a page outside its article.
pub(crate) fn page_pairs(lines: &[String], flow: &mut Flow<'_>) {
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let pairs = pairs_of(line);
        for (key, value) in pairs {
            let next = lines.get(at).filter(|next| pairs_of(next).is_empty());
            let value = if value.is_empty() { next.map_or("", String::as_str) } else { value };
            keep(key, value, flow);
        }
    }
}

fn keep(key: &str, value: &str, flow: &mut Flow<'_>) {
    let value = value.trim_matches(|c: char| c.is_whitespace() || c == '|');
    if value.is_empty() || key.is_empty() || value.chars().count() > 200 {
        return;
    }
    match key {
        "title" => {
            if flow.title.is_empty() {
                flow.title = value.to_owned();
            }
        }
        "written_date" | "published_online" | "publish_date" | "effective_date" | "expiry_date" => {
            if let Some((date, _)) = first_date(value) {
                flow.metadata.suggest(key, date);
            }
        }
        key => flow.metadata.suggest(key, value),
    }
}

/// The pairs on a line: `索 引 号：000014349/2019-00007 主题分类：…`.
fn pairs_of(line: &str) -> Vec<(&'static str, &str)> {
    let mut found: Vec<(&'static str, usize, usize)> = Vec::new();
    for (colon, mark) in line.match_indices(['：', ':']) {
        let before = line.get(..colon).unwrap_or_default();
        let Some((name, start)) = key_before(before) else { continue };
        // A key opens the line, or stands after a gap.
        let gap = start == 0 || before.get(..start).is_some_and(|head| head.ends_with(char::is_whitespace));
        if gap {
            found.push((name, start, colon + mark.len()));
        }
        if found.len() > 20 {
            break;
        }
    }
    let ends = found.iter().skip(1).map(|(_, start, _)| *start).chain([line.len()]).collect::<Vec<_>>();
    if found.first().is_some_and(|(_, start, _)| *start > 0) {
        return Vec::new();
    }
    found
        .iter()
        .zip(ends)
        .map(|((name, _, from), to)| (*name, line.get(*from..to).unwrap_or_default().trim()))
        .collect()
}

/// The known key at the end of `before`, letter spacing ignored, and where it starts.
fn key_before(before: &str) -> Option<(&'static str, usize)> {
    let tail: Vec<(usize, char)> = before.char_indices().rev().filter(|(_, c)| !c.is_whitespace()).take(7).collect();
    let ends_with = |key: &str| {
        let mut rest = tail.iter();
        let mut start = 0;
        for c in key.chars().rev() {
            let (at, found) = rest.next()?;
            if *found != c {
                return None;
            }
            start = *at;
        }
        Some(start)
    };
    KEYS.iter()
        .find_map(|(key, name)| ends_with(key).map(|start| (*name, start)))
        .or_else(|| OTHER_KEYS.iter().find_map(|key| ends_with(key).map(|start| ("", start))))
}

/// Takes the information table at the top out of the text: it is about the document and not of it.
fn take_pairs(flow: &mut Flow<'_>) {
    let mut pairs: Vec<(&'static str, String)> = Vec::new();
    let mut at = 0;
    while let Some(block) = flow.blocks.get(at).filter(|_| at < 60) {
        let line = flow.block_text(block);
        let found = pairs_of(line);
        if found.is_empty() {
            break;
        }
        at += 1;
        let last = found.len() - 1;
        for (place, (key, value)) in found.into_iter().enumerate() {
            let mut value = value.to_owned();
            let next = flow.blocks.get(at).map(|block| flow.block_text(block));
            // A value may stand on the next line; but the last key is often empty, and the title comes next.
            if let Some(next) = next.filter(|next| place == last && value.is_empty() && pairs_of(next).is_empty()) {
                let title = pairs.iter().find(|(key, _)| *key == "title").map(|(_, title)| squeeze(title));
                let is_title = title.map_or(key == "keywords", |title| title.starts_with(&squeeze(next)));
                if !is_title {
                    value = next.to_owned();
                    at += 1;
                }
            }
            pairs.push((key, value));
        }
    }
    let known = pairs.iter().filter(|(key, value)| !key.is_empty() && !value.is_empty()).count();
    if known < 2 {
        return;
    }
    for (key, value) in pairs {
        keep(key, &value, flow);
    }
    drop_first(flow, at);
}

/// Removes the first blocks from the text.
fn drop_first(flow: &mut Flow<'_>, count: usize) {
    let cut = match flow.blocks.get(count) {
        Some(block) => block.start,
        None => flow.text.len(),
    };
    flow.blocks.drain(..count.min(flow.blocks.len()));
    flow.text.drain(..cut);
    for block in &mut flow.blocks {
        block.start -= cut;
        block.end -= cut;
    }
}

/// Removes the site's own lines from the end.
fn trim_furniture(flow: &mut Flow<'_>) {
    while let Some(block) = flow.blocks.last().copied() {
        if !FURNITURE.contains(&flow.block_text(&block)) {
            break;
        }
        flow.blocks.pop();
        flow.text.truncate(flow.blocks.last().map_or(0, |block| block.end));
    }
}

fn squeeze(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Finds the lines of the title and marks them; gives the title.
fn find_title(flow: &mut Flow<'_>) -> String {
    if let Some(title) = marked_title(flow) {
        return title;
    }
    if !flow.title.is_empty() && mark_known_title(flow) {
        return flow.title.clone();
    }
    let mut title = String::new();
    let mut lines = Vec::new();
    for at in 0..flow.blocks.len().min(12) {
        let Some(block) = flow.blocks.get(at).copied() else { break };
        let line = flow.block_text(&block);
        if is_letterhead(line) || (title.is_empty() && (doc_number(line).is_some() || is_date_line(line))) {
            set_kind(flow, at, BlockKind::Front);
            continue;
        }
        if !is_title_part(line, block.kind) || title.chars().count() + line.chars().count() > 120 {
            break;
        }
        // A heading of the format's own is a title by itself.
        if matches!(block.kind, BlockKind::Heading(_)) && !title.is_empty() {
            break;
        }
        title.push_str(line);
        lines.push(at);
        if is_complete_title(&title) && !goes_on(flow, at, &title) {
            break;
        }
    }
    let plausible = lines.len() < flow.blocks.len()
        && title.chars().count() >= 2
        && (is_complete_title(&title) || title.chars().count() <= 50);
    if !plausible {
        return String::new();
    }
    if is_complete_title(&title) || lines.len() == 1 {
        for at in lines {
            set_kind(flow, at, BlockKind::Title);
        }
        return title;
    }
    // Several short lines that do not make a title: only the first is one.
    let Some(first) = lines.first().copied() else { return String::new() };
    set_kind(flow, first, BlockKind::Title);
    flow.blocks.get(first).map(|block| flow.block_text(block).to_owned()).unwrap_or_default()
}

fn set_kind(flow: &mut Flow<'_>, at: usize, kind: BlockKind) {
    if let Some(block) = flow.blocks.get_mut(at) {
        block.kind = kind;
    }
}

/// The title that the format marks, in one block or several.
fn marked_title(flow: &Flow<'_>) -> Option<String> {
    let mut title = String::new();
    let first = flow.blocks.iter().take(30).position(|block| block.kind == BlockKind::Title)?;
    for block in flow.blocks.iter().skip(first).take_while(|block| block.kind == BlockKind::Title).take(4) {
        title.push_str(flow.block_text(block));
    }
    Some(title)
}

/// Marks the first lines that make up the known title.
fn mark_known_title(flow: &mut Flow<'_>) -> bool {
    let want = squeeze(&flow.title);
    for start in 0..flow.blocks.len().min(8) {
        let mut sum = String::new();
        for at in start..flow.blocks.len().min(start + 5) {
            let Some(block) = flow.blocks.get(at) else { break };
            sum.push_str(&squeeze(flow.block_text(block)));
            if !want.starts_with(&sum) {
                break;
            }
            if sum == want {
                for at in start..=at {
                    set_kind(flow, at, BlockKind::Title);
                }
                return true;
            }
        }
    }
    false
}

/// `××人民政府文件`: the red head of an official document.
fn is_letterhead(line: &str) -> bool {
    let line = squeeze(line);
    line.chars().count() <= 30 && line.ends_with("文件") && !line.contains("关于") && line.chars().count() > 3
}

fn is_title_part(line: &str, kind: BlockKind) -> bool {
    matches!(kind, BlockKind::Paragraph | BlockKind::Heading(_))
        && !line.ends_with(['。', '：', ':', '；', '，', '！', '？'])
        && !line.contains('。')
        && marker(line).is_none()
        && line.chars().count() <= 60
        && doc_number(line).is_none_or(|(_, whole)| !whole)
        && !is_promulgation(line)
        && !is_date_line(line)
        && !line.starts_with("附件")
        && close_up(line) != "目录"
}

/// Whether the words so far end like a title: with the kind of document.
pub(crate) fn is_complete_title(title: &str) -> bool {
    const ENDS: [&str; 48] = [
        "法",
        "法典",
        "修正案",
        "条例",
        "规定",
        "办法",
        "细则",
        "规则",
        "解释",
        "批复",
        "决定",
        "决议",
        "命令",
        "令",
        "公报",
        "公告",
        "通告",
        "意见",
        "通知",
        "通报",
        "报告",
        "请示",
        "议案",
        "函",
        "纪要",
        "方案",
        "措施",
        "规划",
        "计划",
        "纲要",
        "指南",
        "指引",
        "标准",
        "规范",
        "制度",
        "章程",
        "目录",
        "清单",
        "说明",
        "须知",
        "预案",
        "要点",
        "准则",
        "守则",
        "政策",
        "解读",
        "答复",
        "流程",
    ];
    let mut title = title.trim_end();
    // （试行）, (2024年版) and such after the kind.
    while title.ends_with(['）', ')']) {
        let Some(at) = title.rfind(['（', '(']) else { break };
        title = title.get(..at).unwrap_or_default();
    }
    ENDS.iter().any(|end| title.ends_with(end)) && title.chars().count() > 2
}

/// Whether the title goes on although it could end here: `…关于印发某办法` + `的通知`.
fn goes_on(flow: &Flow<'_>, at: usize, title: &str) -> bool {
    flow.blocks.get(at + 1).is_some_and(|block| {
        let next = flow.block_text(block);
        next.starts_with(['的', '和', '及'])
            || title.ends_with("关于")
            || (title.contains("关于印发") && next.ends_with("的通知"))
    })
}

/// `国办发〔2020〕53号`, `国务院令第262号`: the number, and whether it is the whole line.
fn doc_number(line: &str) -> Option<(String, bool)> {
    for (at, open) in line.match_indices(['〔', '[', '［', '【', '（', '(']) {
        let rest = line.get(at + open.len()..)?;
        let year = rest.get(..4).filter(|year| year.bytes().all(|b| b.is_ascii_digit()));
        let Some(year) = year.filter(|year| ("1949".."2100").contains(year)) else { continue };
        let Some(tail) = rest.get(4..).and_then(|tail| tail.strip_prefix(['〕', ']', '］', '】', '）', ')']))
        else {
            continue;
        };
        let tail = tail.trim_start().strip_prefix('第').unwrap_or(tail.trim_start());
        let digits: String = tail.chars().take_while(char::is_ascii_digit).collect();
        let after = tail.get(digits.len()..)?.trim_start();
        if digits.is_empty() || digits.len() > 5 || !after.starts_with('号') {
            continue;
        }
        let before = line.get(..at)?.trim_end();
        let word = |c: char| c.is_alphanumeric();
        let start = before.char_indices().rev().take_while(|(_, c)| word(*c)).last().map(|(at, _)| at)?;
        let agency = before.get(start..)?;
        if agency.chars().count() > 20 {
            continue;
        }
        let whole = start == 0 && after.trim_end().chars().count() <= 1;
        return Some((format!("{agency}〔{year}〕{digits}号"), whole));
    }
    // 令 with a running number.
    let at = line.find('令')?;
    let (before, after) = line.split_at_checked(at + '令'.len_utf8())?;
    let after = after.trim_start();
    let numeral: String =
        after.strip_prefix('第')?.trim_start().chars().take_while(|c| is_numeral(*c) || c.is_whitespace()).collect();
    let rest = after.strip_prefix('第')?.trim_start().get(numeral.len()..)?;
    let before = before.trim_start_matches(|c: char| !c.is_alphabetic());
    let agency = before.split(['，', '。', '日', '以']).next_back()?;
    (!numeral.is_empty() && rest.starts_with('号') && agency.chars().count() <= 30).then(|| {
        let whole = rest.chars().count() == 1 && agency == before;
        (format!("{}第{}号", squeeze(agency), squeeze(&numeral)), whole)
    })
}

/// Takes number and dates from a line of the head; says whether the line is nothing but a number.
fn head_line(line: &str, flow: &mut Flow<'_>) -> bool {
    let number = doc_number(line);
    let whole = number.as_ref().is_some_and(|(_, whole)| *whole);
    if let Some((number, _)) = number.filter(|_| whole || is_promulgation(line)) {
        flow.metadata.suggest("doc_number", number);
    }
    if !is_promulgation(line) || line.chars().count() > 400 {
        return whole;
    }
    for (date, range) in all_dates(line) {
        let before = line.get(..range.start).unwrap_or_default();
        let after = line.get(range.end..).unwrap_or_default();
        let clause = after.split(['，', '；', '）', ')', '。']).next().unwrap_or_default();
        if (before.ends_with('自') || before.trim_end().is_empty())
            && (clause.contains("施行") || clause.contains("实施"))
        {
            flow.metadata.suggest("effective_date", date);
        } else if ["公布", "发布", "通过", "修正", "修订", "批准"].iter().any(|word| clause.contains(word))
        {
            // The first date of passing is that of the document, the last one that of this version.
            if flow.metadata.text("first_passed_date").is_none_or(|known| date.as_str() < known) {
                flow.metadata.set("first_passed_date", Value::Text(date.clone()));
            }
            match flow.metadata.text("passed_date") {
                Some(known) if known >= date.as_str() => {}
                _ => flow.metadata.set("passed_date", Value::Text(date)),
            }
            if let Some(body) = congress(clause) {
                flow.metadata.suggest("issuer", body);
            }
        }
    }
    whole
}

/// `第十四届全国人民代表大会常务委员会第七次会议` → the body.
fn congress(clause: &str) -> Option<String> {
    let from = clause.find('届').map_or(0, |at| at + '届'.len_utf8());
    let at = clause.get(from..)?.find("人民代表大会")? + from;
    let after = clause.get(at + "人民代表大会".len()..)?;
    let place = clause.get(from..at)?.trim();
    if place.chars().count() > 15 {
        return None;
    }
    // 杭州市第九届人民代表大会常务委员会 names the place before the session.
    let place = if place.is_empty() {
        let before = clause.get(..from)?;
        let end = before.rfind('第')?;
        before.get(..end)?.trim()
    } else {
        place
    };
    let standing = if after.starts_with("常务委员会") { "常务委员会" } else { "" };
    (!place.is_empty()).then(|| format!("{}人民代表大会{standing}", squeeze(place)))
}

/// The lines at the end of the document itself, before its annexes.
fn read_ending(flow: &Flow<'_>) -> Vec<String> {
    let lines: Vec<&str> = flow.blocks.iter().map(|block| flow.block_text(block)).collect();
    let annex = lines.iter().position(|line| {
        line.strip_prefix("附件").is_some_and(|rest| rest.chars().all(|c| is_numeral(c) || c.is_whitespace()))
    });
    // A notice ends with its signature where what it issues begins.
    let signed = lines.iter().take(60).position(|line| is_date_line(line)).filter(|at| *at > 1);
    let end = annex.unwrap_or(lines.len());
    let mut ending: Vec<String> =
        lines.get(end.saturating_sub(12)..end).unwrap_or_default().iter().map(|line| (*line).to_owned()).collect();
    if let Some(at) = signed.filter(|at| *at + 12 < end) {
        let from = at.saturating_sub(3);
        ending.splice(0..0, lines.get(from..=at).unwrap_or_default().iter().map(|line| (*line).to_owned()));
    }
    ending
}

fn dates(flow: &mut Flow<'_>, ending: &[String]) {
    if flow.metadata.text("written_date").is_none()
        && let Some(line) = ending.iter().find(|line| is_date_line(line))
        && let Some((date, _)) = first_date(line)
    {
        flow.metadata.suggest("written_date", date);
    }
    for key in ["written_date", "passed_date", "published_online"] {
        if let Some(date) = flow.metadata.text(key).map(str::to_owned) {
            flow.metadata.suggest("publish_date", date);
        }
    }
    if flow.metadata.text("effective_date").is_some() {
        return;
    }
    let tail: Vec<String> = flow.blocks.iter().rev().take(40).map(|block| flow.block_text(block).to_owned()).collect();
    for line in tail.iter().chain(ending) {
        if let Some(date) = effective(line) {
            flow.metadata.suggest("effective_date", date);
            return;
        }
        let at_once = [
            "自公布之日起施行",
            "自发布之日起施行",
            "自印发之日起施行",
            "自公布之日起实施",
            "自发布之日起实施",
            "自印发之日起实施",
        ];
        if line.chars().count() < 200 && at_once.iter().any(|words| line.contains(words)) {
            if let Some(date) = flow.metadata.text("publish_date").map(str::to_owned) {
                flow.metadata.suggest("effective_date", date);
            }
            return;
        }
    }
}

/// `本法自2021年1月1日起施行` → the date.
fn effective(line: &str) -> Option<String> {
    all_dates(line).into_iter().find_map(|(date, range)| {
        let before = line.get(..range.start)?.trim_end();
        let after = line.get(range.end..)?.trim_start();
        let starts =
            ["起施行", "起实施", "起执行", "起生效", "起正式施行"].iter().any(|words| after.starts_with(words));
        (before.ends_with('自') && starts).then_some(date)
    })
}

fn issuer(flow: &mut Flow<'_>, ending: &[String]) {
    if flow.metadata.text("issuer").is_some() {
        return;
    }
    let dated = ending.iter().position(|line| is_date_line(line));
    let signed = dated
        .and_then(|at| ending.get(at.checked_sub(1)?))
        .filter(|line| line.chars().count() <= 30 && is_agency(line))
        .map(|line| close_up(line));
    let titled = flow
        .title
        .split_once("关于")
        .map(|(agency, _)| agency.trim_end_matches("印发").trim())
        .filter(|agency| is_agency(agency));
    let numbered =
        flow.metadata.text("doc_number").and_then(|number| number.split_once('令')).map(|(agency, _)| agency);
    let found = signed
        .or_else(|| titled.map(str::to_owned))
        .or_else(|| numbered.filter(|agency| is_agency(agency)).map(str::to_owned));
    if let Some(found) = found {
        // 中华人民共和国国务院 is the 国务院 of everywhere else.
        let short = found.strip_prefix("中华人民共和国").filter(|rest| rest.chars().count() >= 2);
        flow.metadata.suggest("issuer", short.unwrap_or(&found));
    }
}

fn is_agency(text: &str) -> bool {
    const ENDS: [&str; 18] = [
        "政府",
        "国务院",
        "办公厅",
        "办公室",
        "委员会",
        "部",
        "局",
        "厅",
        "署",
        "院",
        "银行",
        "中心",
        "管委会",
        "总局",
        "处",
        "党组",
        "中共中央",
        "组",
    ];
    let text = text.trim();
    text.chars().count() >= 2 && ENDS.iter().any(|end| text.ends_with(end)) && !text.contains(['，', '。', '《'])
}

#[cfg(test)]
mod tests {
    use super::{doc_number, pairs_of};

    #[test]
    fn numbers_of_documents() {
        for (line, want) in [
            ("国办发〔2020〕53号", Some(("国办发〔2020〕53号", true))),
            ("成办发[2022]28 号", Some(("成办发〔2022〕28号", true))),
            ("教育部《请示》（教职成〔2018〕8号）收悉。", Some(("教职成〔2018〕8号", false))),
            ("中华人民共和国国务院令 第 262 号", Some(("中华人民共和国国务院令第262号", true))),
            ("第53号", None),
            ("（2020年5月28日）", None),
        ] {
            assert_eq!(doc_number(line), want.map(|(number, whole)| (number.to_owned(), whole)), "{line}");
        }
    }

    #[test]
    fn pairs_on_a_line() {
        assert_eq!(
            pairs_of("索 引 号：000014349/2019 主题分类：民政 发文机关："),
            [("index_number", "000014349/2019"), ("subject", "民政"), ("issuer", "")]
        );
        assert!(pairs_of("根据有关规定，现将来源：说明如下").is_empty());
    }
}
