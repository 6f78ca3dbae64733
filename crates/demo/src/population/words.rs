//! How officers put facts, in a hurry and each in their own way; and sentences that sound like a fact
//! and state none.
//!
//! Slots and choices are those of the demonstration's narratives: `{v}` is the victim, the subject or
//! the child's parent, `{s}` the suspect, `{c}` the child, and `[a|b]` a choice.

use ppn_domain::notice::codes::Indicator as I;
use ppn_domain::notice::codes::NoticeKind;

use super::words_child::of_child;

/// Sentences that state a fact; `None` where the narrative has no words for it.
pub(crate) const fn stating(fact: I, kind: NoticeKind, grave: bool) -> Option<&'static [&'static str]> {
    match kind {
        NoticeKind::Child => of_child(fact, grave),
        NoticeKind::Adult | NoticeKind::DomesticAbuse => match of_adult(fact, grave) {
            Some(words) => Some(words),
            None => of_abuse(fact),
        },
    }
}

#[expect(clippy::too_many_lines, reason = "a table of sentences")]
const fn of_abuse(fact: I) -> Option<&'static [&'static str]> {
    Some(match fact {
        I::NonFatalStrangulation => &[
            "{s} got both hands round {vp} [neck|throat] and {vs} [could not get a breath|thought that was it|felt {vp} legs go].",
            "During the row {v} was throttled, [there are finger marks either side of the windpipe|voice still croaky when we spoke|small red dots to the eyelids seen].",
            "{Ss} put {vo} in a headlock and squeezed until {vs} [went dizzy|blacked out for a second|wet {vr}].",
            "{v} states {ss} held a pillow over {vp} face [for what felt like ages|till {vs} stopped kicking].",
            "Pinned against the [fridge|wall|car] by the throat, feet off the floor per {v}.",
            "{s} has choked {vo} [tonight|this evening|in the bedroom], {vs} was struggling for air.",
            "{v} said a forearm was across {vp} windpipe and everything went fuzzy.",
        ],
        I::WeaponUsed => &[
            "{s} hit {vo} over the head with a [frying pan|bottle|hammer|belt buckle].",
            "{v} has a cut to the [hand|forearm] from where {ss} swung a [knife|Stanley blade] at {vo}.",
            "A [baseball bat|metal pole|chair leg] was used on {vp} [legs|back] and is seized.",
            "{s} stabbed at {vo} with [scissors|a screwdriver], caught the sleeve and broke the skin.",
        ],
        I::WeaponThreatened => &[
            "{s} came out of the kitchen holding a [knife|cleaver|pair of scissors] and [told {vo} to sit down|pointed it at {vp} face].",
            "{v} was shown a picture of a [machete|crossbow|blade] with the words [\"yours\"|\"for you\"].",
            "{Ss} had a [hammer|bat|knife] in hand throughout and waved it about when {vs} tried to go past.",
            "{s} held a [broken bottle|kitchen knife] to {vp} neck but did not cut.",
        ],
        I::ThreatsToKill => &[
            "{s} said [\"you'll be dead by the weekend\"|\"I will put you in the ground\"|\"I'm going to end you\"] and {v} thinks {ss} would do it.",
            "Voicemail heard by officers, {s} saying {ss} will [slit {vp} throat|burn the house down with {vo} in it|finish {vo} off].",
            "{v} is convinced {ss} will kill {vo}, {ss} has told {vo} [how|where {vs} would be buried|nobody would look for {vo}].",
            "Text reads [\"if I cant have you nobody will\"|\"ur dead when I find u\"|\"say bye to your mum\"].",
        ],
        I::SexualAssault => &[
            "{v} disclosed {ss} [made {vo} have sex when {vs} had said no|carried on after {vs} asked {so} to stop|woke {vo} up doing it].",
            "{v} was raped by {s} [last week|on Saturday|at the weekend] and does not want it recorded.",
            "{s} [grabbed {vo} between the legs|forced {sp} hand down {vp} trousers] in front of others.",
        ],
        I::SeriousInjury => &[
            "{v} taken to [QMC|Royal Derby|Chesterfield Royal] with a [broken jaw|fractured eye socket|bleed on the brain|collapsed lung].",
            "[Two ribs|Wrist|Collar bone] broken, ambulance conveyed, {vs} will need [an operation|plates putting in].",
            "{v} was unconscious when crew arrived and is in resus.",
        ],
        I::MinorInjury => &[
            "[Slight reddening|A graze|A small bruise] to {vp} [arm|cheek|shin].",
            "{v} was [shoved into a worktop|slapped|pushed over a chair], no treatment needed.",
            "Scratch marks seen on {vp} [chest|forearm], photographed.",
            "{v} had a fat lip, declined ambulance.",
        ],
        I::BurnsOrPoisoning => &[
            "{s} threw [boiling water|hot oil] at {vo}, blistering to the [shoulder|thigh].",
            "Cigarettes have been put out on {vp} arm, [three|four] fresh round burns.",
            "{v} found [bleach|crushed tablets] in {vp} drink and believes {s} put it there.",
        ],
        I::FireSetting => &[
            "Accelerant poured on the front step overnight, {v} suspects {s}.",
            "{s} set light to {vp} [car|clothes on the bed|wheelie bin against the door].",
        ],
        I::FirearmAccess => &[
            "{s} [has a shotgun in a cabinet at the farm|shoots at weekends and holds a certificate|keeps an air rifle under the bed].",
            "{v} mentioned a [handgun {ss} got from a mate|gun wrapped in a towel in the loft].",
        ],
        I::SeparationOrAttempt => &[
            "They split up [a fortnight|{n} weeks|a couple of months] ago and {s} [won't have it|keeps asking to come back].",
            "{v} has told {s} it is over and [wants {so} out|has been looking at flats|asked for the keys back].",
            "{v} left with a bag [on {wk}|in the night], staying with [{vp} mum|a mate|{vp} sister].",
            "Relationship ended by {v} [in the summer|recently], {s} is not accepting this.",
        ],
        I::StalkingBehaviour => &[
            "{s} has been [parked up outside|walking past] [{vp} work|the house] [most days|at all hours].",
            "{n}0 odd missed calls in one [night|shift] and messages off numbers {vs} does not know.",
            "{v} found [a tracker under the car|an AirTag in the pram] and thinks {ss} has been following {vo}.",
            "{Ss} keeps turning up wherever {vs} goes, [gym|shops|school gate], and has set up fake profiles to contact {vo}.",
        ],
        I::ControllingBehaviour => &[
            "{v} has to [send photos of where {vs} is|ask before going out|hand {vp} phone over each night].",
            "{s} decides [what {vs} wears|who {vs} sees|when {vs} eats] and checks {vp} messages.",
            "{v} said it is like living in a cage, {ss} [locks the door from outside|times {vp} trips to the shop|watches {vo} on the camera].",
            "{Ss} goes mad if {vs} is ten minutes late and makes {vo} account for every penny.",
        ],
        I::EscalatingFrequency => &[
            "It used to be [once in a blue moon|every few months], now it is [weekly|every other day].",
            "{v} reports incidents are becoming more regular.",
            "Third time this month according to {v}.",
        ],
        I::EscalatingSeverity => &[
            "It was only ever shouting before, now {ss} [puts hands on {vo}|breaks things|hurts {vo}].",
            "{v} said each time is worse than the last.",
            "{v} feels it is building up to something.",
        ],
        I::VictimVeryFrightened => &[
            "{v} was [shaking|in bits|hiding in the bathroom] and [would not come to the door|kept asking if {ss} was outside].",
            "{v} is terrified of {s} [finding out {vs} rang|coming back tonight].",
            "{v} sleeps with [a chair under the handle|the light on] because of {so}.",
        ],
        I::VictimIsolated => &[
            "{v} has [no family round here|not seen {vp} mates in months|nobody to turn to].",
            "{v} lives in the middle of nowhere with no car and does not speak to anyone.",
        ],
        I::VictimPregnantOrRecentBirth => &[
            "{v} [had a baby not long back|gave birth earlier this year|is up with the baby most nights].",
            "There is a [newborn|young baby] in the house and {v} is still recovering.",
        ],
        I::ChildContactConflict => &[
            "Row is over [when {ss} sees the kids|drop offs|the court order for contact].",
            "{s} did not bring {k} back on time and an argument started.",
        ],
        I::ThreatsToChildren => &[
            "{s} said {ss} would [take the kids and drive off a bridge|drown the lot of them|hurt {k} to get at {vo}].",
            "{Ss} has threatened that {k} would be the ones to pay.",
        ],
        I::ChildWitnessedViolence => &[
            "{k} saw [all of it|{so} hit {vo}|it happen from the stairs].",
            "{k} {were} stood in the doorway crying while it went on.",
        ],
        I::StepchildInHousehold => {
            &["{k} {are} not {sp} [own|biological] [kids|children].", "{s} is step parent to the children."]
        }
        I::HarmToAnimals => {
            &["{s} booted the [dog|cat] across the room.", "{Ss} has been cruel to the dog before."]
        }
        I::BreachOfOrderOrBail => &[
            "{s} is on [bail not to contact {vo}|a non mol|a restraining order] and [was sat in the living room|messaged {vo} anyway|turned up regardless].",
            "{Ss} is not supposed to be within 100 metres of the address and was found [in the garden|round the back|under the bed].",
            "Conditions not to contact breached again [by phone|in person|through a mate].",
        ],
        I::VictimSuicidal => &[
            "{v} says {vs} [cannot carry on|wants it all to end|has thought about taking tablets].",
            "{v} told us {vs} would rather be dead than go back.",
        ],
        I::PerpetratorSuicidal => &[
            "{s} has sent a photo of [a rope|tablets lined up] saying it is {vp} fault.",
            "{s} told {vo} {ss} will [hang {sr}|end it all] if {vs} goes.",
            "{s} took an overdose last month after {vs} left.",
        ],
        I::PerpetratorPreviousViolence => &[
            "{s} has [form for this|previous for ABH|been inside for assault].",
            "PNC check on {s} shows [assaults on two exes|a GBH|numerous violence entries].",
        ],
        I::HonourThreat => &[
            "{v} has brought shame on the family by [seeing someone|refusing the match|leaving home] and [uncles|brothers|cousins] have said {vs} will pay.",
            "{v} is to be sent [abroad|back] to be married and does not want to go.",
            "Family say {vs} has dishonoured them, {v} fears what they will do.",
        ],
        I::ImmigrationOrNoRecourse => &[
            "{v} is here on a spouse visa, {s} has [hidden the passport|said {ss} will get {vo} deported].",
            "No recourse to public funds, {v} has nowhere to go.",
        ],
        I::FinancialDependence => {
            &["{v} has no money of {vp} own.", "{s} pays for everything and {v} is not on the tenancy."]
        }
        I::SuspectAtLarge => &[
            "{s} made off before we got there, area search no trace.",
            "{s} still outstanding at time of writing.",
        ],
        I::SerialPerpetrator => &[
            "{s} is well known for this with [other partners|his exes|previous partners].",
            "There is another victim on the system for {s}.",
        ],
        _ => return None,
    })
}

