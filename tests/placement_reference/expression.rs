//! Expressions of the cluster query language: drawn as trees of our own, written as text for the program to read, and
//! answered by section 5c of the rule book.

use super::Reached;
use super::draw::Draw;
use super::reference::Seen;

/// An expression.
#[derive(Clone, Debug)]
pub enum Tree {
    Or(Vec<Tree>),
    And(Vec<Tree>),
    Not(Box<Tree>),
    Is(Subject, Ask),
}

#[derive(Clone, Copy, Debug)]
pub enum Subject {
    Attribute(&'static str),
    AgentConnected,
    AgentVersion,
    Ec2InstanceId,
    RegisteredAt,
    RunningTasksCount,
    TaskGroup,
}

/// What is asked of a subject.
#[derive(Clone, Debug)]
pub enum Ask {
    Exists,
    Absent,
    /// A sign, a literal, and what it is on the subject's own scale: milliseconds of a date, else unused.
    Compare(&'static str, String, i64),
    In(Vec<String>),
    NotIn(Vec<String>),
    Like(Vec<Piece>),
    NotLike(Vec<Piece>),
}

/// A piece of a regular expression.
#[derive(Clone, Debug)]
pub enum Piece {
    /// This letter.
    Letter(char),
    /// `.`
    Any,
    /// `.*`
    Anything,
    /// `[abc]+`
    Some(Vec<char>),
}

pub const ATTRIBUTES: [&str; 6] =
    ["rack", "level", "note", "ecs.availability-zone", "ecs.instance-type", "ecs.os-type"];
pub const LEVELS: [&str; 12] = ["1", "2", "10", "02", "1.5", "-0", "0", "high", "", "inf", "nan", "1e400"];
const RACKS: [&str; 4] = ["r1", "r2", "r10", "R1"];
const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// Every subject, answered with yes and with no.
pub fn required() -> impl Iterator<Item = String> {
    let subjects = [
        "attribute",
        "agentConnected",
        "agentVersion",
        "ec2InstanceId",
        "registeredAt",
        "runningTasksCount",
        "task:group",
    ];
    let asks = ["attribute exists", "attribute <", "attribute in", "attribute =~"];
    let each = subjects.into_iter().chain(asks);
    each.flat_map(|name| [true, false].map(|answer| format!("asked: {name}, {answer}")))
}

/// An expression of at most `depth` levels.
pub fn drawn(draw: &mut Draw, depth: u64) -> Tree {
    let several =
        |draw: &mut Draw| -> Vec<Tree> { (0..draw.between(2, 3)).map(|_| drawn(draw, depth - 1)).collect() };
    match draw.between(0, 9) {
        0..=1 if depth > 0 => Tree::Or(several(draw)),
        2..=3 if depth > 0 => Tree::And(several(draw)),
        4..=5 if depth > 0 => Tree::Not(Box::new(drawn(draw, depth - 1))),
        _ => question(draw),
    }
}

fn question(draw: &mut Draw) -> Tree {
    let order = ["==", "!=", ">", ">=", "<", "<="];
    match draw.between(0, 9) {
        0..=3 => {
            let name = draw.one_of(&ATTRIBUTES);
            let ask = match draw.between(0, 5) {
                _ if name == "level" && draw.percent(70) => {
                    Ask::Compare(draw.one_of(&order), value_of(draw, name), 0)
                }
                0 => Ask::Exists,
                1 => Ask::Absent,
                2..=3 => Ask::Compare(draw.one_of(&order), value_of(draw, name), 0),
                _ => of_text(draw, &|draw| value_of(draw, name)),
            };
            Tree::Is(Subject::Attribute(name), ask)
        }
        4 => {
            let value = |draw: &mut Draw| draw.one_of(&["true", "false"]).to_owned();
            Tree::Is(Subject::AgentConnected, of_text(draw, &value))
        }
        5 => {
            let version = draw.one_of(&["1.94.0", "1.94", "1.9.0", "2", "1.100.1"]);
            Tree::Is(Subject::AgentVersion, Ask::Compare(draw.one_of(&order), version.to_owned(), 0))
        }
        6 => {
            let name = |draw: &mut Draw| {
                let pool = draw.one_of(&["big", "small", "own"]);
                format!("{pool}-{}", draw.between(1, 3))
            };
            Tree::Is(Subject::Ec2InstanceId, of_text(draw, &name))
        }
        7 => {
            // Simulated zero is 2026-01-05T00:00:00Z.
            let (day, hour) = (draw.between(3, 8) as i64, draw.between(0, 23) as i64);
            let (text, hour) = match draw.between(0, 4) {
                0 => (format!("2026-01-{day:02}"), 0),
                1 => (format!("2026-01-{day:02}T{hour:02}:00:00"), hour),
                2 => (format!("2026-01-{day:02}T{hour:02}:00:00Z"), hour),
                3 => (format!("2026-01-{day:02}T{hour:02}:00:00+00:00"), hour),
                _ => (format!("2026-01-{day:02}T{hour:02}:00:00+02:00"), hour - 2),
            };
            let ms = (day - 5) * DAY_MS + hour * HOUR_MS;
            Tree::Is(Subject::RegisteredAt, Ask::Compare(draw.one_of(&order), text, ms))
        }
        8 => {
            let count = draw.between(0, 3).to_string();
            Tree::Is(Subject::RunningTasksCount, Ask::Compare(draw.one_of(&order), count, 0))
        }
        _ => {
            let group = |draw: &mut Draw| draw.one_of(&super::world::GROUPS).to_owned();
            Tree::Is(Subject::TaskGroup, of_text(draw, &group))
        }
    }
}

/// A value that the attribute may have.
pub fn value_of(draw: &mut Draw, attribute: &str) -> String {
    let value = match attribute {
        "rack" => draw.one_of(&RACKS),
        "level" => draw.one_of(&LEVELS),
        "note" => draw.one_of(&["a b", "it's", "x,(y)", "and", "ü"]),
        "ecs.availability-zone" => draw.one_of(&super::world::ZONES),
        "ecs.instance-type" => draw.one_of(&["m5.large", "m5.xlarge", "c5.large"]),
        _ => draw.one_of(&["linux", "windows"]),
    };
    value.to_owned()
}

fn of_text(draw: &mut Draw, value: &dyn Fn(&mut Draw) -> String) -> Ask {
    let some = |draw: &mut Draw| (0..draw.between(1, 3)).map(|_| value(draw)).collect();
    match draw.between(0, 5) {
        0 => Ask::Compare("==", value(draw), 0),
        1 => Ask::Compare("!=", value(draw), 0),
        2 => Ask::In(some(draw)),
        3 => Ask::NotIn(some(draw)),
        4 => {
            let text = value(draw);
            Ask::Like(pattern(draw, &text))
        }
        _ => {
            let text = value(draw);
            Ask::NotLike(pattern(draw, &text))
        }
    }
}

/// A pattern that may match `text`, a part of it, or something near it.
fn pattern(draw: &mut Draw, text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for letter in text.chars() {
        match draw.between(0, 9) {
            0 => pieces.push(Piece::Any),
            1 => {
                pieces.push(Piece::Anything);
                break;
            }
            2 => pieces.push(Piece::Some(vec![letter, 'r', '1'])),
            3 => {} // left out
            _ => pieces.push(Piece::Letter(letter)),
        }
    }
    pieces
}

/// The expression as text, in one of the notations the language has.
pub fn text(draw: &mut Draw, tree: &Tree) -> String {
    match tree {
        Tree::Or(parts) => joined(draw, parts, &[" or ", " || ", "||"], |part| matches!(part, Tree::Or(_))),
        Tree::And(parts) => {
            joined(draw, parts, &[" and ", " && "], |part| matches!(part, Tree::Or(_) | Tree::And(_)))
        }
        Tree::Not(inner) => {
            let word = draw.one_of(&["not", "!", "! ", "not "]);
            let bare = matches!(**inner, Tree::Not(_)) && word.ends_with(' ');
            let inner = text(draw, inner);
            if bare { format!("{word}{inner}") } else { format!("{word}({inner})") }
        }
        Tree::Is(subject, ask) => {
            let subject = match subject {
                Subject::Attribute(name) => format!("attribute:{name}"),
                Subject::AgentConnected => "agentConnected".to_owned(),
                Subject::AgentVersion => "agentVersion".to_owned(),
                Subject::Ec2InstanceId => "ec2InstanceId".to_owned(),
                Subject::RegisteredAt => "registeredAt".to_owned(),
                Subject::RunningTasksCount => "runningTasksCount".to_owned(),
                Subject::TaskGroup => "task:group".to_owned(),
            };
            format!("{subject} {}", asked(draw, ask))
        }
    }
}

fn joined(draw: &mut Draw, parts: &[Tree], words: &[&str], bracketed: impl Fn(&Tree) -> bool) -> String {
    let mut whole = String::new();
    for part in parts {
        if !whole.is_empty() {
            whole += draw.one_of(words);
        }
        let inner = text(draw, part);
        whole += &if bracketed(part) || draw.percent(20) { format!("({inner})") } else { inner };
    }
    whole
}

fn asked(draw: &mut Draw, ask: &Ask) -> String {
    let list = |values: &[String]| {
        let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
        format!("[{}]", values.join(", "))
    };
    match ask {
        Ask::Exists => "exists".to_owned(),
        Ask::Absent => draw.one_of(&["!exists", "not_exists"]).to_owned(),
        Ask::Compare(sign, value, _) => {
            let word = match *sign {
                "==" => "equals",
                "!=" => "not_equals",
                ">" => "greater_than",
                ">=" => "greater_than_equal",
                "<" => "less_than",
                _ => "less_than_equal",
            };
            format!("{} {}", draw.one_of(&[sign, word]), quoted(value))
        }
        Ask::In(values) => format!("in {}", list(values)),
        Ask::NotIn(values) => format!("{} {}", draw.one_of(&["!in", "not_in"]), list(values)),
        Ask::Like(pieces) => format!("{} {}", draw.one_of(&["=~", "matches"]), quoted(&regular(pieces))),
        Ask::NotLike(pieces) => {
            format!("{} {}", draw.one_of(&["!~", "not_matches"]), quoted(&regular(pieces)))
        }
    }
}

fn quoted(literal: &str) -> String {
    if literal.contains('\'') { format!("\"{literal}\"") } else { format!("'{literal}'") }
}

fn regular(pieces: &[Piece]) -> String {
    let escaped = |letter: &char| match letter.is_alphanumeric() || " ,-:'".contains(*letter) {
        true => letter.to_string(),
        false => format!("\\{letter}"),
    };
    let one = |piece: &Piece| match piece {
        Piece::Letter(letter) => escaped(letter),
        Piece::Any => ".".to_owned(),
        Piece::Anything => ".*".to_owned(),
        Piece::Some(letters) => {
            let class = |letter: &char| {
                if letter.is_alphanumeric() { letter.to_string() } else { format!("\\{letter}") }
            };
            format!("[{}]+", letters.iter().map(class).collect::<String>())
        }
    };
    pieces.iter().map(one).collect()
}

/// Whether the expression holds for an instance.
pub fn holds(tree: &Tree, seen: &Seen<'_>, reached: &mut Reached) -> bool {
    match tree {
        // All parts are asked, so that what is reached does not hang on their order.
        Tree::Or(parts) => parts.iter().filter(|part| holds(part, seen, reached)).count() > 0,
        Tree::And(parts) => parts.iter().filter(|part| holds(part, seen, reached)).count() == parts.len(),
        Tree::Not(inner) => !holds(inner, seen, reached),
        Tree::Is(subject, ask) => {
            let answer = answered(*subject, ask, seen);
            let name = match subject {
                Subject::Attribute(_) => "attribute",
                Subject::AgentConnected => "agentConnected",
                Subject::AgentVersion => "agentVersion",
                Subject::Ec2InstanceId => "ec2InstanceId",
                Subject::RegisteredAt => "registeredAt",
                Subject::RunningTasksCount => "runningTasksCount",
                Subject::TaskGroup => "task:group",
            };
            *reached.entry(format!("asked: {name}, {answer}")).or_insert(0) += 1;
            let kind = match (subject, ask) {
                (Subject::Attribute(_), Ask::Exists | Ask::Absent) => " exists",
                (Subject::Attribute(_), Ask::Compare(..)) => " <",
                (Subject::Attribute(_), Ask::In(_) | Ask::NotIn(_)) => " in",
                (Subject::Attribute(_), Ask::Like(_) | Ask::NotLike(_)) => " =~",
                _ => return answer,
            };
            *reached.entry(format!("asked: {name}{kind}, {answer}")).or_insert(0) += 1;
            answer
        }
    }
}

fn answered(subject: Subject, ask: &Ask, seen: &Seen<'_>) -> bool {
    match subject {
        Subject::Attribute(name) => one_text(seen.instance.attributes.get(name).map(String::as_str), ask),
        Subject::AgentConnected => {
            let connected = seen.instance.agent_connected.to_string();
            one_text(Some(&connected), ask)
        }
        Subject::Ec2InstanceId => one_text(Some(&seen.name), ask),
        Subject::AgentVersion => {
            let Ask::Compare(sign, text, _) = ask else { unreachable!("versions are compared") };
            let mut wanted: Vec<u64> = text.split('.').map(|part| part.parse().unwrap()).collect();
            let mut found = seen.instance.agent_version.clone();
            let longest = wanted.len().max(found.len());
            wanted.resize(longest, 0);
            found.resize(longest, 0);
            compares(sign, &found, &wanted)
        }
        Subject::RegisteredAt => {
            let Ask::Compare(sign, _, ms) = ask else { unreachable!("dates are compared") };
            compares(sign, &(seen.instance.registered_at.0 as i64), ms)
        }
        Subject::RunningTasksCount => {
            let Ask::Compare(sign, text, _) = ask else { unreachable!("counts are compared") };
            compares(sign, &(seen.active.len() as i64), &text.parse().unwrap())
        }
        // CQL-7: one task in the group is enough; a negation asks for none.
        Subject::TaskGroup => {
            let any = |ask: &Ask| seen.groups.iter().any(|group| one_text(Some(group), ask));
            match ask.clone() {
                Ask::Compare("!=", value, ms) => !any(&Ask::Compare("==", value, ms)),
                Ask::NotIn(values) => !any(&Ask::In(values)),
                Ask::NotLike(pieces) => !any(&Ask::Like(pieces)),
                positive => any(&positive),
            }
        }
    }
}

/// CQL-1, CQL-8, CQL-9.
fn one_text(found: Option<&str>, ask: &Ask) -> bool {
    match (ask, found) {
        (Ask::Exists, found) => found.is_some(),
        (Ask::Absent, found) => found.is_none(),
        (Ask::Compare(sign, ..), None) => *sign == "!=",
        (Ask::Compare("==", wanted, _), Some(found)) => found == wanted,
        (Ask::Compare("!=", wanted, _), Some(found)) => found != wanted,
        (Ask::Compare(sign, wanted, _), Some(found)) => match (a_number(found), a_number(wanted)) {
            (Some(found), Some(wanted)) => compares(sign, &found, &wanted),
            _ => compares(sign, found, wanted.as_str()),
        },
        (Ask::In(_) | Ask::Like(_), None) => false,
        (Ask::NotIn(_) | Ask::NotLike(_), None) => true,
        (Ask::In(values), Some(found)) => values.iter().any(|value| value == found),
        (Ask::NotIn(values), Some(found)) => values.iter().all(|value| value != found),
        (Ask::Like(pieces), Some(found)) => matches(pieces, &found.chars().collect::<Vec<_>>()),
        (Ask::NotLike(pieces), Some(found)) => !matches(pieces, &found.chars().collect::<Vec<_>>()),
    }
}

/// A number is made of digits; words such as `nan` are none.
fn a_number(text: &str) -> Option<f64> {
    let written = text.contains(|letter: char| letter.is_ascii_digit());
    text.parse::<f64>().ok().filter(|_| written)
}

fn compares<T: PartialOrd + ?Sized>(sign: &str, found: &T, wanted: &T) -> bool {
    match sign {
        "==" => found == wanted,
        "!=" => found != wanted,
        ">" => found > wanted,
        ">=" => found >= wanted,
        "<" => found < wanted,
        "<=" => found <= wanted,
        other => unreachable!("{other} is no sign"),
    }
}

/// Whether the whole text matches, every way of cutting it up being tried.
fn matches(pieces: &[Piece], text: &[char]) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return text.is_empty() };
    match first {
        Piece::Letter(letter) => text.first() == Some(letter) && matches(rest, &text[1..]),
        Piece::Any => !text.is_empty() && matches(rest, &text[1..]),
        Piece::Anything => (0..=text.len()).any(|length| matches(rest, &text[length..])),
        Piece::Some(letters) => (1..=text.len())
            .take_while(|length| letters.contains(&text[length - 1]))
            .any(|length| matches(rest, &text[length..])),
    }
}
