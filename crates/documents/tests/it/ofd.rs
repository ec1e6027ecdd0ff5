//! OFD packages built in the test: both namespaces, odd paths, templates, attachments and signatures.

use documents::{DefectCode, Limits, Link, Value, read};

use crate::zips::package;

fn text(x: f32, y: f32, text: &str) -> String {
    format!(
        r#"<o:TextObject ID="9" Boundary="{x} {y} 100 5" Font="1" Size="4"><o:TextCode X="0" Y="4" DeltaX="g {} 4">{text}</o:TextCode></o:TextObject>"#,
        text.chars().count() - 1
    )
}

pub(crate) fn sample(namespace: &str) -> Vec<u8> {
    let page = format!(
        r#"<o:Page xmlns:o="{namespace}"><o:Template TemplateID="7"/><o:Content><o:Layer>{}<o:PageBlock>{}</o:PageBlock></o:Layer></o:Content></o:Page>"#,
        text(20.0, 60.0, "第二条　乙。"),
        text(20.0, 50.0, "第一条　甲。")
    );
    package(&[
        (
            "OFD.xml",
            &format!(
                r#"<o:OFD xmlns:o="{namespace}"><o:DocBody><o:DocInfo><o:Title>题</o:Title></o:DocInfo><o:DocRoot>Doc_0/Document.xml</o:DocRoot><o:Signatures>/Doc_0/Signs/Signatures.xml</o:Signatures></o:DocBody></o:OFD>"#
            ),
        ),
        (
            "Doc_0/Document.xml",
            r#"<o:Document><o:CommonData><o:PageArea><o:PhysicalBox>0 0 210 297</o:PhysicalBox></o:PageArea><o:TemplatePage ID="7" BaseLoc="Tpls/T.xml"/></o:CommonData><o:Pages><o:Page ID="1" BaseLoc="pages/Page_0/Content.xml"/><o:Page ID="2" BaseLoc="Pages/Page_1/Content.xml"/></o:Pages><o:Attachments>Attachs/Attachments.xml</o:Attachments></o:Document>"#,
        ),
        ("Doc_0/Pages/Page_0/Content.xml", &page),
        (
            "Doc_0/Tpls/T.xml",
            &format!("<o:Page><o:Content><o:Layer>{}</o:Layer></o:Content></o:Page>", text(80.0, 30.0, "某办法")),
        ),
        (
            "Doc_0/Attachs/Attachments.xml",
            r#"<o:Attachments><o:Attachment ID="1" Name="申请表"><o:FileLoc>a.xlsx</o:FileLoc></o:Attachment></o:Attachments>"#,
        ),
        (
            "Doc_0/Signs/Signatures.xml",
            r#"<o:Signatures><o:Signature ID="1" BaseLoc="Sign_0/Signature.xml"/></o:Signatures>"#,
        ),
    ])
}

struct Clerk(Vec<(u32, documents::PictureEncoding)>);

impl documents::Watch for Clerk {
    fn recognise(&mut self, picture: &documents::Picture<'_>) -> Option<Vec<documents::Word>> {
        self.0.push((picture.page, picture.encoding));
        let text = "第一条 公开。".to_owned();
        Some(vec![documents::Word {
            text,
            left: 10.0,
            right: 100.0,
            foot: 50.0,
            height: 12.0,
            picture: (200.0, 300.0),
        }])
    }
}

#[test]
fn a_page_that_is_a_picture_is_read_by_whoever_watches() {
    let bytes = package(&[
        ("OFD.xml", "<OFD><DocBody><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>"),
        (
            "Doc_0/Document.xml",
            r#"<Document><CommonData><DocumentRes>DocumentRes.xml</DocumentRes></CommonData><Pages><Page ID="1" BaseLoc="P.xml"/></Pages></Document>"#,
        ),
        (
            "Doc_0/DocumentRes.xml",
            r#"<Res BaseLoc="Res"><MultiMedias><MultiMedia ID="5" Type="Image"><MediaFile>scan.pgm</MediaFile></MultiMedia></MultiMedias></Res>"#,
        ),
        (
            "Doc_0/P.xml",
            r#"<Page><Content><Layer><ImageObject ID="2" Boundary="0 0 210 297" ResourceID="5"/></Layer></Content></Page>"#,
        ),
        ("Doc_0/Res/scan.pgm", "P5 1 1 255 x"),
    ]);
    let mut clerk = Clerk(Vec::new());
    let (document, defects) = documents::read_watched("a.ofd", &bytes, &Limits::default(), &mut clerk);
    assert_eq!(document.text, "第一条 公开。");
    assert_eq!(clerk.0, [(1, documents::PictureEncoding::Pnm)]);
    assert_eq!(defects.iter().map(|d| d.code).collect::<Vec<_>>(), [DefectCode::Recognised]);
    assert_eq!(read("a.ofd", &bytes, &Limits::default()).1[0].code, DefectCode::NeedsOcr);
}

#[test]
fn both_namespaces_and_paths_in_another_case() {
    for namespace in ["http://www.ofdspec.org/2016", "http://www.ofdspec.org"] {
        let (document, defects) = read("a.ofd", &sample(namespace), &Limits::default());
        assert_eq!(document.text, "某办法\n第一条　甲。\n第二条　乙。");
        assert_eq!(document.title, "某办法");
        assert_eq!(document.pages, 2);
        let link = Link { name: "申请表".to_owned(), url: "Doc_0/Attachs/a.xlsx".to_owned() };
        assert_eq!(document.metadata.get("attachments"), Some(&Value::Links(vec![link])));
        let codes: Vec<_> = defects.iter().map(|defect| (defect.code, defect.page)).collect();
        assert_eq!(
            codes,
            [(DefectCode::Damaged, Some(2)), (DefectCode::SignatureUnverified, None), (DefectCode::NeedsOcr, Some(2))]
        );
    }
}

#[test]
fn encrypted_packages_say_so() {
    let bytes = package(&[("OFD.xml", "<o:OFD><o:DocBody><o:EncryptInfo/></o:DocBody></o:OFD>")]);
    let (_, defects) = read("a.ofd", &bytes, &Limits::default());
    assert_eq!(defects.iter().map(|defect| defect.code).collect::<Vec<_>>(), [DefectCode::Password]);
}
