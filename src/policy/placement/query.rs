//! Whether an instance satisfies an expression of the cluster query language (CQL).

use std::cmp::Ordering;

use crate::model::query::{Comparison, Expression, Predicate, Subject, Test, Value};
use crate::model::task::Task;
use crate::model::{Cluster, InstanceId, ServiceId};

/// About which instance an expression is asked.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// The instance.
    pub instance: InstanceId,
    /// Tasks of this service are not seen.
    pub not_of: Option<ServiceId>,
}

impl<'a> Question<'a> {
    /// The tasks on the instance with desired status RUNNING: those told to stop do not count, as for
    /// distinctInstance (PLC-11).
    fn tasks(self) -> impl Iterator<Item = &'a Task> {
        let on_instance = self.cluster.instances[self.instance].tasks.iter();
        let tasks = on_instance.map(|task| &self.cluster.tasks[*task]);
        tasks.filter(move |task| task.is_active() && (self.not_of.is_none() || task.service() != self.not_of))
    }
}

/// Whether `expression` holds for an instance now.
#[must_use]
pub fn holds(expression: &Expression, question: &Question<'_>) -> bool {
    match expression {
        Expression::Any(parts) => parts.iter().any(|part| holds(part, question)),
        Expression::All(parts) => parts.iter().all(|part| holds(part, question)),
        Expression::Not(inner) => !holds(inner, question),
        Expression::Predicate(predicate) => satisfies(predicate, question),
    }
}

fn satisfies(Predicate { subject, test }: &Predicate, question: &Question<'_>) -> bool {
    let (cluster, id) = (question.cluster, question.instance);
    let instance = &cluster.instances[id];
    match subject {
        Subject::Attribute(name) => of_text(instance.attributes.get(name).map(String::as_str), test),
        Subject::AgentConnected => {
            of_text(Some(if instance.agent_connected { "true" } else { "false" }), test)
        }
        Subject::AgentVersion => of_order(test, |value| match value {
            Value::Version(wanted) => Some(by_component(&instance.agent_version, wanted)),
            Value::Text(_) | Value::Count(_) | Value::Date(..) => None,
        }),
        Subject::Ec2InstanceId => of_text(Some(&cluster.instance_name(id)), test),
        Subject::RegisteredAt => of_order(test, |value| match value {
            Value::Date(_, ms) => Some(i64::try_from(instance.registered_at.0).unwrap_or(i64::MAX).cmp(ms)),
            Value::Text(_) | Value::Count(_) | Value::Version(_) => None,
        }),
        Subject::RunningTasksCount => of_order(test, |value| match value {
            Value::Count(count) => Some((question.tasks().count() as u64).cmp(count)),
            Value::Text(_) | Value::Version(_) | Value::Date(..) => None,
        }),
        Subject::TaskGroup => {
            // CQL-7: any task will do; a negated question asks for none.
            let mut groups = question.tasks().map(|task| cluster.group(task.group).name.as_str());
            match positive(test) {
                Some(test) => !groups.any(|group| of_text(Some(group), &test)),
                None => groups.any(|group| of_text(Some(group), test)),
            }
        }
    }
}

/// The question without its negation, if it is negated.
fn positive(test: &Test) -> Option<Test> {
    match test {
        Test::Compare(Comparison::NotEqual, value) => Some(Test::Compare(Comparison::Equal, value.clone())),
        Test::OneOf { values, negated: true } => Some(Test::OneOf { values: values.clone(), negated: false }),
        Test::Matches { pattern, negated: true } => {
            Some(Test::Matches { pattern: pattern.clone(), negated: false })
        }
        Test::Compare(..) | Test::OneOf { .. } | Test::Matches { .. } | Test::Exists { .. } => None,
    }
}

/// CQL-1: what is missing equals nothing, compares with nothing and matches nothing.
fn of_text(found: Option<&str>, test: &Test) -> bool {
    match test {
        Test::Exists { negated } => found.is_some() != *negated,
        Test::Compare(comparison, Value::Text(wanted)) => match found {
            Some(found) => is(*comparison, by_number_or_letters(*comparison, found, wanted)),
            None => *comparison == Comparison::NotEqual,
        },
        Test::Compare(_, Value::Version(_) | Value::Count(_) | Value::Date(..)) => false,
        Test::OneOf { values, negated } => {
            found.is_some_and(|found| values.iter().any(|value| value == found)) != *negated
        }
        Test::Matches { pattern, negated } => found.is_some_and(|found| pattern.matches(found)) != *negated,
    }
}

/// CQL-8: equality is that of the text; order is numeric where both are numbers, else by letters.
fn by_number_or_letters(comparison: Comparison, found: &str, wanted: &str) -> Ordering {
    let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
    let numbers = number(found).zip(number(wanted)).filter(|_| !equality);
    let by_number = numbers.and_then(|(found, wanted)| found.partial_cmp(&wanted)); // -0 is 0
    by_number.unwrap_or_else(|| found.cmp(wanted))
}

/// A number has digits: the words `inf` and `nan` are words.
fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|_| text.contains(|character: char| character.is_ascii_digit()))
}

fn of_order(test: &Test, compare: impl FnOnce(&Value) -> Option<Ordering>) -> bool {
    match test {
        Test::Compare(comparison, value) => compare(value).is_some_and(|order| is(*comparison, order)),
        Test::Exists { .. } | Test::OneOf { .. } | Test::Matches { .. } => false,
    }
}

fn is(comparison: Comparison, order: Ordering) -> bool {
    match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
    }
}

/// CQL-3: component by component, a missing one being 0.
fn by_component(found: &[u64], wanted: &[u64]) -> Ordering {
    let longest = found.len().max(wanted.len());
    let part = |parts: &[u64], index: usize| parts.get(index).copied().unwrap_or(0);
    (0..longest)
        .map(|index| part(found, index).cmp(&part(wanted, index)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests;
