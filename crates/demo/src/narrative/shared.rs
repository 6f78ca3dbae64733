//! Sentences that fit several themes: what officers did, what they think, why they graded as they did.

use super::line::{Line, Topic, When, say};

/// What was done where a child is the subject.
pub(crate) static CHILD_DETAIL: &[Line] = &[
    say("{c} was seen by officers and [appeared well|was quiet and did not make eye contact|was chatty and asked to try on the hat]."),
    say("{c} was spoken to alone and [did not want to say anything|gave short answers|said everything is fine at home].").on(Topic::SpokenTo),
    say("{c} said \"[I just want it to stop|it's not that bad|mum gets sad sometimes|can I stay at nan's|nobody listens to me]\".").when(When::Speaks),
    say("{c} was not spoken to as {cs} was [asleep|at school|with a relative] at the time.").on(Topic::SpokenTo),
    say("{v} was present throughout and was [cooperative|hostile to police|upset|not happy that a form was being done]."),
    say("Children at the address are {k}.").when(When::Kids),
    say("Social worker is believed to be {w} but the contact number on the system goes to voicemail."),
    say("Duty sgt informed and is happy with the actions taken."),
    say("Officers left {c} in the care of [{v}|a grandparent|an aunt|a family friend]."),
    say("The family are known to police for [domestic incidents|neighbour disputes|missing reports].").when(When::Again),
    say("There is nothing on the system for this family.").when(When::First),
    say("{c} attends {sch}, school to be informed."),
    say("Body worn footage is available, PC {col}."),
    say("{c} has [asthma|ADHD|a speech delay|no known medical conditions]."),
    say("EDT rung from the scene, no answer after 20 minutes, email sent."),
    say("{v} agreed to information being shared with [school|the health visitor|children's services].").on(Topic::Consent),
    say("{v} did not consent to sharing, overridden due to concerns.").on(Topic::Consent).when(When::Young),
    say("{c} has been given a card with the officer's details.").when(When::Teen),
];

/// What was done where an adult is the subject.
pub(crate) static ADULT_DETAIL: &[Line] = &[
    say(
        "{v} was able to [tell officers the date and where {vs} was|hold a sensible conversation] and appeared to have capacity.",
    ).on(Topic::Capacity),
    say("Officers had some doubt about whether {v} understood what was being explained.").on(Topic::Capacity),
    say(
        "Ambulance attended and {v} [was conveyed to hospital|declined to travel|was left at home with advice].",
    ).on(Topic::Ambulance),
    say("{v} gave verbal consent for a referral to adult social care.").on(Topic::Consent),
    say("{v} did not want police to share {vp} details.").on(Topic::Consent),
    say("Next of kin is a [daughter in Leeds|brother who does not visit|neighbour with a key]."),
    say("{v} is on medication for [blood pressure|depression|epilepsy|diabetes] and the box was in date."),
    say("The flat was [cold and sparse|clean and tidy|cluttered|in need of repair]."),
    say("GP to be contacted in the morning, surgery closed at the time."),
    say("{v} is known to officers and has been seen [several times|weekly] of late.").when(When::Again),
    say("No trace on police systems for {v}.").when(When::First),
    say("Social worker is {w} according to {v} but this could not be confirmed."),
    say("Safer neighbourhood team to visit and offer [a door chain|a key safe|reassurance]."),
    say("Body worn footage is available, PC {col}."),
    say("{v} drinks [daily|a bottle of wine a night|cider in the mornings] and smelt of alcohol."),
    say(
        "{v} said \"[I don't want to be a bother|I just want to be left alone|they'll put me in a home|thank you for coming]\".",
    ),
    say("Crisis line number left with {v}."),
];

/// Ends of a narrative.
pub(crate) static ENDS: &[Line] = &[
    say("PPN submitted for information."),
    say("No further police action at this time."),
    say("Enquiries ongoing, OIC PC {col}."),
    say("Please share with partner agencies as appropriate."),
    say("Submitted at end of tour, no time to update further."),
    say("Crime recorded and CCTV enquiries to be done."),
    say("Markers to be added to the address."),
    say("Referral to [early help|the mental health hub|housing|victim services] to be considered."),
    say("OEL updated."),
    say("Handed over to the late turn."),
];

/// Why the officer graded as they did.
pub(crate) static RATIONALES: &[Line] = &[
    say("Graded on the basis of the account given and what was seen at the time."),
    say(
        "I have considered the history, which [is limited|was checked over the radio|I have not been able to read in full].",
    ),
    say(
        "The grade reflects that [the parties are now apart|there were no injuries|both have calmed down|safeguarding is in place].",
    ),
    say("I have applied professional judgement over and above the number of ticks."),
    say("There is potential for this to [escalate|happen again] if the circumstances don't change."),
    say("{v} did not appear [frightened|to be under any pressure] when spoken to by officers."),
    say("I have discussed the grade with my supervisor who agrees."),
    say("Bail conditions, if granted, will [manage|reduce] the risk in the short term."),
    say("The number of calls to this address [is of concern|is low]."),
    say("No weapons were seen and none are recorded at the address."),
    say("I have no information to suggest anybody else is at risk."),
    say("{v} has a support network of family in {town}."),
    say("Due to lack of engagement I have not been able to explore this more."),
    say("The household has been visited by officers before and the circumstances were similar.")
        .when(When::Again),
    say("This appears to be the first contact with police.").when(When::First),
];

/// What the officer thinks, kept apart from the facts.
pub(crate) static OPINIONS: &[Line] = &[
    say("In my opinion {v} was [minimising|embarrassed|being truthful|keen for us to leave]."),
    say("I felt there was more going on than officers were told."),
    say("It is my view that the family would benefit from [early help|parenting support|a visit from housing|respite]."),
    say("I believe {s} [is the main issue|would not hesitate to come back|regrets what happened].").when(When::Suspect),
    say("The atmosphere in the house felt tense when {s} came back in the room.").when(When::Suspect),
    say("My impression was that {c} was [careful about what {cs} said|comfortable with {v}|older than {cp} years].").when(When::Kids),
    say("I would ask that somebody visits in the daytime when they are sober."),
    say("In my view alcohol is behind most of this."),
    say("I think {v} needs a [formal assessment|medication review|befriender] more than police."),
    say("I do not think {v} will engage with a letter, a phone call in the week would be better."),
    say("I may be wrong but the story seemed rehearsed."),
    say("I think this family has slipped between services."),
    say("The neighbours seem fed up and may be exaggerating."),
    say("I was left with the feeling that we will be back."),
    say("Officers have been sympathetic but there is little more that police can do on their own."),
    say("I have no strong opinion either way and leave it for those with more information."),
    say("Somebody from the community would help as {v} was more at ease speaking with them than us."),
    say("My concern is the isolation rather than the incident itself."),
    say("I feel a joint visit would be worthwhile."),
    say("It struck me that there were no photos, toys or personal items on view."),
];
