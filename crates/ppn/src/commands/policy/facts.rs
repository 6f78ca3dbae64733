//! `ppn policy facts` and `ppn policy schema`: what a policy may ask for.

use ppn_triage::FactDoc;
use ppn_triage::facts::describe;
use ppn_triage::policy::schema;

use crate::cli::ListFormat;
use crate::commands::print;
use crate::failure::{Done, Failure};
use crate::table::table;

/// Lists every fact of the registry, or those whose identifier or meaning has a word in it.
pub fn list(word: Option<&str>, format: ListFormat) -> Result<Done, Failure> {
    let word = word.unwrap_or_default().to_lowercase();
    let facts: Vec<FactDoc> = describe()
        .into_iter()
        .filter(|fact| fact.id.contains(&word) || fact.meaning.to_lowercase().contains(&word))
        .collect();
    print(|out| match format {
        ListFormat::Table => {
            let mut page = table(&["Fact", "Kind", "Meaning", "Found in"]);
            for fact in &facts {
                page.add_row([&fact.id, fact.kind.word(), &fact.meaning, &fact.source]);
            }
            writeln!(out, "{page}")
        }
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &facts)?;
            writeln!(out)
        }
    })?;
    Ok(Done::All)
}

/// Prints the JSON Schema of a policy file.
pub fn print_schema() -> Result<Done, Failure> {
    print(|out| {
        serde_json::to_writer_pretty(&mut *out, &schema())?;
        writeln!(out)
    })?;
    Ok(Done::All)
}
