//! `ppn config`: every setting, its value, and where that comes from.

use serde_json::json;

use super::{print, print_json};
use crate::cli::{Global, ListFormat, Settings};
use crate::config::{Config, Origin, Standing};
use crate::failure::{Done, Failure};
use crate::table::{at_least, harmless, table};

/// Runs the command.
pub fn run(config: &Config, global: &Global, args: &Settings) -> Result<Done, Failure> {
    let standing = config.standing(global)?;
    match args.format {
        ListFormat::Json => {
            let settings: Vec<_> = standing.iter().map(as_json).collect();
            print_json(&json!({ "settings": settings }))?;
        }
        ListFormat::Table => {
            let mut rows = table(&["Setting", "Value", "From", "Environment"]);
            for one in &standing {
                rows.add_row([
                    one.key.to_owned(),
                    one.value.as_deref().map_or("not set".into(), harmless).into_owned(),
                    from(&one.origin),
                    one.variable.to_owned(),
                ]);
            }
            at_least(&mut rows, 0, 27);
            print(|out| writeln!(out, "{rows}"))?;
        }
    }
    Ok(Done::All)
}

/// Where a value comes from, in words.
pub fn from(origin: &Origin) -> String {
    match origin {
        Origin::Default => "default".to_owned(),
        Origin::File { name, line } => format!("{}, line {line}", harmless(name)),
        Origin::Environment(_) => "environment".to_owned(),
        Origin::Flag(flag) => (*flag).to_owned(),
    }
}

fn as_json(one: &Standing) -> serde_json::Value {
    let (from, file, line) = match &one.origin {
        Origin::Default => ("default", None, None),
        Origin::File { name, line } => ("file", Some(name), Some(line)),
        Origin::Environment(_) => ("environment", None, None),
        Origin::Flag(_) => ("flag", None, None),
    };
    json!({
        "key": one.key, "variable": one.variable, "value": one.value, "from": from, "file": file, "line": line,
    })
}
