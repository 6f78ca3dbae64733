//! `ppn policy check`: what is wrong with a policy, or what it holds.

use std::io::Write;
use std::path::Path;

use ppn_triage::explain::{Contents, contents};

use crate::commands::print;
use crate::config::Config;
use crate::failure::{Done, Failure};
use crate::policy_file;

/// Runs the command.
pub async fn run(config: &Config, file: &Path) -> Result<Done, Failure> {
    let policy = policy_file::read_named(config, Some(file)).await?;
    print(|out| told(out, &contents(&policy)))?;
    Ok(Done::All)
}

fn told(out: &mut dyn Write, contents: &Contents) -> std::io::Result<()> {
    writeln!(out, "The policy can be used.\n")?;
    writeln!(out, "  version    {}", crate::table::harmless(&contents.version))?;
    writeln!(out, "  SHA-256    {}", contents.hash)?;
    for (section, entries) in &contents.sections {
        writeln!(out, "  {section:<10} {entries}")?;
    }
    writeln!(out, "  facts used {}", contents.facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_policy_holds() {
        let contents = Contents {
            version: "7".to_owned(),
            hash: "0".repeat(64),
            sections: [("cluster", 31), ("factor", 100)].map(|(s, n)| (s.to_owned(), n)).into(),
            facts: 210,
        };
        let mut page = Vec::new();
        told(&mut page, &contents).unwrap();
        insta::assert_snapshot!(String::from_utf8(page).unwrap());
    }
}
