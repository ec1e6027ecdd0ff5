"""Other readers of PDF and docx, for `cargo xtask bench documents`: their texts and speeds, one core each.

peers.py PDF_FOLDER DOCX_FOLDER OUT: writes OUT/READER/{pdf,docx}/FILE.txt and OUT/speeds.json, of slow readers for fewer files. What is not installed is left out and said so.
"""

import json
import pathlib
import sys
import time

pdf_folder, docx_folder, out = map(pathlib.Path, sys.argv[1:4])


def pypdfium2_pdf(path):
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    return [page.get_textpage().get_text_bounded() for page in document]


def pymupdf_pdf(path):
    import pymupdf

    with pymupdf.open(path) as document:
        return [page.get_text() for page in document]


def pdfplumber_pdf(path):
    import pdfplumber

    with pdfplumber.open(path) as document:
        return [page.extract_text() or "" for page in document.pages]


def python_docx_docx(path):
    import docx

    document = docx.Document(path)
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return ["\n".join([paragraph.text for paragraph in document.paragraphs] + cells)]


def markitdown_docx(path):
    import markitdown

    global converter
    converter = globals().get("converter") or markitdown.MarkItDown()
    return [converter.convert(str(path)).text_content]


speeds = {}
for name, read, folder, most in [
    ("pypdfium2/pdf", pypdfium2_pdf, pdf_folder, 100),
    ("pymupdf/pdf", pymupdf_pdf, pdf_folder, 100),
    ("pdfplumber/pdf", pdfplumber_pdf, pdf_folder, 100),
    ("python-docx/docx", python_docx_docx, docx_folder, 100),
    ("markitdown/docx", markitdown_docx, docx_folder, 10),
]:
    files = sorted(folder.glob("*." + name.split("/")[1]))[:most]
    try:
        read(files[0])
    except ImportError as missing:
        print(f"SKIPPED: {name}: {missing}", file=sys.stderr)
        continue
    target = out / name
    target.mkdir(parents=True, exist_ok=True)
    count, spent = 0, 0.0
    for path in files:
        start = time.perf_counter()
        pages = read(path)
        spent += time.perf_counter() - start
        count += len(pages)
        (target / (path.stem + ".txt")).write_text("\n".join(pages), encoding="utf-8")
    speeds[name] = count / spent
    (out / "speeds.json").write_text(json.dumps(speeds))
