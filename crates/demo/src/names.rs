//! Invented names in the proportions of England's population, and the ways in which they get misspelt.

use crate::dice::Dice;

/// Where a family's names come from, with the ethnicity codes that go with them.
pub(crate) struct Pool {
    weight: u32,
    female: &'static [&'static str],
    male: &'static [&'static str],
    family: &'static [&'static str],
    ethnicity: &'static [&'static str],
    /// Officer-defined code.
    pub(crate) seen_as: usize,
    /// First languages other than English that are likely, if any.
    pub(crate) languages: &'static [&'static str],
}

impl Pool {
    /// A pool by its share of the population.
    pub(crate) fn draw(dice: &mut Dice) -> &'static Self {
        POOLS.get(dice.weighted(POOLS.iter().map(|p| p.weight))).unwrap_or(&POOLS[0])
    }

    /// A pool of people whose first language is likely not English.
    pub(crate) fn draw_abroad(dice: &mut Dice) -> &'static Self {
        let weights = POOLS.iter().map(|p| if p.languages.is_empty() { 0 } else { p.weight });
        POOLS.get(dice.weighted(weights)).unwrap_or(&POOLS[0])
    }

    /// A given name that somebody of this age may have.
    pub(crate) fn given(&self, female: bool, years: i64, dice: &mut Dice) -> &'static str {
        let of = if female { self.female } else { self.male };
        // Fashions change most in the largest pool, whose lists run from the oldest names to the youngest.
        let third = of.len() / 3;
        let range = match years {
            _ if of.len() < 30 => 0..of.len(),
            50.. => 0..third,
            20..50 => third / 2..of.len() - third,
            _ => of.len() - third..of.len(),
        };
        dice.word(of.get(range).unwrap_or(of))
    }

    /// A family name; one in fourteen is double.
    pub(crate) fn family(&self, dice: &mut Dice) -> String {
        let first = dice.word(self.family);
        let second = dice.word(self.family);
        if first != second && dice.percent(7) { format!("{first}-{second}") } else { first.to_owned() }
    }

    /// A self-defined ethnicity code.
    pub(crate) fn ethnicity(&self, dice: &mut Dice) -> &'static str {
        dice.word(self.ethnicity)
    }
}

