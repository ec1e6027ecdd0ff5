//! Web pages of government sites, Markdown laws and encodings.

use documents::{DefectCode, Limits, Link, Value, read};

const PAGE: &str = r#"<!DOCTYPE html><html><head><meta charset="utf-8"><title>关于某某的通知_某市人民政府</title>
<meta name="ArticleTitle" content="关于某某的通知"><meta name="PubDate" content="2024-03-05 10:00"><meta name="SiteName" content="某市人民政府">
<script>var a = "<p>不是正文</p>";</script></head><body>
<div class="header"><ul class="nav"><li><a href="/">首页</a><li><a href="/gk">政务公开</a></ul></div>
<div class="crumbs">当前位置：首页 &gt; 政务公开</div>
<table class="info"><tr><td>索引号：</td><td>01234/2024-0001</td><td>发文机关：</td><td>某市人民政府办公室</td></tr><tr><td>发文字号：</td><td>某府办发〔2024〕7号</td><td>成文日期：</td><td>2024年3月1日</td></tr></table>
<h1>关于某某的通知</h1>
<div id="zoom" class="TRS_Editor"><p>各县（市、区）人民政府：</p>
<p>　　为了规范&ldquo;某某&rdquo;工作，
现就有关事项通知如下，请遵照执行。</p>
<p><strong>一、总体要求</strong></p><p>（一）坚持便民。优化流程，压减材料。</p><p>（二）坚持依法。严格程序，规范行为。</p>
<p>二、补贴标准</p><table><tr><td rowspan="2">类别</td><td colspan="2">标准</td></tr><tr><td>城市</td><td>农村</td></tr><tr><td>甲</td><td>100</td><td>100</td></tr></table>
<p><a href="./P020240305.docx">附件1：申请表.docx</a></p><p style="display:none">隐藏</p></div>
<div class="share">分享到</div><div class="footer">版权所有 某市人民政府 网站标识码123，联系我们，备案。</div></body></html>"#;

#[test]
fn a_government_page_gives_its_article() {
    let (document, defects) = read("t.html", PAGE.as_bytes(), &Limits::default());
    assert_eq!(defects, []);
    assert_eq!(document.title, "关于某某的通知");
    for (key, value) in [
        ("index_number", "01234/2024-0001"),
        ("issuer", "某市人民政府办公室"),
        ("doc_number", "某府办发〔2024〕7号"),
        ("publish_date", "2024-03-01"),
        ("published_online", "2024-03-05"),
        ("authority", "规范性文件"),
    ] {
        assert_eq!(document.metadata.text(key), Some(value), "{key}");
    }
    let link = Link { name: "附件1：申请表.docx".to_owned(), url: "./P020240305.docx".to_owned() };
    assert_eq!(document.metadata.get("attachments"), Some(&Value::Links(vec![link])));
    assert_eq!(document.tables, [[["类别", "标准", "标准"], ["类别", "城市", "农村"], ["甲", "100", "100"]]]);
    assert!(
        document.text.starts_with("各县（市、区）人民政府：\n为了规范“某某”工作，现就有关事项"),
        "{}",
        document.text
    );
    for absent in ["版权所有", "政务公开", "分享到", "隐藏", "不是正文"] {
        assert!(!document.text.contains(absent), "{absent}");
    }
    let labels: Vec<&str> = document.articles.iter().map(|article| article.label.as_str()).collect();
    assert_eq!(labels, ["引言", "一、（一）坚持便民", "一、（二）坚持依法", "二、补贴标准"]);
}

#[test]
fn a_page_in_gbk_is_read_by_its_meta() {
    let page = PAGE.replace("utf-8", "gb2312");
    let (bytes, _, _) = encoding_rs::GBK.encode(&page);
    let (document, defects) = read("t.htm", &bytes, &Limits::default());
    assert_eq!(defects, []);
    assert_eq!(document.title, "关于某某的通知");
}

#[test]
fn a_law_in_markdown_keeps_its_front_matter() {
    let law = "---\ntitle: \"中华人民共和国某法\"\npublish_date: \"2019-12-02\"\nimplement_date: \"2020-01-01\"\nstatus: \"现行有效\"\ncategory: \"行政法\"\n---\n# 中华人民共和国某法\n\n2019年12月2日 第十三届全国人民代表大会常务委员会第十五次会议通过\n\n<!-- INFO END -->\n\n## 第一章 总 则\n\n第一条 为了甲，制定本法。\n\n第二条 乙：\n\n（一）丙；\n\n（二）丁。\n";
    let (document, defects) = read("某法.md", law.as_bytes(), &Limits::default());
    assert_eq!(defects, []);
    for (key, value) in [
        ("title", "中华人民共和国某法"),
        ("publish_date", "2019-12-02"),
        ("effective_date", "2020-01-01"),
        ("source_status", "现行有效"),
        ("issuer", "全国人民代表大会常务委员会"),
        ("authority", "法律"),
    ] {
        assert_eq!(document.metadata.text(key), Some(value), "{key}");
    }
    let article = &document.articles[1];
    assert_eq!((article.label.as_str(), article.path.as_slice()), ("第二条", &["第一章 总则".to_owned()][..]));
    assert_eq!(article.text, "乙：\n（一）丙；\n（二）丁。");
    assert_eq!(document.articles.len(), 2);
}

#[test]
fn broken_bytes_are_replaced_and_reported() {
    let mut bytes = "第一条 为了规范机关公文处理工作，根据有关法律，制定本办法。".as_bytes().to_vec();
    bytes[20] = 0xFF;
    let (document, defects) = read("a.txt", &bytes, &Limits::default());
    assert_eq!(defects.iter().map(|defect| defect.code).collect::<Vec<_>>(), [DefectCode::BrokenEncoding]);
    assert!(document.text.contains('\u{FFFD}'));
}