const fn of_adult(fact: I, grave: bool) -> Option<&'static [&'static str]> {
    Some(match fact {
        I::AdultUnableToProtectSelf => &[
            "{v} [does not understand the risk|will let anyone in|cannot keep {vr} safe] due to [{vp} needs|{vp} memory|a learning disability].",
            "{v} relies on others for [washing, meals and medication|everything] and could not summon help.",
        ],
        I::DelayedMedicalCare => &[
            "[Pressure sore|Leg wound] is weeping and smells, nobody has called a doctor.",
            "{v} has gone without [insulin|heart tablets|{vp} medication] for [days|over a week].",
        ],
        I::UnexplainedInjury => &[
            "Grip type bruising on [both arms|inner thigh] and [nobody can say how|the story keeps changing].",
            "Black eye not explained, {v} goes quiet when asked.",
        ],
        I::PersonInPositionOfTrust => &[
            "The person named is [a paid carer|staff at the home|a support worker].",
            "Allegation is against a member of the care team.",
        ],
        I::CarerUnableToCare => &[
            "[Partner|Son|Daughter] who cares for {vo} is [on their knees|in hospital|not coping] and cannot go on.",
        ],
        I::FinancialExploitation => &[
            "[{n} hundred pounds|Several thousand] has gone from {vp} account and {v} did not [spend it|know].",
            "{v} hands over {vp} [card|pension] each week to [a new friend|a neighbour|them].",
            "Someone has had {vo} sign [papers on the house|for a loan].",
        ],
        I::Hoarding => &[
            "House full floor to ceiling, only a path through to the [bed|kitchen].",
            "Hoarded property, could not open the front door fully.",
        ],
        I::PoorHomeConditions => &[
            "Address in a terrible state, [faeces on the floor|rotting food|flies everywhere|no heating or water].",
            "Smell hit officers at the gate, [mould|rats|rubbish] throughout.",
        ],
        I::Cuckooing => &[
            "[Three|Four] males unknown to {v} have moved in and are dealing from the flat.",
            "{v} sleeps in the bathroom as others have taken over {vp} home.",
            "Flat being used for drugs, {v} cannot get them to leave.",
        ],
        I::DebtBondage => &["{v} is said to owe them [a grand|money for gear] and is working it off."],
        I::RoughSleeping => &["{v} is sleeping [in a doorway|in a tent by the canal|rough] at present."],
        I::RefusesSupport => {
            &["{v} [does not want any help|told social care to go away before|won't engage]."]
        }
        I::SuicidalIdeation if grave => &[
            "{v} had [written notes|stockpiled tablets|tied a ligature] and said it would be [tonight|before the weekend].",
            "{v} was [on the wrong side of the bridge railings|stood on the tracks|on top of the car park] and [pulled back by officers|talked down].",
            "{v} told the call taker {vs} has [a rope in the loft|a knife ready|pills in front of {vo}] and means it.",
            "{v} knows how and when {vs} will do it and has [said goodbye|sorted out the dog].",
        ],
        I::SuicidalIdeation => &[
            "{v} said {vs} does not want to be here any more but would not act on it.",
            "{v} has thoughts of ending {vp} life, no plan.",
            "{v} texted a friend that everyone would be better off without {vo}.",
        ],
        I::SuicideAttempt => &[
            "{v} took [40 paracetamol|a full box of {vp} medication|tablets and vodka] and was found by [a neighbour|family].",
            "{v} was cut down from [a tree|the banister] and is [in ICU|breathing|in hospital].",
            "{v} jumped [in front of a car|from a first floor window] in order to die.",
        ],
        I::SelfHarmInjury => {
            &["Fresh cuts to {vp} [arms|legs], [dressed at scene|superficial|needs stitches]."]
        }
        I::MentalHealthDetention => &[
            "Detained s136 and taken to the [suite|place of safety|Radbourne unit].",
            "{v} has been sectioned following assessment.",
        ],
        _ => return None,
    })
}