static POOLS: [Pool; 11] = [
    Pool {
        weight: 700,
        female: &[
            "Margaret",
            "Maureen",
            "Sheila",
            "Janet",
            "Debra",
            "Linda",
            "Susan",
            "Carol",
            "Jean",
            "Pauline",
            "Denise",
            "Christine",
            "Barbara",
            "Lorraine",
            "Joanne",
            "Tracey",
            "Donna",
            "Michelle",
            "Lisa",
            "Kelly",
            "Sarah-Jane",
            "Rachel",
            "Samantha",
            "Gemma",
            "Leanne",
            "Kirsty",
            "Natalie",
            "Hayley",
            "Stacey",
            "Carly",
            "Vicky",
            "Danielle",
            "Kerry-Ann",
            "Toni",
            "Steph",
            "Amy",
            "Katie",
            "Jade",
            "Beth",
            "Lucy",
            "Zoë",
            "Chloe",
            "Megan",
            "Ellie",
            "Abigail",
            "Holly",
            "Georgia",
            "Paige",
            "Courtney",
            "Emily",
            "Freya",
            "Lily",
            "Poppy",
            "Evie",
            "Maisie",
            "Ruby",
            "Daisy",
            "Ava",
            "Isla",
            "Willow",
        ],
        male: &[
            "Roy", "Derek", "Keith", "Trevor", "Barry", "Graham", "Geoffrey", "Ronald", "Brian", "Alan",
            "Malcolm", "Raymond", "Ian", "Neil", "Stuart", "Kevin", "Gary", "Anthony", "Stephen", "Wayne",
            "Darren", "Mark", "Carl", "Lee", "Craig", "Dean", "Scott", "Shaun", "Phillip", "Jon", "Matthew",
            "Jamie", "Ashley", "Ryan", "Liam", "Nathan", "Kieran", "Callum", "Josh", "Jordan", "Connor",
            "Brandon", "Lewis", "Tyler", "Harley", "Jayden", "Kai", "Mason", "Riley", "Alfie", "Archie",
            "Finley", "Noah", "Theo", "Oscar", "Leo", "Freddie", "Reuben", "Toby", "Blake",
        ],
        family: &[
            "Ashworth",
            "Barlow",
            "Bagshaw",
            "Beresford",
            "Bramley",
            "Brocklehurst",
            "Calladine",
            "Cutts",
            "Cresswell",
            "Dakin",
            "Doxey",
            "Eyre",
            "Fearn",
            "Flint",
            "Froggatt",
            "Gregory",
            "Gilman",
            "Hallam",
            "Heathcote",
            "Hibbert",
            "Holmes",
            "Housley",
            "Hunstone",
            "Kirk",
            "Limb",
            "Lomas",
            "Marples",
            "Marsden",
            "Mellor",
            "Needham",
            "Oldfield",
            "Orme",
            "Oxley",
            "Palfreyman",
            "Pickering",
            "Platts",
            "Redfern",
            "Renshaw",
            "Rowbottom",
            "Seedhouse",
            "Shaw",
            "Sidebottom",
            "Slack",
            "Spendlove",
            "Staley",
            "Swindell",
            "Taylor",
            "Thorpe",
            "Turton",
            "Twigg",
            "Unwin",
            "Wagstaff",
            "Walker",
            "Wardle",
            "Wheatcroft",
            "Wildgoose",
            "Wragg",
            "Yeomans",
            "Allsop",
            "Bown",
            "Clarke",
            "Hopkinson",
        ],
        ethnicity: &["W1", "W1", "W1", "W1", "W1", "W1", "M1", "M9"],
        seen_as: 0,
        languages: &[],
    },
    Pool {
        weight: 35,
        female: &["Siân", "Cerys", "Rhiannon", "Bethan", "Carys", "Nerys", "Ffion", "Angharad", "Megan"],
        male: &["Gareth", "Dylan", "Rhys", "Owain", "Huw", "Ieuan", "Aled", "Gethin", "Emrys"],
        family: &["Pritchard", "Bowen", "Parry", "Llewellyn", "Probert", "Gwynne", "Prosser", "Maddocks"],
        ethnicity: &["W1"],
        seen_as: 0,
        languages: &[],
    },
    Pool {
        weight: 35,
        female: &["Morag", "Eilidh", "Catriona", "Isla", "Shona", "Fiona", "Kirsteen", "Ailsa"],
        male: &["Hamish", "Fraser", "Euan", "Callum", "Angus", "Gregor", "Duncan", "Blair"],
        family: &[
            "McAllister",
            "MacKinlay",
            "Drummond",
            "Buchan",
            "Galbraith",
            "Kinnaird",
            "McCrindle",
            "Rennie",
        ],
        ethnicity: &["W1"],
        seen_as: 0,
        languages: &[],
    },
    Pool {
        weight: 40,
        female: &["Aoife", "Siobhan", "Niamh", "Bridget", "Róisín", "Sinead", "Caoimhe", "Kathleen"],
        male: &["Sean", "Declan", "Padraig", "Cormac", "Eamon", "Fergal", "Kieran", "Brendan"],
        family: &[
            "O'Rourke",
            "Devaney",
            "Gallagher",
            "McGinty",
            "O'Dowd",
            "Quilligan",
            "Brannigan",
            "Tierney",
        ],
        ethnicity: &["W2", "W2", "W3", "W1"],
        seen_as: 0,
        languages: &[],
    },
    Pool {
        weight: 60,
        female: &[
            "Aisha", "Zainab", "Priya", "Harpreet", "Simran", "Samina", "Nasreen", "Fatima", "Anjali",
            "Maryam", "Rukhsana", "Jasleen", "Sana", "Hafsa", "Meena",
        ],
        male: &[
            "Imran", "Mohammed", "Tariq", "Gurdeep", "Amit", "Rajesh", "Bilal", "Hamza", "Sukhdev", "Adeel",
            "Faisal", "Manjit", "Zeeshan", "Yusuf", "Rohan",
        ],
        family: &[
            "Hussain", "Begum", "Dhaliwal", "Sandhu", "Mahmood", "Akhtar", "Chaudhry", "Rathore", "Grewal",
            "Mistry", "Solanki", "Qureshi", "Kaur", "Bains", "Uddin",
        ],
        ethnicity: &["A1", "A2", "A2", "A3", "A9"],
        seen_as: 3,
        languages: &["Punjabi", "Urdu", "Mirpuri", "Gujarati", "Bengali"],
    },
    Pool {
        weight: 45,
        female: &["Agnieszka", "Katarzyna", "Zofia", "Małgorzata", "Ewa", "Oliwia", "Natalia", "Beata"],
        male: &["Piotr", "Krzysztof", "Tomasz", "Marcin", "Paweł", "Jakub", "Dawid", "Szymon"],
        family: &["Kowalczyk", "Wrona", "Zawadzki", "Pietrzak", "Sikora", "Mazur", "Dudek", "Lisowski"],
        ethnicity: &["W9"],
        seen_as: 0,
        languages: &["Polish"],
    },
    Pool {
        weight: 20,
        female: &["Ioana", "Elena", "Mihaela", "Jurgita", "Rasa", "Ilze", "Petya"],
        male: &["Ionut", "Florin", "Bogdan", "Mindaugas", "Andris", "Vasil", "Costel"],
        family: &["Popa", "Ionescu", "Kazlauskas", "Ozols", "Dimov", "Lacatus", "Munteanu"],
        ethnicity: &["W9", "W4", "NS"],
        seen_as: 1,
        languages: &["Romanian", "Lithuanian", "Latvian", "Bulgarian"],
    },
    Pool {
        weight: 25,
        female: &["Chidinma", "Abena", "Ngozi", "Tendai", "Folake", "Selam", "Wanjiru", "Makeda"],
        male: &["Emeka", "Kwame", "Tinashe", "Babatunde", "Yonas", "Kofi", "Tesfay", "Chukwudi"],
        family: &["Okafor", "Mensah", "Adeyemi", "Moyo", "Tekle", "Boateng", "Nwosu", "Chikwanda"],
        ethnicity: &["B1", "B1", "B9", "M2"],
        seen_as: 2,
        languages: &["Yoruba", "Shona", "Tigrinya", "Twi"],
    },
    Pool {
        weight: 20,
        female: &["Shanice", "Marcia", "Tiana", "Yvonne", "Latoya", "Gloria", "Kadisha"],
        male: &["Jermaine", "Delroy", "Tyrese", "Winston", "Leroy", "Kemar", "Devonte"],
        family: &["Campbell", "Grant", "Francis", "Blackwood", "Pinnock", "Bailey", "Gayle"],
        ethnicity: &["B2", "B2", "M1"],
        seen_as: 2,
        languages: &[],
    },
    Pool {
        weight: 10,
        female: &["Mei Ling", "Xiu", "Ka Yan", "Hui", "Linh", "Jing"],
        male: &["Wei", "Jun", "Ka Ho", "Minh", "Zhen", "Tuan"],
        family: &["Cheung", "Lau", "Zhang", "Nguyen", "Leung", "Ho"],
        ethnicity: &["O1", "A4", "A9"],
        seen_as: 4,
        languages: &["Cantonese", "Mandarin", "Vietnamese"],
    },
    Pool {
        weight: 14,
        female: &["Layla", "Noor", "Rania", "Shirin", "Hanan", "Zaynab"],
        male: &["Omar", "Karwan", "Ahmad", "Hassan", "Reza", "Khalid"],
        family: &["Al-Jabri", "Haddad", "Karimi", "Rashid", "Saleh", "Mustafa"],
        ethnicity: &["O2", "O9", "A9"],
        seen_as: 5,
        languages: &["Arabic", "Kurdish Sorani", "Farsi"],
    },
];

