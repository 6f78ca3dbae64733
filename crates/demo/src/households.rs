//! Invented people and the households they live in.

use chrono::{Days, Months, NaiveDate};
use ppn_domain::age_on;
use ppn_domain::notice::codes::{AddressKind, Marker};
use ppn_domain::notice::{Address, SocialCare};

use crate::dice::Dice;
use crate::names::Pool;
use crate::narrative::{Need, Outsider, Spec};
use crate::places::{self, Town};

/// Somebody as they truly are; what a notice says of them may differ.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// The source system's number.
    pub(crate) nominal: u32,
    pub(crate) female: bool,
    pub(crate) given: &'static str,
    pub(crate) family: String,
    pub(crate) maiden: Option<String>,
    pub(crate) born: NaiveDate,
    pub(crate) ethnicity: &'static str,
    pub(crate) seen_as: usize,
    pub(crate) language: Option<&'static str>,
    /// None where nobody has it: the numbers kept for drama are few, and two people with one number would be
    /// taken for one household.
    pub(crate) phone: Option<String>,
    pub(crate) address: Address,
    pub(crate) school: Option<String>,
    pub(crate) surgery: String,
    pub(crate) markers: Vec<Marker>,
    pub(crate) social_care: Option<SocialCare>,
    /// When a birth is expected.
    pub(crate) due: Option<NaiveDate>,
}

impl Member {
    /// Age in whole years.
    pub(crate) fn age(&self, day: NaiveDate) -> u8 {
        age_on(self.born, day).and_then(|y| u8::try_from(y).ok()).unwrap_or(0)
    }

    /// Age as an officer writes it.
    pub(crate) fn age_text(&self, day: NaiveDate) -> String {
        let years = self.age(day);
        if years >= 2 {
            return years.to_string();
        }
        let months = (day - self.born).num_days() / 30;
        if months < 3 { format!("{} weeks", (months * 30 / 7).max(2)) } else { format!("{months} mths") }
    }
}

/// What the two adults are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tie {
    Alone,
    Married,
    Partners,
    Former,
    GrownChild,
}

/// People who belong together, over as many notices as they come to.
#[derive(Debug, Clone)]
pub(crate) struct Household {
    pub(crate) town: &'static Town,
    pub(crate) primary: Member,
    pub(crate) other: Option<Member>,
    pub(crate) tie: Tie,
    pub(crate) kids: Vec<Member>,
    pub(crate) outsider: Option<Member>,
    /// Notices so far.
    pub(crate) notices: u32,
    /// The reference of the latest.
    pub(crate) latest: Option<String>,
}

impl Household {
    /// Whether this household can be the one that a theme needs.
    pub(crate) fn meets(&self, need: Need, day: NaiveDate) -> bool {
        let aged = |m: &Member, low, high| (low..=high).contains(&m.age(day));
        match need {
            Need::Couple => matches!(self.tie, Tie::Married | Tie::Partners),
            Need::Apart => self.tie == Tie::Former,
            Need::GrownChild => self.tie == Tie::GrownChild,
            Need::Child(low, high) => self.kids.iter().any(|k| aged(k, low, high)),
            Need::Adult(low, high) => {
                self.tie == Tie::Alone && self.kids.is_empty() && aged(&self.primary, low, high)
            }
            Need::Pregnant => self.primary.due.is_some_and(|due| due > day),
        }
    }

    /// Somebody from outside, the same one each time.
    pub(crate) fn bring_in(
        &mut self,
        outsider: Outsider,
        day: NaiveDate,
        maker: &mut Maker,
        dice: &mut Dice,
    ) {
        let (low, high) = match outsider {
            Outsider::None | Outsider::Unknown => return,
            Outsider::Adult => (20, 58),
            Outsider::Child => (12, 17),
            Outsider::Older => (54, 76),
        };
        let fits = self.outsider.as_ref().is_some_and(|m| (low..=high).contains(&m.age(day)));
        if !fits {
            let home = places::home(self.town, dice);
            let female = dice.percent(8);
            self.outsider = Some(maker.member(
                Pool::draw(dice),
                female,
                (i64::from(low), i64::from(high)),
                day,
                &home,
                dice,
            ));
        }
    }
}

