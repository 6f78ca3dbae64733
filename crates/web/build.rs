//! Says what to do where the stylesheet and scripts from npm are not there yet.

use std::path::Path;

fn main() {
    for name in ["govuk-frontend.min.css", "govuk-frontend.min.js"] {
        let file = Path::new("vendor").join(name);
        println!("cargo::rerun-if-changed={}", file.display());
        if !file.is_file() {
            println!("cargo::error=crates/web/{} is missing: run `make assets`", file.display());
        }
    }
}