/// Sentences that sound like a hard fact and state none: denied, asked and answered no, long ago, of
/// somebody else, a figure of speech.
pub(crate) const fn stating_none(kind: NoticeKind) -> &'static [&'static str] {
    match kind {
        NoticeKind::DomesticAbuse => &[
            "{v} was asked if {ss} had ever strangled or choked {vo} and said no.",
            "{s} denied strangling {v} and no marks were seen.",
            "About ten years ago a former partner, not {s}, put hands round {vp} throat.",
            "{v} denied any threats to kill.",
            "No weapons involved, no injuries seen.",
            "DASH question on weapons answered no.",
            "{v} said {vs} could have killed {so} for leaving the tap on, meaning nothing by it.",
            "Kitchen knives on the side were from cooking and played no part.",
            "{v} has never felt suicidal and nor has {s} to {vp} knowledge.",
            "{s} had a toy gun belonging to a nephew in the car, checked and in order.",
            "{v} used to self harm as a teenager, nothing since.",
            "Caller had said a knife was mentioned, {v} says this is not right.",
            "{s} was choking on {sp} food when the row began, which is what the shouting was.",
            "There was an order [years ago|in 2014], long expired.",
            "A neighbour thought {vs} had been hit, {v} says {vs} walked into a cupboard door last week at work and colleagues saw it.",
        ],
        NoticeKind::Child => &[
            "No injuries seen to {c}.",
            "{c} denied being hit by anybody.",
            "{c} has a bruised shin from football, seen to happen by the coach.",
            "{v} was herself injured as a child by a relative who has since died.",
            "{c} said a boy at school threatened to kill a teacher, made up according to school.",
            "{c} denied any thoughts of suicide.",
            "{v} had had one glass of wine with tea and was not drunk.",
            "House was clean and there was food in.",
            "{c} has not been missing before.",
            "A knife reported in {cp} bag turned out to be a ruler.",
        ],
        NoticeKind::Adult => &[
            "{v} denied any intention to end {vp} life.",
            "{v} took an overdose in 2009, none since.",
            "No concerns about money, bank statements seen.",
            "{v} said \"I could have died\" of embarrassment.",
            "Bruise to the hand is from a blood test.",
            "No weapons, no drugs, nobody else in the flat.",
            "{v} said {vs} has never been hurt by {vp} carers.",
        ],
    }
}
