//! The pages are embedded from `web/dist`; without a build of them the folder is empty and the server says so.

fn main() {
    println!("cargo::rerun-if-changed=web/dist");
    let folder = std::path::Path::new("web/dist");
    if let Err(error) = std::fs::create_dir_all(folder) {
        println!("cargo::error=cannot create portal/web/dist: {error}");
    }
}
