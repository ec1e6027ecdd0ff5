//! What is built into the binary is data that cargo does not watch by itself: the page, policies, scenarios, demo texts.

fn main() -> std::io::Result<()> {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    // A folder that is not there would count as changed each time, and one that appears later would not be noticed.
    std::fs::create_dir_all(format!("{root}/ui/dist"))?;
    for folder in ["demo", "policies", "scenarios", "ui/dist"] {
        println!("cargo:rerun-if-changed={root}/{folder}");
    }
    Ok(())
}