/// Pairs that one ear hears and another hand writes.
static HEARD_AS: &[(&str, &str)] = &[
    ("Shaun", "Sean"),
    ("Sean", "Shaun"),
    ("Stephen", "Steven"),
    ("Mohammed", "Muhammad"),
    ("Ashley", "Ashleigh"),
    ("Zoë", "Zoe"),
    ("Siân", "Sian"),
    ("Paweł", "Pawel"),
    ("Małgorzata", "Malgorzata"),
    ("Róisín", "Roisin"),
    ("Jon", "John"),
    ("Phillip", "Philip"),
    ("Kieran", "Kieron"),
    ("Leanne", "Lianne"),
    ("Kirsty", "Kirstie"),
    ("Stacey", "Stacy"),
    ("Tracey", "Tracy"),
    ("Callum", "Calum"),
    ("Zainab", "Zaynab"),
    ("Geoffrey", "Jeff"),
    ("Siobhan", "Shivaun"),
    ("Niamh", "Neve"),
    ("Yusuf", "Yousef"),
    ("Katie", "Katy"),
    ("Vicky", "Victoria"),
    ("Steph", "Stephanie"),
    ("Samantha", "Sam"),
    ("Josh", "Joshua"),
    ("Beth", "Elizabeth"),
    ("Riley", "Ryley"),
    ("Jayden", "Jaden"),
    ("Maisie", "Maizie"),
    ("Conor", "Connor"),
    ("Connor", "Conner"),
    ("Agnieszka", "Agnes"),
    ("Clarke", "Clark"),
    ("Hussain", "Hussein"),
    ("Ashworth", "Ashforth"),
    ("O'Rourke", "ORourke"),
    ("McGinty", "MacGinty"),
    ("Dakin", "Daykin"),
    ("Swindell", "Swindells"),
    ("Holmes", "Homes"),
    ("Mahmood", "Mahmoud"),
    ("Uddin", "Udin"),
    ("Shaw", "Shore"),
    ("Taylor", "Tailor"),
    ("Eyre", "Ayre"),
    ("Bown", "Bowen"),
    ("Oxley", "Oxly"),
    ("Gallagher", "Gallacher"),
    ("Nguyen", "Nguyan"),
    ("Allsop", "Alsop"),
];

/// A name as somebody else might write it: heard otherwise, a hyphen or apostrophe dropped, letters changed over.
pub(crate) fn misspelt(name: &str, dice: &mut Dice) -> String {
    if let Some((_, heard)) = HEARD_AS.iter().find(|(written, _)| *written == name) {
        return (*heard).to_owned();
    }
    if name.contains('-') {
        return name.replace('-', dice.word(&[" ", ""]));
    }
    if name.contains('\'') {
        return name.replace('\'', "");
    }
    let letters: Vec<char> = name.chars().collect();
    if letters.len() < 4 {
        return name.to_owned();
    }
    // The first letter is kept: a slip there is rare, and nobody would find the person again.
    let at = 1 + dice.below(letters.len() - 2);
    let mut out: Vec<char> = letters.clone();
    match dice.below(3) {
        0 => out.swap(at, at + 1),
        1 => {
            out.remove(at);
        }
        _ => out.insert(at, letters.get(at).copied().unwrap_or('e')),
    }
    out.into_iter().collect()
}
