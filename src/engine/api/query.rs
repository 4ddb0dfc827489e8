//! The text of an expression of the cluster query language, read (section 5c of the rule book).

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use thiserror::Error;
use winnow::ascii::multispace0;
use winnow::combinator::{alt, cut_err, delimited, eof, fail, not, peek, preceded, separated, terminated};
use winnow::error::{ContextError, ErrMode, StrContext, StrContextValue};
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Stream};
use winnow::token::{literal, take_till, take_while};

use crate::model::query::{Comparison, Expression, Pattern, Predicate, Subject, Test, Value, is_bare};

/// How deep brackets and `not` may nest.
const MAX_DEPTH: usize = 32;

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("at character {at}: {what}")]
pub struct ExpressionError {
    /// The character, counting from 1.
    pub at: usize,
    /// What was found and what would be right.
    pub what: String,
}

type Text<'a> = LocatingSlice<&'a str>;
type Found<T> = Result<T, ErrMode<ContextError>>;

/// Reads an expression. `zero_ms` is the date of simulated zero in Unix milliseconds, from which dates are
/// counted (CQL-5).
///
/// # Errors
/// The first mistake with its place.
pub fn parse(text: &str, zero_ms: i64) -> Result<Expression, ExpressionError> {
    let whole = terminated(|input: &mut Text<'_>| disjunction(input, zero_ms, 0), (multispace0, end));
    let mut whole = preceded(multispace0, whole);
    whole.parse(LocatingSlice::new(text)).map_err(|error| {
        let offset = error.offset();
        let inner = error.inner();
        let cause = inner.cause().map(ToString::to_string);
        let expected: Vec<String> = inner
            .context()
            .filter_map(|context| match context {
                StrContext::Expected(expected) => Some(expected.to_string()),
                _ => None,
            })
            .collect();
        let rest: String = text[offset..].chars().take(20).collect();
        let found = if rest.is_empty() { "the end".to_owned() } else { format!("{rest:?}") };
        let what = cause.unwrap_or_else(|| format!("expected {}, found {found}", expected.join(" or ")));
        ExpressionError { at: text[..offset].chars().count() + 1, what }
    })
}

fn expected(what: &'static str) -> StrContext {
    StrContext::Expected(StrContextValue::Description(what))
}

fn end(input: &mut Text<'_>) -> Found<()> {
    eof.void().context(expected("`and`, `or` or the end")).parse_next(input)
}

fn disjunction(input: &mut Text<'_>, zero_ms: i64, depth: usize) -> Found<Expression> {
    let one = |input: &mut Text<'_>| conjunction(input, zero_ms, depth);
    let parts: Vec<Expression> =
        separated(1.., one, between(alt((literal("||"), word("or"))))).parse_next(input)?;
    Ok(unless_single(parts, Expression::Any))
}

fn conjunction(input: &mut Text<'_>, zero_ms: i64, depth: usize) -> Found<Expression> {
    let one = |input: &mut Text<'_>| negation(input, zero_ms, depth);
    let parts: Vec<Expression> =
        separated(1.., one, between(alt((literal("&&"), word("and"))))).parse_next(input)?;
    Ok(unless_single(parts, Expression::All))
}

fn unless_single(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.len() {
        1 => parts.remove(0),
        _ => many(parts),
    }
}

/// A word that joins, with space around it; after it, an operand must come.
fn between<'a>(
    joint: impl Parser<Text<'a>, &'a str, ErrMode<ContextError>>,
) -> impl Parser<Text<'a>, (), ErrMode<ContextError>> {
    delimited(multispace0, joint, multispace0).void()
}

/// A word that is not the beginning of a longer one.
fn word<'a>(word: &'static str) -> impl Parser<Text<'a>, &'a str, ErrMode<ContextError>> {
    terminated(literal(word), peek(not(take_while(1, is_bare))))
}

