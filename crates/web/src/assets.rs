//! Stylesheet, script and icon: compiled in, and named by what they hold, so that a browser keeps them
//! until they change.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Own;

#[derive(RustEmbed)]
#[folder = "vendor/"]
struct Vendor;

/// Stands in the addresses of all files: another when any of them is another.
pub static VERSION: LazyLock<String> = LazyLock::new(|| {
    let files = Own::iter().chain(Vendor::iter()).filter_map(|name| find(&name));
    let sum = files.fold(0_u64, |sum, file| {
        let hash = file.metadata.sha256_hash();
        hash.iter()
            .fold(sum, |sum, byte| sum.rotate_left(5).wrapping_mul(0x0100_0000_01b3) ^ u64::from(*byte))
    });
    format!("{sum:016x}")
});

fn find(name: &str) -> Option<EmbeddedFile> {
    Own::get(name).or_else(|| Vendor::get(name))
}

/// `GET /assets/{version}/{name}`.
pub async fn serve(Path((version, name)): Path<(String, String)>) -> Response {
    let Some(file) = find(&name) else { return StatusCode::NOT_FOUND.into_response() };
    // A page of the version before may still ask for its files: it gets these, and keeps them for nothing.
    let kept = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mime = file.metadata.mimetype().to_owned();
    ([(header::CONTENT_TYPE, mime), (header::CACHE_CONTROL, kept.to_owned())], file.data.into_owned())
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_font_and_no_crest_is_shipped() {
        let css = Vendor::get("govuk-frontend.min.css").unwrap();
        let css = String::from_utf8(css.data.into_owned()).unwrap();
        assert!(!css.contains("@font-face") && !css.contains(".woff"));
        assert!(
            Own::iter().chain(Vendor::iter()).all(|name| !name.contains("crest") && !name.ends_with("woff2"))
        );
    }
}
