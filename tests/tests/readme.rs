//! Every `ppn` command and `curl` line in the README runs, in order, in a fresh folder.

use std::process::Command;

/// The `sh` blocks of the README, without those that only call make or git.
fn script() -> String {
    let readme = std::fs::read_to_string(ppn_tests::root().join("README.md")).unwrap();
    let mut script = String::new();
    let mut inside = false;
    for line in readme.lines() {
        if line.trim_start().starts_with("```") {
            inside = line.trim() == "```sh";
        } else if inside && !line.starts_with("make") && !line.starts_with("git") && !line.starts_with("cd ")
        {
            script.push_str(line);
            script.push('\n');
        }
    }
    script
}

#[test]
fn every_command_in_the_readme_runs() {
    let script = script();
    for needed in ["ppn migrate", "ppn serve", "ppn rank", "ppn import", "curl"] {
        assert!(script.contains(needed), "the README shows no `{needed}`");
    }
    let folder = tempfile::tempdir().unwrap();
    for shared in ["config", "tests"] {
        std::os::unix::fs::symlink(ppn_tests::root().join(shared), folder.path().join(shared)).unwrap();
    }
    // The README's address is a free one here.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let script = script.replace("127.0.0.1:8080", &format!("127.0.0.1:{port}"));
    let whole = format!(
        "set -eu\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n\
         curl() {{ command curl --retry 40 --retry-connrefused --retry-delay 1 --fail-with-body -sS \"$@\"; }}\n{script}"
    );
    let ppn = ppn_tests::ppn();
    let path = format!("{}:{}", ppn.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .arg("-c")
        .arg(whole)
        .current_dir(folder.path())
        .env("PATH", path)
        .env("PPN_LISTEN", format!("127.0.0.1:{port}"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}\n{}\n{script}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
