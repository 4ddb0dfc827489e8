//! Expressions of the cluster query language, as data (CQL-1..10): what a `memberOf` constraint asks of an instance.

use std::fmt;

use regex::Regex;

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// At least one holds: `or`.
    Any(Vec<Expression>),
    /// All hold: `and`.
    All(Vec<Expression>),
    /// It does not hold: `not`.
    Not(Box<Expression>),
    /// One question about an instance.
    Predicate(Predicate),
}

/// A subject and what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    /// What is looked at.
    pub subject: Subject,
    /// What it must satisfy.
    pub test: Test,
}

/// What a predicate looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// An attribute, built in or of the user's (CQL-1).
    Attribute(String),
    /// Whether the agent is connected: `true` or `false` (CQL-2).
    AgentConnected,
    /// The version of the agent (CQL-3).
    AgentVersion,
    /// The instance's id (CQL-4).
    Ec2InstanceId,
    /// When it registered (CQL-5).
    RegisteredAt,
    /// Its tasks with desired status RUNNING (CQL-6).
    RunningTasksCount,
    /// The groups of its tasks (CQL-7).
    TaskGroup,
}

impl Subject {
    /// The subject as it is written.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Subject::Attribute(name) => format!("attribute:{name}"),
            Subject::AgentConnected => "agentConnected".to_owned(),
            Subject::AgentVersion => "agentVersion".to_owned(),
            Subject::Ec2InstanceId => "ec2InstanceId".to_owned(),
            Subject::RegisteredAt => "registeredAt".to_owned(),
            Subject::RunningTasksCount => "runningTasksCount".to_owned(),
            Subject::TaskGroup => "task:group".to_owned(),
        }
    }
}

/// What a subject must satisfy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Test {
    /// It is there, or is not.
    Exists {
        /// Whether it must be absent.
        negated: bool,
    },
    /// It compares with a value.
    Compare(Comparison, Value),
    /// It is one of these, or none.
    OneOf {
        /// The values.
        values: Vec<String>,
        /// Whether it must be none of them.
        negated: bool,
    },
    /// The whole of it matches a regular expression, or does not (CQL-9).
    Matches {
        /// The pattern.
        pattern: Pattern,
        /// Whether it must not match.
        negated: bool,
    },
}

/// How a value compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
}

/// A value to compare with, read as its subject wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// As written: attributes, ids, groups, `true` and `false`.
    Text(String),
    /// A version by its components (CQL-3).
    Version(Vec<u64>),
    /// A count (CQL-6).
    Count(u64),
    /// A date (CQL-5): as written, and in milliseconds since simulated zero.
    Date(String, i64),
}

/// A regular expression that must match the whole value.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    whole: Regex,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(text: &str) -> Result<Pattern, regex::Error> {
        Regex::new(text)?; // by itself, so that it cannot close the bracket that follows
        Ok(Pattern { text: text.to_owned(), whole: Regex::new(&format!("^(?:{text})$"))? })
    }

    /// Whether all of `value` matches.
    #[must_use]
    pub fn matches(&self, value: &str) -> bool {
        self.whole.is_match(value)
    }
}

impl Eq for Pattern {}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

impl Expression {
    /// The names of the attributes that it asks for, in order.
    #[must_use]
    pub fn attributes(&self) -> Vec<&str> {
        match self {
            Expression::Any(parts) | Expression::All(parts) => {
                parts.iter().flat_map(Expression::attributes).collect()
            }
            Expression::Not(inner) => inner.attributes(),
            Expression::Predicate(Predicate { subject: Subject::Attribute(name), .. }) => vec![name],
            Expression::Predicate(_) => Vec::new(),
        }
    }

    /// Whether the answer can change while instances and their attributes stay as they are: it asks for tasks.
    #[must_use]
    pub fn reads_tasks(&self) -> bool {
        match self {
            Expression::Any(parts) | Expression::All(parts) => parts.iter().any(Expression::reads_tasks),
            Expression::Not(inner) => inner.reads_tasks(),
            Expression::Predicate(predicate) => {
                matches!(predicate.subject, Subject::TaskGroup | Subject::RunningTasksCount)
            }
        }
    }
}

/// Writes an expression so that it reads as the same one: brackets only where precedence needs them (CQL-10).
impl fmt::Display for Expression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expression::Any(parts) => joined(out, parts, " or ", |part| matches!(part, Expression::Any(_))),
            Expression::All(parts) => {
                joined(out, parts, " and ", |part| matches!(part, Expression::Any(_) | Expression::All(_)))
            }
            Expression::Not(inner) => write!(out, "not({inner})"),
            Expression::Predicate(predicate) => predicate.fmt(out),
        }
    }
}

fn joined(
    out: &mut fmt::Formatter<'_>,
    parts: &[Expression],
    word: &str,
    bracketed: impl Fn(&Expression) -> bool,
) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.write_str(word)?;
        }
        match bracketed(part) {
            true => write!(out, "({part})")?,
            false => write!(out, "{part}")?,
        }
    }
    Ok(())
}

impl fmt::Display for Predicate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject.name();
        match &self.test {
            Test::Exists { negated: false } => write!(out, "{subject} exists"),
            Test::Exists { negated: true } => write!(out, "{subject} !exists"),
            Test::Compare(comparison, value) => {
                let sign = match comparison {
                    Comparison::Equal => "==",
                    Comparison::NotEqual => "!=",
                    Comparison::Greater => ">",
                    Comparison::GreaterOrEqual => ">=",
                    Comparison::Less => "<",
                    Comparison::LessOrEqual => "<=",
                };
                write!(out, "{subject} {sign} {}", quoted(&value.to_string()))
            }
            Test::OneOf { values, negated } => {
                let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                let word = if *negated { "!in" } else { "in" };
                write!(out, "{subject} {word} [{}]", values.join(", "))
            }
            Test::Matches { pattern, negated } => {
                let sign = if *negated { "!~" } else { "=~" };
                write!(out, "{subject} {sign} {}", quoted(&pattern.text))
            }
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) | Value::Date(text, _) => out.write_str(text),
            Value::Count(count) => count.fmt(out),
            Value::Version(parts) => {
                let parts: Vec<String> = parts.iter().map(u64::to_string).collect();
                out.write_str(&parts.join("."))
            }
        }
    }
}

/// A literal: in the quotes that it does not hold itself.
fn quoted(text: &str) -> String {
    let bare = !text.is_empty() && text.chars().all(is_bare);
    match (bare, text.contains('\'')) {
        (true, _) => text.to_owned(),
        (false, false) => format!("'{text}'"),
        (false, true) => format!("\"{text}\""),
    }
}

/// Whether a character may stand in a literal without quotes.
#[must_use]
pub fn is_bare(character: char) -> bool {
    !character.is_whitespace() && !"()[],'\"&|!=<>~".contains(character)
}
