//! A real Chromium, driven from here.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use base64::Engine as _;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use ppn_domain::{Roles, UserRole};
use ppn_service::{Given, operator};
use ppn_tests::{Server, root};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The accessibility checker, as npm fetched it.
static AXE: LazyLock<String> = LazyLock::new(|| {
    let file = root().join("crates/web/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&file).unwrap_or_else(|_| panic!("{}: run `make assets`", file.display()))
});

/// A browser window with a profile of its own.
pub struct Browser {
    pub client: Client,
    driver: Child,
    base: String,
    _profile: TempDir,
}

/// A command that the protocol has no name for.
#[derive(Debug)]
struct Own(&'static str, Value);

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.0))
    }

    fn method_and_body(&self, _: &url::Url) -> (axum::http::Method, Option<String>) {
        (axum::http::Method::POST, Some(self.1.to_string()))
    }
}

impl Browser {
    /// Opens one; `script` is whether pages may run theirs.
    pub async fn open(server: &Server, script: bool) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("install chromium-driver: `make test` does it");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next().expect("chromedriver says on which port it listens").unwrap();
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        let mut options = json!({ "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
            "--force-color-profile=srgb", "--window-size=1440,900",
            format!("--user-data-dir={}", profile.path().display()),
        ]});
        if !script {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        let wanted = json!({
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" }
        });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap();
        Self { client, driver, base: server.base.clone(), _profile: profile }
    }

    /// Adds somebody and signs them in on the page.
    pub async fn sign_in(&self, server: &Server, name: &str, roles: &[UserRole]) {
        let by = operator("test", "user");
        let roles: Roles = roles.iter().copied().collect();
        let password = server.service.add_user(&by, name, &roles, Given::ToStay).await.unwrap();
        self.go("/sign-in").await;
        self.write("#name", name).await;
        self.write("#password", password.expose_secret()).await;
        self.press("form.ppn-narrow button").await;
        self.find(".ppn-header__user").await;
    }

    pub async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap();
    }

    /// The path that is shown.
    pub async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    /// Waits for an element.
    pub async fn find(&self, css: &str) -> fantoccini::elements::Element {
        let found = self.client.wait().for_element(Locator::Css(css)).await;
        match found {
            Ok(element) => element,
            Err(error) => panic!("{css} at {}: {error}", self.path().await),
        }
    }

    /// Clicks, and waits for the page that follows.
    pub async fn press(&self, css: &str) {
        let before = self.find("html").await;
        self.find(css).await.click().await.unwrap();
        self.left(&before).await;
    }

    /// Waits until the page of an element is gone.
    pub async fn left(&self, of: &fantoccini::elements::Element) {
        for _ in 0..200 {
            if of.tag_name().await.is_err() {
                self.find("main").await;
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("no page followed {}", self.path().await);
    }

    pub async fn write(&self, css: &str, text: &str) {
        self.find(css).await.send_keys(text).await.unwrap();
    }

    pub async fn text(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    /// Types keys at whatever has the focus.
    pub async fn keys(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Goes on with the tab key until the focus is at an element, as somebody without a mouse does.
    pub async fn tab_to(&self, css: &str) {
        let at = format!("return document.activeElement.matches({})", json!(css));
        for _ in 0..300 {
            if self.client.execute(&at, Vec::new()).await.unwrap() == json!(true) {
                return;
            }
            self.keys("\u{e004}").await;
        }
        panic!("the tab key never reaches {css}");
    }

    /// Presses the enter key at an element reached with the tab key, and waits for the page that follows.
    pub async fn enter_at(&self, css: &str) {
        self.tab_to(css).await;
        let before = self.find("html").await;
        self.keys("\u{e007}").await;
        self.left(&before).await;
    }

    /// The same, where it leads to a place of the page itself.
    pub async fn enter_at_same_page(&self, css: &str) {
        self.tab_to(css).await;
        let link = self.client.active_element().await.unwrap();
        let to = link.attr("href").await.unwrap().unwrap();
        self.keys("\u{e007}").await;
        let here = self.client.current_url().await.unwrap();
        assert_eq!(here.fragment(), to.strip_prefix('#'));
    }

    /// Shows pages at this width, as high as they are.
    pub async fn width(&self, width: u32) {
        let of = |height: u64| {
            json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params":
                { "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false } })
        };
        self.client.issue_cmd(Own("goog/cdp/execute", of(900))).await.unwrap();
        let high =
            self.client.execute("return document.documentElement.scrollHeight", Vec::new()).await.unwrap();
        self.client.issue_cmd(Own("goog/cdp/execute", of(high.as_u64().unwrap().min(8_000)))).await.unwrap();
    }

    /// What is shown from an element on, its first 3,000 pixels, as a JPEG: the pictures are kept with the
    /// source.
    pub async fn picture(&self, width: u32, from: &str) -> Vec<u8> {
        let script = "const top = document.querySelector(arguments[0]).getBoundingClientRect().top + scrollY;
            return [top, document.documentElement.scrollHeight - top]";
        let shown = self.client.execute(script, vec![json!(from)]).await.unwrap();
        let [from, high] = [0, 1].map(|at| shown[at].as_f64().unwrap());
        let clip = json!({ "x": 0, "y": from, "width": width, "height": high.min(3_000.0), "scale": 1 });
        let params = json!({ "format": "jpeg", "quality": 60, "clip": clip, "captureBeyondViewport": true });
        let command = json!({ "cmd": "Page.captureScreenshot", "params": params });
        let taken = self.client.issue_cmd(Own("goog/cdp/execute", command)).await.unwrap();
        base64::engine::general_purpose::STANDARD.decode(taken["data"].as_str().unwrap()).unwrap()
    }

    /// As in Windows' high contrast mode.
    pub async fn forced_colours(&self, on: bool) {
        let value = if on { "active" } else { "none" };
        let features = json!([{ "name": "forced-colors", "value": value }]);
        let command = json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "features": features } });
        self.client.issue_cmd(Own("goog/cdp/execute", command)).await.unwrap();
    }

    /// What sticks out to the right, in pixels.
    pub async fn overflow(&self) -> i64 {
        let script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
        self.client.execute(script, Vec::new()).await.unwrap().as_i64().unwrap()
    }

    /// What axe finds against WCAG 2.2 A and AA and best practice; and what it leaves for a person, by rule.
    pub async fn axe(&self) -> (Vec<String>, Vec<String>) {
        self.client.execute(&AXE, Vec::new()).await.unwrap();
        let run = "const done = arguments[0];
            axe.run({ runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'] }).then(r => done([
              r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 160))),
              r.incomplete.map(v => v.id), r.passes.length]))";
        let found = self.client.execute_async(run, Vec::new()).await.unwrap();
        let list = |at: usize| -> Vec<String> { serde_json::from_value(found[at].clone()).unwrap() };
        assert!(found[2].as_u64().unwrap() > 10, "axe looked at the page");
        (list(0), list(1))
    }

    /// What the console has said since this was last asked.
    pub async fn console(&self) -> Vec<String> {
        let said = self.client.issue_cmd(Own("se/log", json!({ "type": "browser" }))).await.unwrap();
        said.as_array().unwrap().iter().map(|line| line["message"].to_string()).collect()
    }

    /// Ends it.
    pub async fn close(self) {
        self.client.clone().close().await.unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It was started here; with it goes its browser.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
