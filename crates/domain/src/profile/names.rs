//! How names sound, and which short forms stand for which.

use std::collections::HashMap;
use std::sync::LazyLock;

use rphonetic::{DoubleMetaphone, Encoder};

/// How a normalised word sounds: its Double Metaphone code (Philips 2000), at most four letters. A
/// word outside the Latin letters stands for itself.
pub fn sound(word: &str) -> String {
    let code = if word.bytes().all(|b| b.is_ascii_lowercase()) {
        DoubleMetaphone::default().encode(word)
    } else {
        String::new()
    };
    if code.is_empty() { word.to_owned() } else { code }
}

/// The full forms that a normalised given name may stand for; itself where the table has none.
/// Short forms that several names share stand for each of them.
pub fn full_forms(word: &str) -> Vec<&str> {
    FORMS.get(word).map_or_else(|| vec![word], Clone::clone)
}

static FORMS: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let mut forms: HashMap<&str, Vec<&str>> = HashMap::new();
    for line in SHORT_FORMS {
        let full = line.split(' ').next().unwrap_or_default();
        for word in line.split(' ') {
            forms.entry(word).or_default().push(full);
        }
    }
    forms
});

/// Full forms, each followed by its short forms and other spellings: common in England, and among
/// people of Polish and South Asian families. Written for this table from general knowledge; it is
/// meant to be added to.
const SHORT_FORMS: &[&str] = &[
    "abigail abi abby gail",
    "adam ads",
    "albert al bert bertie",
    "alexander alex al sandy xander lex",
    "alexandra alex sandra lexi lexie sasha",
    "alfred alf alfie fred",
    "alison ali",
    "andrew andy drew andi",
    "angela angie ange",
    "anthony tony ant antony",
    "archibald archie",
    "arthur art",
    "barbara babs barb basia",
    "benjamin ben benji benny",
    "bernard bernie",
    "bradley brad",
    "bridget bridie",
    "cameron cam",
    "carolyn caz carol",
    "caroline caz carol",
    "catherine cath cathy kate katie kathy katherine kathryn katharine kat kitty",
    "charles charlie chas chuck",
    "charlotte charlie lottie char",
    "christina chris tina chrissie christine kirsty",
    "christopher chris kit",
    "daniel dan danny",
    "danielle dani danni",
    "david dave davey davy",
    "deborah deb debbie debra",
    "dennis den",
    "dominic dom",
    "donald don donny",
    "dorothy dot dotty",
    "douglas doug",
    "edward ed eddie ted teddy ned",
    "eleanor ellie nell nellie nora",
    "elizabeth beth betty liz lizzie eliza libby elsie bess betsy liza elisabeth",
    "emily em emmie",
    "emma em",
    "frances fran franny frankie",
    "francis frank frankie fran",
    "frederick fred freddie freddy",
    "gabriella gabby ella",
    "geoffrey geoff jeff jeffrey",
    "george georgie",
    "georgina georgie gina",
    "gerald gerry jerry",
    "gillian gill jill",
    "graham graeme",
    "gregory greg",
    "harold harry hal",
    "harriet hattie",
    "henry harry hal hank",
    "imogen immy",
    "isabella bella izzy isabel isabelle isobel",
    "jacob jake",
    "jacqueline jackie jacqui",
    "james jim jimmy jamie jem",
    "jane janie",
    "janet jan",
    "jason jay jase",
    "jennifer jen jenny jennie",
    "jeremy jez jerry",
    "jessica jess jessie",
    "joanne jo joanna",
    "john jack johnny jon",
    "jonathan jon johnny jonny",
    "joseph joe joey",
    "josephine jo josie",
    "joshua josh",
    "judith judy",
    "julia jules julie",
    "kenneth ken kenny",
    "kimberley kim",
    "laura lauri",
    "lawrence larry laurie laurence",
    "leonard len lenny",
    "lewis lew louis",
    "lillian lily lil",
    "louise lou",
    "lucy lucinda",
    "lydia lyd",
    "madeleine maddie maddy madeline",
    "margaret maggie meg peggy marge margie greta",
    "martin marty",
    "mary molly polly may",
    "matthew matt matty",
    "maxwell max",
    "megan meg",
    "melanie mel",
    "melissa mel",
    "michael mick mike mikey micky mickey",
    "michelle shelly shell",
    "mohammed muhammad mohammad mohamed muhammed mohamad mohamud mohd moh mo md",
    "natalie nat",
    "natasha tasha nat",
    "nathan nate nath",
    "nicholas nick nicky nico",
    "nicola nicky nikki nic",
    "oliver ollie olly",
    "olivia liv livvy",
    "pamela pam",
    "patricia pat patsy trish tricia",
    "patrick pat paddy",
    "penelope penny",
    "peter pete",
    "philip phil phillip",
    "phillipa pippa pip philippa",
    "rachel rach rachael",
    "raymond ray",
    "rebecca becky bec becca rebekah",
    "reginald reg reggie",
    "richard dick rick ricky rich richie",
    "robert bob bobby rob robbie bert",
    "roderick rod",
    "ronald ron ronnie",
    "rosemary rose rosie",
    "russell russ",
    "samantha sam sammy",
    "samuel sam sammy",
    "sandra sandie",
    "sarah sally sara sadie",
    "sean shaun shawn",
    "sophie soph sophia",
    "stanley stan",
    "stephanie steph stephie",
    "stephen steve stevie steven ste",
    "stuart stewart stu",
    "susan sue susie suzie suzanne",
    "sydney sid",
    "terence terry",
    "teresa terry tess theresa tessa",
    "thomas tom tommy",
    "timothy tim timmy",
    "toby tobias",
    "valerie val",
    "vanessa nessa",
    "veronica ronnie",
    "victoria vicky vic tori vikki",
    "vincent vince vinny",
    "walter wally walt",
    "wendy wend",
    "william bill billy will willy liam",
    "winifred winnie",
    "zachary zac zach zak",
    // Polish
    "agnieszka aga",
    "aleksander olek alek",
    "aleksandra ola",
    "andrzej jedrek",
    "anna ania anka annie",
    "bartosz bartek",
    "dorota dorotka",
    "elzbieta ela",
    "ewa ewka",
    "grzegorz grzesiek",
    "jakub kuba",
    "jan janek jasiek",
    "jerzy jurek",
    "joanna asia",
    "jozef jozek",
    "katarzyna kasia",
    "krzysztof krzysiek krzys",
    "lukasz lukas",
    "magdalena magda",
    "malgorzata gosia",
    "maria marysia",
    "mateusz mati",
    "michal michalek",
    "monika monia",
    "natalia nat",
    "piotr piotrek",
    "stanislaw staszek stas",
    "tomasz tomek",
    "wojciech wojtek",
    "zbigniew zbyszek",
    "zofia zosia",
    // South Asian
    "ahmed ahmad",
    "aisha ayesha aysha",
    "amandeep aman",
    "amarjit amar",
    "balwinder bal",
    "fatima fatimah fatema",
    "gurpreet gurp preet",
    "harpreet harp preet",
    "hussain hussein husain",
    "imran immy",
    "jaspreet jas preet",
    "jaswinder jas",
    "khadija khadijah",
    "kulwinder kully",
    "mandeep mandy",
    "manpreet manny preet",
    "maryam mariam",
    "nusrat nus",
    "parminder parm",
    "rajesh raj",
    "rajinder raj",
    "rukhsana roxy",
    "sukhwinder sukhi sukh",
    "usman uthman",
    "yusuf yousef youssef yousuf",
    "zainab zaynab",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_sound_alike_share_a_code() {
        assert_eq!(sound("catherine"), sound("kathryn"));
        assert_eq!(sound("oneill"), sound("oneil"));
        assert_ne!(sound("smith"), sound("jones"));
        assert_eq!(sound("иван"), "иван");
        assert_eq!(sound(""), "");
    }

    #[test]
    fn a_short_form_stands_for_each_of_its_full_forms() {
        assert_eq!(full_forms("bill"), ["william"]);
        assert_eq!(full_forms("alex"), ["alexander", "alexandra"]);
        assert_eq!(full_forms("kasia"), ["katarzyna"]);
        assert_eq!(full_forms("muhammad"), ["mohammed"]);
        assert_eq!(full_forms("quentin"), ["quentin"]);
    }

    #[test]
    fn the_table_is_normalised_and_has_each_full_form_once() {
        let mut seen = std::collections::HashSet::new();
        for line in SHORT_FORMS {
            assert!(
                line.split(' ').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()))
            );
            let mut words = std::collections::HashSet::new();
            assert!(line.split(' ').all(|word| words.insert(word)), "{line}");
            seen.insert(line.split(' ').next());
        }
        assert!(seen.len() > 150);
    }
}
