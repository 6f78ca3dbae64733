//! Invented streets in Derbyshire-like towns, schools, surgeries, units and telephone numbers.
//!
//! Postcodes cannot be real: their last two letters hold one of C, I, K, M, O and V, which real
//! inward codes never have. Telephone numbers are from the ranges kept for drama.

use ppn_domain::notice::Address;
use ppn_domain::notice::codes::AddressKind;

use crate::dice::Dice;

/// A town with its postcode district, police area and social care area.
#[derive(Debug)]
pub(crate) struct Town {
    pub(crate) name: &'static str,
    outward: &'static str,
    /// The response base that polices it.
    pub(crate) base: &'static str,
    /// Key of the social care area.
    pub(crate) authority: &'static str,
    weight: u32,
}

const fn county(name: &'static str, outward: &'static str, base: &'static str, weight: u32) -> Town {
    Town { name, outward, base, authority: "derbyshire", weight }
}

const fn city(name: &'static str, outward: &'static str, weight: u32) -> Town {
    Town { name, outward, base: "Derby", authority: "derby_city", weight }
}

static TOWNS: &[Town] = &[
    city("Derby", "DE1", 9),
    city("Normanton, Derby", "DE23", 9),
    city("Chaddesden, Derby", "DE21", 6),
    city("Alvaston, Derby", "DE24", 7),
    city("Mackworth, Derby", "DE22", 5),
    county("Chesterfield", "S40", "Chesterfield", 9),
    county("Staveley, Chesterfield", "S43", "Chesterfield", 5),
    county("Bolsover", "S44", "Chesterfield", 4),
    county("Clay Cross", "S45", "Chesterfield", 3),
    county("Ilkeston", "DE7", "Ilkeston", 6),
    county("Long Eaton", "NG10", "Ilkeston", 5),
    county("Heanor", "DE75", "Ripley", 3),
    county("Alfreton", "DE55", "Ripley", 4),
    county("Ripley", "DE5", "Ripley", 4),
    county("Belper", "DE56", "Ripley", 3),
    county("Swadlincote", "DE11", "Swadlincote", 6),
    county("Buxton", "SK17", "Buxton", 3),
    county("Glossop", "SK13", "Buxton", 4),
    county("Matlock", "DE4", "Buxton", 2),
    county("Ashbourne", "DE6", "Swadlincote", 2),
];

/// A town by size.
pub(crate) fn town(dice: &mut Dice) -> &'static Town {
    TOWNS.get(dice.weighted(TOWNS.iter().map(|t| t.weight))).unwrap_or(&TOWNS[0])
}

static FIRST: &[&str] = &[
    "Larkhill",
    "Copperbeck",
    "Hollinmoor",
    "Thornley",
    "Millstone",
    "Pitsford",
    "Gritwell",
    "Kestrel",
    "Foxlow",
    "Tansley",
    "Hawksworth",
    "Limekiln",
    "Brackendale",
    "Quarrybank",
    "Hazelgate",
    "Rookery",
    "Stonebeck",
    "Winterfold",
    "Oakenshaw",
    "Colliers",
    "Bluebell",
    "Tramway",
    "Wharncliff",
    "Silverhill",
    "Pennyfield",
    "Harrowgate",
    "Cinderhill",
    "Lapwing",
    "Bellfield",
    "Curlew",
    "Dunstead",
    "Elderbrook",
    "Furnace Hill",
    "Grange Wood",
    "Heronsgate",
    "Ivy Bank",
    "Jessop",
    "Knollside",
    "Linnet",
    "Maltings",
    "Nettlebeck",
    "Orchard Top",
    "Packhorse",
    "Quoits",
    "Ravensdale Top",
    "Shepherds",
    "Turnpike",
    "Umberley",
    "Viaduct",
    "Whinberry",
    "Yarrowfield",
    "Brickyard",
    "Moorcroft",
    "Ashgrove",
    "Dovewell",
    "Saltergate Top",
    "Priory Wood",
    "Nightingale Hill",
];
static LAST: &[&str] =
    &["Rise", "Road", "Street", "Avenue", "Close", "Court", "Drive", "Lane", "Terrace", "Crescent"];

