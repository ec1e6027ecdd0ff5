//! Browser journeys: the built binary, the demo agency, headless Chromium.

use anyhow::Result;

use crate::repo;
use crate::step::{self, install_ui, npm, run};

/// Builds the server as developers run it and lets the journeys of `ui/e2e` loose on it. They start their own servers on
/// port 0 with the binary named in `SHUZHENG_BIN`.
pub(crate) fn e2e() -> Result<()> {
    let binary = step::debug_server()?;
    if !repo::root().join("ui/dist/index.html").exists() {
        install_ui()?;
        run(&mut npm(&["run", "--silent", "build"]))?;
    }
    run(npm(&["run", "--silent", "e2e"]).env("SHUZHENG_BIN", &binary))
}
