//! TEMPORARY
use ppn_domain::Notice;
use ppn_domain::profile::*;
pub fn profiles(n: &Notice) -> Vec<Profile> {
    n.persons
        .iter()
        .map(|p| Profile {
            identifiers: p
                .person_id
                .iter()
                .map(|i| (Digest::of(&[n.source.as_bytes()]), Digest::of(&[i.as_bytes()])))
                .collect(),
            name: Name {
                given: p.given_names.clone().unwrap_or_default().to_lowercase(),
                family: p.family_name.clone().unwrap_or_default().to_lowercase(),
            },
            birth: p.date_of_birth.map_or(Birth::Missing, Birth::Exact),
            ..Profile::default()
        })
        .collect()
}