fn negation(input: &mut Text<'_>, zero_ms: i64, depth: usize) -> Found<Expression> {
    if depth > MAX_DEPTH {
        return cut_err(fail.context(expected("at most 32 levels of brackets and `not`"))).parse_next(input);
    }
    let negated = preceded((alt((literal("!"), word("not"))), multispace0), |input: &mut Text<'_>| {
        cut_err(|input: &mut Text<'_>| negation(input, zero_ms, depth + 1)).parse_next(input)
    });
    let bracketed = delimited(
        (literal("("), multispace0),
        cut_err(|input: &mut Text<'_>| disjunction(input, zero_ms, depth + 1)),
        (multispace0, cut_err(literal(")").context(expected("`and`, `or` or a closing bracket")))),
    );
    alt((
        negated.map(|inner| Expression::Not(Box::new(inner))),
        bracketed,
        (|input: &mut Text<'_>| predicate(input, zero_ms)).map(Expression::Predicate),
        cut_err(fail.context(expected(
            "a subject (attribute:<name>, agentConnected, agentVersion, ec2InstanceId, registeredAt, \
             runningTasksCount, task:group), `not` or a bracket",
        ))),
    ))
    .parse_next(input)
}

fn predicate(input: &mut Text<'_>, zero_ms: i64) -> Found<Predicate> {
    let subject = subject(input)?;
    let test = cut_err(preceded(multispace0, |input: &mut Text<'_>| test(input, &subject, zero_ms)))
        .parse_next(input)?;
    Ok(Predicate { subject, test })
}

fn subject(input: &mut Text<'_>) -> Found<Subject> {
    let start = input.checkpoint();
    let name = take_while(1.., is_bare).parse_next(input)?;
    let subject = match name.split_once(':') {
        Some(("attribute", name)) if !name.is_empty() => Subject::Attribute(name.to_owned()),
        Some(("task", "group")) => Subject::TaskGroup,
        _ => match name {
            "agentConnected" => Subject::AgentConnected,
            "agentVersion" => Subject::AgentVersion,
            "ec2InstanceId" => Subject::Ec2InstanceId,
            "registeredAt" => Subject::RegisteredAt,
            "runningTasksCount" => Subject::RunningTasksCount,
            _ => {
                input.reset(&start);
                return fail.parse_next(input);
            }
        },
    };
    Ok(subject)
}

#[derive(Clone, Copy)]
enum Operator {
    Exists(bool),
    Compare(Comparison),
    OneOf(bool),
    Matches(bool),
}

fn operator<'a>() -> impl Parser<Text<'a>, Operator, ErrMode<ContextError>> {
    let signs = alt((
        literal("==").value(Operator::Compare(Comparison::Equal)),
        literal("!=").value(Operator::Compare(Comparison::NotEqual)),
        literal(">=").value(Operator::Compare(Comparison::GreaterOrEqual)),
        literal("<=").value(Operator::Compare(Comparison::LessOrEqual)),
        literal(">").value(Operator::Compare(Comparison::Greater)),
        literal("<").value(Operator::Compare(Comparison::Less)),
        literal("=~").value(Operator::Matches(false)),
        literal("!~").value(Operator::Matches(true)),
    ));
    let words = alt((
        word("exists").value(Operator::Exists(false)),
        alt((word("!exists"), word("not_exists"))).value(Operator::Exists(true)),
        word("equals").value(Operator::Compare(Comparison::Equal)),
        word("not_equals").value(Operator::Compare(Comparison::NotEqual)),
        word("greater_than_equal").value(Operator::Compare(Comparison::GreaterOrEqual)),
        word("greater_than").value(Operator::Compare(Comparison::Greater)),
        word("less_than_equal").value(Operator::Compare(Comparison::LessOrEqual)),
        word("less_than").value(Operator::Compare(Comparison::Less)),
    ));
    let sets = alt((
        word("in").value(Operator::OneOf(false)),
        alt((word("!in"), word("not_in"))).value(Operator::OneOf(true)),
        word("matches").value(Operator::Matches(false)),
        word("not_matches").value(Operator::Matches(true)),
    ));
    alt((signs, words, sets))
}

fn test(input: &mut Text<'_>, subject: &Subject, zero_ms: i64) -> Found<Test> {
    let takes = |operator: &Operator| takes(subject, *operator);
    let operator = operator().verify(takes).context(expected(operators_of(subject))).parse_next(input)?;
    let argument = |input: &mut Text<'_>| preceded(multispace0, one_literal).parse_next(input);
    match operator {
        Operator::Exists(negated) => Ok(Test::Exists { negated }),
        Operator::Compare(comparison) => {
            preceded(multispace0, one_literal.try_map(|text| value(subject, text, zero_ms)))
                .map(|value| Test::Compare(comparison, value))
                .parse_next(input)
        }
        Operator::OneOf(negated) => {
            let list = delimited(
                (multispace0, literal("[").context(expected("a list in square brackets"))),
                separated(1.., argument, (multispace0, literal(","))),
                (multispace0, literal("]").context(expected("a comma or the closing square bracket"))),
            );
            list.map(|values| Test::OneOf { values, negated }).parse_next(input)
        }
        Operator::Matches(negated) => preceded(
            multispace0,
            one_literal.try_map(|text| {
                Pattern::new(&text).map_err(|error| match error {
                    regex::Error::CompiledTooBig(_) => ValueError::TooLarge(text),
                    _ => ValueError::Pattern(text),
                })
            }),
        )
        .map(|pattern| Test::Matches { pattern, negated })
        .parse_next(input),
    }
}

/// Which operators a subject takes (table of section 5c).
fn takes(subject: &Subject, operator: Operator) -> bool {
    let equality = matches!(operator, Operator::Compare(Comparison::Equal | Comparison::NotEqual));
    match subject {
        Subject::Attribute(_) => true,
        Subject::AgentVersion | Subject::RegisteredAt | Subject::RunningTasksCount => {
            matches!(operator, Operator::Compare(_))
        }
        Subject::AgentConnected | Subject::Ec2InstanceId | Subject::TaskGroup => {
            equality || matches!(operator, Operator::OneOf(_) | Operator::Matches(_))
        }
    }
}

fn operators_of(subject: &Subject) -> &'static str {
    match subject {
        Subject::Attribute(_) => "an operator (==, !=, >, >=, <, <=, in, !in, =~, !~, exists, !exists)",
        Subject::AgentVersion => "one of ==, !=, >, >=, <, <= after agentVersion",
        Subject::RegisteredAt => "one of ==, !=, >, >=, <, <= after registeredAt",
        Subject::RunningTasksCount => "one of ==, !=, >, >=, <, <= after runningTasksCount",
        Subject::AgentConnected => "one of ==, !=, in, !in, =~, !~ after agentConnected",
        Subject::Ec2InstanceId => "one of ==, !=, in, !in, =~, !~ after ec2InstanceId",
        Subject::TaskGroup => "one of ==, !=, in, !in, =~, !~ after task:group",
    }
}

fn one_literal(input: &mut Text<'_>) -> Found<String> {
    let quoted = |quote: &'static str| {
        let mark = quote.chars().next().unwrap_or('"');
        delimited(
            literal(quote),
            take_till(0.., move |character| character == mark),
            cut_err(literal(quote).context(expected("the closing quote"))),
        )
    };
    let bare = take_while(1.., is_bare).context(expected("a value"));
    alt((quoted("'"), quoted("\""), bare)).map(str::to_owned).parse_next(input)
}

#[derive(Debug, Error)]
enum ValueError {
    #[error("{0:?} is no regular expression")]
    Pattern(String),
    #[error("{0:?} is too large a regular expression: its repetitions multiply")]
    TooLarge(String),
    #[error("{0:?} is no count of tasks, a whole number such as 3")]
    Count(String),
    #[error("{0:?} is no version, numbers with dots such as 1.94.0")]
    Version(String),
    #[error("{0:?} is no date, such as 2026-01-05 or 2026-01-05T08:00:00Z")]
    Date(String),
}

fn value(subject: &Subject, text: String, zero_ms: i64) -> Result<Value, ValueError> {
    match subject {
        Subject::RunningTasksCount => text.parse().map(Value::Count).map_err(|_| ValueError::Count(text)),
        Subject::AgentVersion => {
            let parts: Result<Vec<u64>, _> = text.split('.').map(str::parse).collect();
            parts.map(Value::Version).map_err(|_| ValueError::Version(text))
        }
        Subject::RegisteredAt => match date(&text) {
            Some(at) => Ok(Value::Date(text, at.as_millisecond() - zero_ms)),
            None => Err(ValueError::Date(text)),
        },
        Subject::Attribute(_) | Subject::AgentConnected | Subject::Ec2InstanceId | Subject::TaskGroup => {
            Ok(Value::Text(text))
        }
    }
}

/// CQL-5: with an offset, with `Z`, without either (UTC), or a day alone.
fn date(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let civil = match text.parse::<DateTime>() {
        Ok(at) => at,
        Err(_) => text.parse::<Date>().ok()?.at(0, 0, 0, 0),
    };
    civil.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests;
