//! Programs that help to read, where they are installed: tesseract for pictures of text, LibreOffice for old office
//! files. They run under the reader's limits, in its folder, and end with it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use documents::{Converted, Format, Picture, Word};

/// Where programs are; the reader has no `PATH` of a person.
const FOLDERS: [&str; 5] =
    ["/usr/bin", "/usr/local/bin", "/opt/libreoffice/program", "/usr/lib/libreoffice/program", "/snap/bin"];

/// The language model that must be there: simplified Chinese, which reads digits and Latin letters too.
const LANGUAGE: &str = "chi_sim";

/// The programs of this machine, for one document.
pub(super) struct Programs {
    folder: PathBuf,
    /// Looked for when first needed.
    tesseract: Option<Option<PathBuf>>,
    pictures: u32,
}

impl Programs {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), tesseract: None, pictures: 0 }
    }

    /// The words in a picture. `None` when tesseract or its Chinese model is not there, or when it failed.
    pub(super) fn recognise(&mut self, picture: &Picture<'_>) -> Option<Vec<Word>> {
        let program = self.tesseract.get_or_insert_with(tesseract).clone()?;
        self.pictures += 1;
        let file = self.folder.join(format!("{}.{}", self.pictures, picture.encoding.ending()));
        std::fs::write(&file, &picture.bytes).ok()?;
        let output = command(&program)
            .arg(&file)
            .args(["stdout", "-l", LANGUAGE, "--psm", "3", "tsv"])
            // Each reader has one core; its threads would only wait for each other.
            .env("OMP_THREAD_LIMIT", "1")
            .output();
        drop(std::fs::remove_file(&file));
        let output = output.ok().filter(|output| output.status.success())?;
        Some(words(&String::from_utf8_lossy(&output.stdout)))
    }

    /// An old office file as docx or xlsx.
    pub(super) fn convert(&self, from: Format, bytes: &[u8]) -> Converted {
        let Some(program) = find("soffice").or_else(|| find("libreoffice")) else { return Converted::Nobody };
        let to = if from == Format::Xls { "xlsx" } else { "docx" };
        let input = self.folder.join(format!("input.{}", from.as_str()));
        let failed = |what: String| Converted::Failed(format!("LibreOffice could not convert the file: {what}"));
        if let Err(error) = std::fs::write(&input, bytes) {
            return failed(error.to_string());
        }
        // A profile of its own, so that no running office is disturbed and nothing of this file stays.
        let profile = format!("-env:UserInstallation=file://{}/profile", self.folder.display());
        let status = command(&program)
            .arg(profile)
            .args(["--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo", "--convert-to", to])
            .arg("--outdir")
            .arg(self.folder.join("out"))
            .arg(&input)
            .env("HOME", &self.folder)
            .stdout(Stdio::null())
            .status();
        match status {
            Err(error) => return failed(error.to_string()),
            Ok(status) if !status.success() => return failed(status.to_string()),
            Ok(_) => {}
        }
        match std::fs::read(self.folder.join(format!("out/input.{to}"))) {
            Ok(new) => Converted::Done(new),
            Err(error) => failed(error.to_string()),
        }
    }
}

/// tesseract, when it has the Chinese model.
fn tesseract() -> Option<PathBuf> {
    let program = find("tesseract")?;
    let output = command(&program).arg("--list-langs").output().ok()?;
    let all = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&all).lines().any(|line| line.trim() == LANGUAGE).then_some(program)
}

fn find(name: &str) -> Option<PathBuf> {
    FOLDERS.iter().map(|folder| Path::new(folder).join(name)).find(|path| path.is_file())
}

#[expect(clippy::disallowed_methods, reason = "programs of the reader, under its limits")]
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stderr(Stdio::null());
    command
}

/// The words of tesseract's table: level, page, block, paragraph, line, word, left, top, width, height, confidence,
/// text. Level 1 is the picture, 4 a line, 5 a word.
fn words(table: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let (mut picture, mut foot, mut height) = ((0.0, 0.0), 0.0, 0.0);
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let number = |at: usize| cells.get(at).and_then(|cell| cell.trim().parse::<f32>().ok()).unwrap_or(0.0);
        match cells.first().copied() {
            Some("1") => picture = (number(8), number(9)),
            Some("4") => (foot, height) = (number(7) + number(9), number(9)),
            Some("5") => {
                let text = cells.get(11).map_or("", |text| text.trim());
                if !text.is_empty() && number(10) >= 0.0 {
                    let left = number(6);
                    found.push(Word { text: text.to_owned(), left, right: left + number(8), foot, height, picture });
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn the_table_of_tesseract_is_read() {
        let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            1\t1\t0\t0\t0\t0\t0\t0\t800\t600\t-1\t\n4\t1\t1\t1\t1\t0\t10\t20\t200\t30\t-1\t\n\
            5\t1\t1\t1\t1\t1\t10\t22\t90\t28\t96.5\t第一\n5\t1\t1\t1\t1\t2\t110\t22\t90\t28\t90\t \nbroken\n";
        let found = words(table);
        assert_eq!(found.len(), 1);
        let word = &found[0];
        assert_eq!((word.text.as_str(), word.left, word.right, word.foot), ("第一", 10.0, 100.0, 50.0));
        assert_eq!((word.height, word.picture), (30.0, (800.0, 600.0)));
    }
}