/// Makes people, each with the next number.
#[derive(Debug)]
pub(crate) struct Maker {
    next: u32,
    phones: Phones,
    phones_given: u32,
}

/// How the few telephone numbers kept for drama are given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phones {
    /// To most adults, each number once, until there are none left.
    Once,
    /// To few people, round and round: an endless stream would soon have none.
    Sparse,
}

impl Maker {
    /// Numbers start here.
    pub(crate) const fn new(phones: Phones) -> Self {
        Self { next: 100_001, phones, phones_given: 0 }
    }

    fn phone(&mut self, years: i64, dice: &mut Dice) -> Option<String> {
        let percent = match (self.phones, years) {
            (_, ..11) => 0,
            (Phones::Once, ..18) => 25,
            (Phones::Once, _) => 52,
            (Phones::Sparse, _) => 5,
        };
        let left = self.phones == Phones::Sparse || self.phones_given < places::PHONES;
        if !(left && dice.percent(percent)) {
            return None;
        }
        self.phones_given = self.phones_given.wrapping_add(1);
        Some(places::phone(self.phones_given))
    }

    fn member(
        &mut self,
        pool: &'static Pool,
        female: bool,
        (low, high): (i64, i64),
        day: NaiveDate,
        home: &Address,
        dice: &mut Dice,
    ) -> Member {
        // Steps of seven keep the numbers apart from one another, as real ones are.
        self.next += 7;
        let years = dice.between(low, high);
        let months = u32::try_from(years * 12).unwrap_or(0);
        // At most eleven months and 29 days on top, so that the age in years stays what was drawn.
        let days = u64::try_from(dice.between(3, 363)).unwrap_or(3);
        let born = day
            .checked_sub_months(Months::new(months))
            .and_then(|d| d.checked_sub_days(Days::new(days)))
            .unwrap_or(day);
        let language = if dice.percent(45) { dice.pick(pool.languages) } else { None };
        let school_age = (3..18).contains(&years);
        Member {
            nominal: self.next,
            female,
            given: pool.given(female, years, dice),
            family: pool.family(dice),
            maiden: None,
            born,
            ethnicity: pool.ethnicity(dice),
            seen_as: pool.seen_as,
            language,
            phone: self.phone(years, dice),
            address: home.clone(),
            school: school_age.then(|| places::school(years, dice)),
            surgery: places::surgery(dice),
            markers: Vec::new(),
            social_care: None,
            due: None,
        }
    }

    /// A new household that meets a need.
    pub(crate) fn household(&mut self, spec: &Spec, day: NaiveDate, dice: &mut Dice) -> Household {
        let need = spec.need;
        let town = places::town(dice);
        let home = places::home(town, dice);
        // Somebody brought here from elsewhere has no first language of these parts.
        let pool = if spec.theme.brought_from_abroad() { Pool::draw_abroad(dice) } else { Pool::draw(dice) };
        let oldest_child = match need {
            Need::Child(_, high) => i64::from(high),
            _ => 0,
        };
        let ages = match need {
            Need::Couple | Need::Apart => (19, 58),
            Need::GrownChild => (48, 86),
            Need::Child(..) => (oldest_child.max(4) + 17, 52),
            Need::Adult(low, high) => (i64::from(low), i64::from(high)),
            Need::Pregnant => (17, 40),
        };
        let female = match need {
            Need::Pregnant => true,
            Need::Adult(..) => dice.percent(48),
            Need::GrownChild => dice.percent(66),
            _ => dice.percent(77),
        };
        let mut primary = self.member(pool, female, ages, day, &home, dice);
        if need == Need::Pregnant || (female && primary.age(day) < 41 && dice.percent(5)) {
            primary.due = day.checked_add_days(Days::new(u64::try_from(dice.between(21, 210)).unwrap_or(21)));
        }
        if female && dice.percent(25) {
            primary.maiden = Some(pool.family(dice));
        }
        let tie = match need {
            Need::Couple if dice.percent(35) => Tie::Married,
            Need::Couple => Tie::Partners,
            Need::Apart => Tie::Former,
            Need::GrownChild => Tie::GrownChild,
            Need::Child(..) => *dice
                .pick(&[&Tie::Married, &Tie::Partners, &Tie::Partners, &Tie::Former, &Tie::Alone])
                .unwrap_or(&Tie::Alone),
            Need::Pregnant if dice.percent(70) => Tie::Partners,
            Need::Pregnant | Need::Adult(..) => Tie::Alone,
        };
        let other = self.second_adult(&primary, tie, town, day, dice);
        let kids = self.children(need, &primary, other.as_ref(), pool, day, dice);
        Household { town, primary, other, tie, kids, outsider: None, notices: 0, latest: None }
    }

