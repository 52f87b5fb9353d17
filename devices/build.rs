//! A file that is added to `profiles/` must reach the catalogue without touching any code.

fn main() {
    println!("cargo::rerun-if-changed=profiles");
    println!("cargo::rerun-if-changed=build.rs");
}
