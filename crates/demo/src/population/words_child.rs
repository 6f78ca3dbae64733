//! How officers put facts about a child.

use ppn_domain::notice::codes::Indicator as I;

/// Sentences that state a fact of `{c}`, the child; `None` where the narrative has no words for it.
#[expect(clippy::too_many_lines, reason = "a table of sentences")]
pub(super) const fn of_child(fact: I, grave: bool) -> Option<&'static [&'static str]> {
    Some(match fact {
        I::PoorHomeConditions => &[
            "House was [filthy|squalid|knee deep in rubbish], [dog mess on the carpet|no bedding|sink full of mouldy plates].",
            "Kids' bedroom had [a bare mattress|no light|damp running down the walls].",
        ],
        I::ChildHungryOrNoFood => &[
            "{c} asked officers for [food|a biscuit], cupboards were bare.",
            "Nothing in the fridge bar [milk|ketchup|cans] and {c} had not eaten [since yesterday|all day].",
        ],
        I::CarerIntoxicated => &[
            "{v} was [slurring|unable to stand|passed out on the sofa] with {c} in the house.",
            "{v} smelt strongly of drink and had sole care of {c}.",
            "Both adults off their faces.",
        ],
        I::CarerUnableToCare => &[
            "{v} [could not be woken|did not know what day it was|said {vs} cannot do it any more].",
            "{v} not fit to look after anyone, [ambulance called|taken away], nobody else there.",
        ],
        I::ChildLeftAlone => &[
            "{c} was home alone [from teatime|all night|for hours], {v} [at the pub|out|could not be raised].",
            "{c} ({ca}) found on [the stairs|the doorstep] with no adult about.",
        ],
        I::DrugsInReach => {
            &["[Wraps|A crack pipe|Needles|Methadone] on the [coffee table|floor] where {c} plays."]
        }
        I::UnsuitableCarer => &[
            "{c} left with [a man {v} met last week|someone not allowed near kids|a neighbour who was drunk].",
        ],
        I::ParentalMentalIllHealth => {
            &["{v} [is under the crisis team|hears voices|has stopped taking {vp} meds]."]
        }
        I::ChildNotSeen => &[
            "{c} was not seen, {v} [would not let us upstairs|said {cs} was asleep].",
            "Could not get sight of {c}.",
        ],
        I::DelayedMedicalCare => &[
            "{c} has had [a burn|an ear infection|a wound] for [a week|days] and not been taken to a doctor.",
        ],
        I::RefusesSupport => &["{v} has shut the door on [the health visitor|social care|early help]."],
        I::ChildDistressed => &[
            "{c} was [sobbing|clinging to officers|in a state] throughout.",
            "{c} [flinched|hid behind the sofa] when {s} was mentioned.",
        ],
        I::InjuryToInfant => &[
            "[Bruise to the cheek|Small mark on the ear|Bruising to the leg] of the baby, [who is not rolling yet|parents don't know how].",
            "Baby has a [swollen arm|torn lip|red handprint] and was [crying in pain|very quiet].",
        ],
        I::ChildInjured => &[
            "{c} has [a bruise on the face|belt marks|a cut lip|a lump on the head] from being [hit|thrown|dragged].",
            "Marks on {cp} [back|arms|legs] consistent with [a slap|a cable|a grip].",
        ],
        I::UnexplainedInjury => &[
            "Bruising to {cp} [ribs|neck|ears] with no account that fits.",
            "{v} first said {cs} fell, then that a sibling did it.",
        ],
        I::ChildDisclosedAbuse => &[
            "{c} told [a teacher|TA|nan|officers] that {s} [hits|hurts|does things to] {co}.",
            "{c} said [\"please don't send me home\"|\"it happens when mum's at work\"|\"he said not to tell\"].",
            "{c} wrote it down for {cp} teacher.",
        ],
        I::ChildWitnessedViolence => {
            &["{c} saw {s} [hit|grab|kick] {v}.", "{c} was in the room when {v} was assaulted."]
        }
        I::ThreatsToChildren => &["{s} said {ss} would [kill the kids|drown {c}|take {c} with {so}]."],
        I::SeriousInjury => {
            &["{c} is in hospital with [a fractured skull|a broken leg|a stab wound|internal bleeding]."]
        }
        I::WeaponUsed => &["{c} was struck with [a slipper and then a pan|a belt|a broom handle]."],
        I::WeaponThreatened => &[
            "{c} was threatened with a [knife|zombie blade|machete] [over money|by older lads].",
            "{c} had a [knife|blade] held to {co}.",
        ],
        I::SexualAssault => &[
            "{c} disclosed [{s} touched {co} under {cp} clothes|sex with an adult|{s} comes into {cp} bed at night].",
            "{c} has been raped, [forensics in hand|SARC arranged].",
            "{c} said {s} makes {co} do things.",
        ],
        I::OffenderHasAccessToChildren => &[
            "{s} is [living in the house|still at home with the kids|babysitting {c}].",
            "{s} has been having {c} [round|to stay over] without [permission|anyone knowing].",
            "{v} said {ss} is alone with {c} most nights.",
        ],
        I::OffenderBreach => &[
            "{s} had a phone {ss} had not declared.",
            "{s} has not [registered the address|told MOSOVO about the relationship].",
        ],
        I::PositionOfTrust => {
            &["{s} [coaches a junior team|helps out at a youth club|drives a school taxi]."]
        }
        I::SuspectKnownAddressWithChildren => &[
            "{s} stays at an address where there are kids.",
            "Intel is that {s} has moved in with a family.",
        ],
        I::MissingNow => {
            &["{c} is still outstanding.", "{c} has not been located at time of submission, phone off."]
        }
        I::MissingOvernight => &[
            "{c} was out all night and came back [at 0700|the next afternoon|when the battery died].",
            "{c} did not return, found [{n} miles away|in Nottingham|in a hotel] the next day.",
        ],
        I::FoundAfterMissing => &[
            "{c} returned [of own accord|with officers] and would not say where {cs} had been.",
            "{c} now found and [safe|back home|at the placement].",
        ],
        I::FoundWithOlderAssociate => &[
            "{c} was found at the address of [a male in his thirties|two men not known to family].",
            "{c} got out of a car driven by [an older male|a man about 40].",
        ],
        I::GiftsOrUnexplainedMoney => {
            &["{c} has [new trainers|two phones|vapes and cash|a bag] nobody bought {co}."]
        }
        I::AdultOnlineContact => &[
            "{c} has been chatting with [a grown man|a 34 year old|someone who says they are 19] on [Snapchat|Discord|a game].",
            "An adult has been messaging {c} asking for [pics|{cp} address|secrets].",
        ],
        I::MeetingArranged => &[
            "They are due to meet [at the train station|on Saturday|in town] and {c} [has a ticket|won't say where].",
            "{c} has already met up with [him|them] once.",
        ],
        I::ImagesShared => &[
            "{c} sent [nudes|a topless picture|a video] and is being asked for more.",
            "Pictures of {c} are going round [school|a group chat].",
        ],
        I::GangAssociation => {
            &["{c} is running with [a local group|older lads from the estate|the lads from the flats]."]
        }
        I::DrugRunning => &[
            "{c} had [{n} wraps|a burner phone and cash|crack in {cp} sock].",
            "{c} is thought to be shotting for someone, train tickets to [Skegness|Lincoln] found.",
        ],
        I::DebtBondage => &[
            "{c} owes [two grand|money] since the drugs were taken off {co} and has [been told to work it off|been threatened].",
            "{v} has had people at the door about what {c} owes.",
        ],
        I::SuicidalIdeation if grave => &[
            "{c} has a plan, [tablets saved up|a rope hidden|a date in mind], and said [it will be tonight|nobody can stop me].",
            "{c} was found [on a bridge|by the railway] and had [left a note|said bye to friends].",
        ],
        I::SuicidalIdeation => &[
            "{c} said {cs} wishes {cs} was dead.",
            "{c} told [a friend|school] {cs} does not want to be alive, no plan given.",
        ],
        I::SuicideAttempt => &[
            "{c} took [{n}0 tablets|{v}'s medication] and is [on a drip|in A and E].",
            "{c} tied something round {cp} own neck and was found by [{v}|a sibling].",
        ],
        I::SelfHarmInjury => {
            &["{c} has cut {cp} [arms|thighs].", "Scratches to {cp} wrists, [old and new|superficial]."]
        }
        _ => return None,
    })
}
