//! Defects: what is wrong with a document, or what could not be taken from it.

use kernel::{Fault, Kind};
use serde::{Deserialize, Serialize};

macro_rules! defects {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $fault:literal, $fatal:literal;)*) => {
        /// The stable code of a defect. One per line, sorted by code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum DefectCode {$(
            $(#[$doc])*
            #[serde(rename = $code)]
            $name,
        )*}

        impl DefectCode {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as written in JSON, such as `wrong_extension`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {$(Self::$name => $code),*}
            }

            fn fault(self) -> &'static str {
                match self {$(Self::$name => $fault),*}
            }

            /// Whether nothing could be read because of it, so that an import must fail.
            #[must_use]
            pub fn is_fatal(self) -> bool {
                match self {$(Self::$name => $fatal),*}
            }
        }
    };
}

defects! {
    /// Bytes that are no characters in the file's encoding; replaced.
    BrokenEncoding = "broken_encoding", "documents.broken_encoding", false;
    /// The package is damaged or was cut off, and cannot be opened.
    BrokenPackage = "broken_package", "documents.broken_package", true;
    /// The package or its XML is damaged; what was readable was taken.
    Damaged = "damaged", "documents.damaged", false;
    /// The file has no bytes.
    EmptyFile = "empty_file", "documents.empty_file", true;
    /// A picture or scanned page that carries text only for the eye.
    NeedsOcr = "needs_ocr", "documents.needs_ocr", false;
    /// An old office file, and no program that converts it is installed.
    NeedsOffice = "needs_office", "documents.needs_office", true;
    /// The file was read and holds no text.
    NoText = "no_text", "documents.no_text", true;
    /// A file named `.docx` that is none.
    NotDocx = "not_docx", "documents.not_docx", true;
    /// A file named `.ofd` that is none.
    NotOfd = "not_ofd", "documents.not_ofd", true;
    /// A file named `.pdf` that is none.
    NotPdf = "not_pdf", "documents.not_pdf", true;
    /// A file named `.xlsx` that is none.
    NotXlsx = "not_xlsx", "documents.not_xlsx", true;
    /// Encrypted: a password is needed.
    Password = "password", "documents.password", true;
    /// The reader ended without an answer: it needed more than it was allowed, or broke.
    ReadFailed = "read_failed", "documents.read_failed", true;
    /// Text that was recognised in pictures: it may hold mistakes.
    Recognised = "recognised", "documents.recognised", false;
    /// Signed; the signature was not verified.
    SignatureUnverified = "signature_unverified", "documents.signature_unverified", false;
    /// Reading took longer than allowed.
    TimedOut = "timed_out", "documents.timed_out", true;
    /// Nested deeper than allowed; what lies deeper was left out.
    TooDeep = "too_deep", "documents.too_deep", false;
    /// The file is larger than allowed.
    TooLarge = "too_large", "documents.too_large", true;
    /// More pages than allowed; the rest was left out.
    TooManyPages = "too_many_pages", "documents.too_many_pages", false;
    /// More parts in the package than allowed.
    TooManyParts = "too_many_parts", "documents.too_many_parts", true;
    /// More text or cells than allowed; the rest was left out.
    Truncated = "truncated", "documents.truncated", false;
    /// A part of the package whose name points outside; ignored.
    UnsafePath = "unsafe_path", "documents.unsafe_path", false;
    /// A format that is not read here.
    Unsupported = "unsupported", "documents.unsupported", true;
    /// A part (embedded document, image) that is not read here; the rest was.
    UnsupportedPart = "unsupported_part", "documents.unsupported_part", false;
    /// The content is of another format than the name says; read by content.
    WrongExtension = "wrong_extension", "documents.wrong_extension", false;
    /// Decompresses to more than allowed: a zip bomb.
    ZipBomb = "zip_bomb", "documents.zip_bomb", true;
}

/// Something wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Defect {
    /// The stable code; the interface translates it.
    pub code: DefectCode,
    /// What is wrong, for the log and an English reader.
    pub message: String,
    /// The page it is on, from 1, when it is on one.
    pub page: Option<u32>,
}

impl Defect {
    /// A defect of the whole document.
    #[must_use]
    pub fn new(code: DefectCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), page: None }
    }

    /// A defect of one page.
    #[must_use]
    pub fn on_page(code: DefectCode, message: impl Into<String>, page: u32) -> Self {
        Self { code, message: message.into(), page: Some(page) }
    }

    /// Whether nothing could be read because of it, so that an import must fail.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        self.code.is_fatal()
    }
}

impl std::fmt::Display for Defect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Defect {}

impl Fault for Defect {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn code(&self) -> &'static str {
        self.code.fault()
    }
}

#[cfg(test)]
mod tests {
    use super::DefectCode;

    #[test]
    fn codes_are_unique_and_agree_with_their_json() {
        let mut seen = std::collections::BTreeSet::new();
        for code in DefectCode::ALL {
            assert!(seen.insert(code.as_str()));
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert_eq!(code.fault(), format!("documents.{}", code.as_str()));
        }
    }
}
