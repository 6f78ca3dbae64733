//! TEMPORARY
use ppn_domain::profile::Profile;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Confirmed,
    Refused,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision<K> {
    pub a: K,
    pub b: K,
    pub verdict: Verdict,
}
pub struct Likeness {
    pub score: i32,
    pub reasons: Vec<String>,
}
pub fn partition<K: Ord + Copy>(mentions: &[(K, &Profile)], decisions: &[Decision<K>]) -> Vec<usize> {
    let mut g: Vec<usize> = (0..mentions.len()).collect();
    for i in 0..mentions.len() {
        for j in 0..i {
            let said = |v| {
                decisions.iter().any(|d| {
                    d.verdict == v
                        && ((d.a, d.b) == (mentions[i].0, mentions[j].0)
                            || (d.b, d.a) == (mentions[i].0, mentions[j].0))
                })
            };
            if (mentions[i].1.identifiers.iter().any(|x| mentions[j].1.identifiers.contains(x))
                && !said(Verdict::Refused))
                || said(Verdict::Confirmed)
            {
                let (a, b) = (g[i], g[j]);
                for x in &mut g {
                    if *x == a {
                        *x = b
                    }
                }
            }
        }
    }
    g
}
pub fn compare(a: &Profile, b: &Profile) -> Likeness {
    Likeness {
        score: if a.name.family == b.name.family && a.birth == b.birth && !a.name.family.is_empty() {
            100
        } else {
            0
        },
        reasons: vec!["alike".into()],
    }
}
pub struct Linking {
    pub possible_at: i32,
}
