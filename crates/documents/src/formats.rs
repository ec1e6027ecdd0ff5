//! Formats: one reader each, bytes in, a flow of blocks out.

pub(crate) mod csv;
pub(crate) mod docx;
pub(crate) mod html;
pub(crate) mod md;
pub(crate) mod ofd;
pub(crate) mod pdf;
pub(crate) mod sheet;
pub(crate) mod txt;