    fn second_adult(
        &mut self,
        primary: &Member,
        tie: Tie,
        town: &'static Town,
        day: NaiveDate,
        dice: &mut Dice,
    ) -> Option<Member> {
        let age = i64::from(primary.age(day));
        let (female, ages) = match tie {
            Tie::Alone => return None,
            Tie::GrownChild => (dice.percent(30), (18.max(age - 38), 18.max(age - 19))),
            // One couple in twenty-five is of one sex.
            _ => (primary.female == dice.percent(4), (18.max(age - 6), age + 9)),
        };
        let pool = Pool::draw(dice);
        let away = matches!(tie, Tie::Former) || (tie == Tie::GrownChild && dice.percent(25));
        let home = if away { places::home(town, dice) } else { primary.address.clone() };
        let mut other = self.member(pool, female, ages, day, &home, dice);
        if matches!(tie, Tie::Married | Tie::GrownChild) {
            other.family.clone_from(&primary.family);
        }
        if dice.percent(14) {
            other.markers.push(
                *dice
                    .pick(&[
                        &Marker::Violent,
                        &Marker::Drugs,
                        &Marker::SelfHarm,
                        &Marker::Weapons,
                        &Marker::MentalHealth,
                    ])
                    .unwrap_or(&Marker::Violent),
            );
        }
        Some(other)
    }

    fn children(
        &mut self,
        need: Need,
        primary: &Member,
        other: Option<&Member>,
        pool: &'static Pool,
        day: NaiveDate,
        dice: &mut Dice,
    ) -> Vec<Member> {
        let parent_age = i64::from(primary.age(day));
        let wanted = match need {
            Need::Child(low, high) => Some((i64::from(low), i64::from(high))),
            _ => None,
        };
        let more = match need {
            Need::Adult(..) | Need::GrownChild => 0,
            Need::Child(..) => dice.below(3),
            Need::Couple | Need::Apart if parent_age < 50 => dice.below(4),
            _ => dice.below(2),
        };
        let oldest = 17.min(parent_age - 17);
        let mut kids = Vec::with_capacity(more + 1);
        let ranges =
            wanted.into_iter().chain(std::iter::repeat_n((0, oldest), if oldest < 0 { 0 } else { more }));
        for range in ranges {
            let female = dice.percent(48);
            let mut kid = self.member(pool, female, range, day, &primary.address, dice);
            // Two of one name in a house would make nonsense of the narrative.
            for _ in 0..8 {
                let taken = |m: &Member| m.given == kid.given;
                if !(taken(primary) || other.is_some_and(taken) || kids.iter().any(taken)) {
                    break;
                }
                kid.given = pool.given(female, i64::from(kid.age(day)), dice);
            }
            let from_other = other.filter(|_| dice.percent(55));
            kid.family.clone_from(&from_other.unwrap_or(primary).family);
            kids.push(kid);
        }
        kids
    }
}

/// Addresses of places that are nobody's own.
pub(crate) fn place(town: &'static Town, kind: AddressKind, dice: &mut Dice) -> Address {
    places::other_place(town, kind, dice)
}
