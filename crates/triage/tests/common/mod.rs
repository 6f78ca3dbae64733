//! Notices tied by what they say of identifiers and addresses, without any linking: what history
//! makes of ties is tested apart from how ties are found.

use ppn_domain::profile::Digest;
use ppn_domain::{Notice, Timestamp};
use ppn_triage::linking::Homes;
use ppn_triage::{CueDecisions, Linked, Trace, Web};

/// Under which narratives are heard.
static POLICY: std::sync::LazyLock<ppn_triage::Policy> =
    std::sync::LazyLock::new(|| ppn_triage::Policy::from_toml(ppn_triage::DEFAULT_POLICY).unwrap());

/// Ties people by `person_id`; one that ends in a question mark may be the one without. Homes are
/// first lines of addresses.
pub fn web(notices: &[Notice]) -> Web {
    let mut names: Vec<String> = Vec::new();
    let mut number = |name: &str| {
        let at = names.iter().position(|n| n == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        });
        u32::try_from(at).unwrap()
    };
    let mut lived = Vec::new();
    let linked = notices
        .iter()
        .enumerate()
        .map(|(n, notice)| {
            let id = |p: usize| notice.persons[p].person_id.clone().unwrap_or(format!("{n} {p}"));
            // Everybody who is only possibly somebody is a person apart in each notice.
            let own = |p: usize| if id(p).ends_with('?') { format!("{} {n}", id(p)) } else { id(p) };
            let received = notice.submitted_at.unwrap_or(Timestamp::from_micros(0));
            for (p, person) in notice.persons.iter().enumerate() {
                if let Some(line) = person.address.as_ref().and_then(|address| address.lines.first()) {
                    let home = Digest::of(&[line.as_bytes()]);
                    lived.push((number(&own(p)), received, Some(home)));
                }
            }
            Linked {
                reference: notice.reference.clone(),
                ask: notice.is_restricted().then(|| "a supervisor".to_owned()),
                received,
                trace: Trace::of(&POLICY, notice, received, &CueDecisions::NONE),
                people: (0..notice.persons.len()).map(|p| number(&own(p))).collect(),
                possible: (0..notice.persons.len())
                    .flat_map(|p| {
                        let plain = id(p).trim_end_matches('?').to_owned();
                        let mut others: Vec<String> =
                            (0..notices.len()).filter(|m| *m != n).map(|m| format!("{plain}? {m}")).collect();
                        if id(p).ends_with('?') {
                            others.push(plain);
                        }
                        others.into_iter().map(move |name| (p, name)).collect::<Vec<_>>()
                    })
                    .map(|(p, name)| (u16::try_from(p).unwrap(), number(&name)))
                    .collect(),
            }
        })
        .collect();
    Web::new(linked, Homes::new(lived))
}