/// Endings that no real inward code has.
static INWARD: &[&str] = &["CI", "ZC", "KM", "VO", "IK", "OV", "MC", "ZI", "OX", "KZ"];

/// A street that does not exist.
pub(crate) fn street(dice: &mut Dice) -> String {
    format!("{} {}", dice.word(FIRST), dice.word(LAST))
}

fn postcode(town: &Town, dice: &mut Dice) -> String {
    format!("{} {}{}", town.outward, dice.between(0, 9), dice.word(INWARD))
}

/// A home in a town.
pub(crate) fn home(town: &Town, dice: &mut Dice) -> Address {
    let street = street(dice);
    let number = dice.between(1, 180);
    let mut lines = Vec::with_capacity(3);
    if dice.percent(18) {
        lines.push(format!("Flat {}", dice.between(1, 24)));
    }
    lines.push(format!("{number} {street}"));
    lines.push(town.name.to_owned());
    Address {
        lines,
        postcode: Some(postcode(town, dice)),
        uprn: dice.percent(30).then(|| dice.between(900_000_000_000, 999_999_999_999).to_string()),
        protected: None,
        kind: Some(AddressKind::Home),
    }
}

/// A place that is nobody's home.
pub(crate) fn other_place(town: &Town, kind: AddressKind, dice: &mut Dice) -> Address {
    let name = match kind {
        AddressKind::School => school(13, dice),
        AddressKind::Hospital => {
            dice.word(&["Emergency Department", "Ward 14", "Children's Assessment Unit"]).to_owned()
        }
        AddressKind::CareHome => format!("{} Care Home", dice.word(FIRST)),
        AddressKind::ChildrensHome => format!("{} House", dice.word(FIRST)),
        AddressKind::Custody => "Custody suite".to_owned(),
        AddressKind::Hostel => format!("{} Project", dice.word(FIRST)),
        AddressKind::Refuge => "Address withheld".to_owned(),
        AddressKind::PublicPlace => dice
            .word(&[
                "Retail park",
                "Bus station",
                "Town centre",
                "Recreation ground",
                "Canal towpath",
                "Superstore car park",
            ])
            .to_owned(),
        _ => street(dice),
    };
    Address {
        lines: vec![name, town.name.to_owned()],
        postcode: dice.percent(60).then(|| postcode(town, dice)),
        uprn: None,
        protected: (kind == AddressKind::Refuge).then_some(true),
        kind: Some(kind),
    }
}

/// A school that does not exist, for a child of this age.
pub(crate) fn school(years: i64, dice: &mut Dice) -> String {
    let kinds: &[&str] = match years {
        ..5 => &["Nursery", "Infant School", "Primary School"],
        5..11 => &["Primary School", "Junior School", "Church of England Primary School"],
        11..16 => &["Academy", "Community School", "High School"],
        _ => &["College", "Academy", "Sixth Form"],
    };
    format!("{} {}", dice.word(FIRST), dice.word(kinds))
}

/// A surgery that does not exist.
pub(crate) fn surgery(dice: &mut Dice) -> String {
    format!("{} {}", dice.word(FIRST), dice.word(&["Surgery", "Medical Centre", "Medical Practice"]))
}

/// How many telephone numbers are kept for drama in the two ranges used here.
pub(crate) const PHONES: u32 = 2000;

/// One of the telephone numbers kept for drama; the numbers repeat after [`PHONES`].
pub(crate) fn phone(number: u32) -> String {
    // A step that shares no factor with the count: neighbours don't get neighbouring numbers.
    let scattered = (u64::from(number) * 1237 + 411) % u64::from(PHONES);
    if scattered < 1000 {
        format!("07700 900{scattered:03}")
    } else {
        format!("01632 960{:03}", scattered - 1000)
    }
}
