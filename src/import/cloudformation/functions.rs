//! Parameters, conditions, mappings and the intrinsic functions of a template, as far as a template alone decides them.

use std::collections::BTreeMap;

use super::Parameters;
use crate::scenario::tree::{Node, Value};

/// How a text begins that stands for a value nobody knows here; why stands behind it.
pub const UNKNOWN: &str = "\u{1}unknown: ";
/// Functions may nest so deep.
const MAX_DEPTH: usize = 32;

/// A template and what its references mean.
pub struct Template<'t> {
    root: &'t Node,
    parameters: &'t Parameters,
    stack: String,
    /// Names of resources by logical id.
    names: BTreeMap<String, String>,
}

impl<'t> Template<'t> {
    /// A template that is deployed as the stack `stack`.
    pub fn new(root: &'t Node, stack: &str, parameters: &'t Parameters) -> Template<'t> {
        let stack = stack.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let mut template = Template { root, parameters, stack, names: BTreeMap::new() };
        for (logical_id, resource) in root.entry("Resources").and_then(Node::entries).unwrap_or_default() {
            let name = template.name_of(&logical_id.text, resource);
            template.names.insert(logical_id.text.clone(), name);
        }
        template
    }

    /// What a resource is called: by its own name, or by its logical id.
    fn name_of(&self, logical_id: &str, resource: &Node) -> String {
        let key = match resource.entry("Type").and_then(Node::text).unwrap_or_default() {
            "AWS::ECS::Service" => "ServiceName",
            "AWS::ECS::TaskDefinition" => "Family",
            "AWS::ECS::Cluster" => "ClusterName",
            "AWS::ECS::CapacityProvider" | "AWS::ElasticLoadBalancingV2::TargetGroup" => "Name",
            "AWS::AutoScaling::AutoScalingGroup" => "AutoScalingGroupName",
            "AWS::ApplicationAutoScaling::ScalableTarget" => "ResourceId",
            _ => return logical_id.to_owned(),
        };
        let given = resource.entry("Properties").and_then(|properties| properties.entry(key));
        let text = given.map(|node| self.resolve(node)).and_then(|node| node.text().map(str::to_owned));
        text.filter(|text| !text.starts_with(UNKNOWN) && !text.is_empty())
            .unwrap_or_else(|| logical_id.to_owned())
    }

    /// The name of the resource with this logical id.
    pub fn name<'a>(&'a self, logical_id: &'a str) -> &'a str {
        self.names.get(logical_id).map_or(logical_id, String::as_str)
    }

    /// The region.
    pub fn region(&self) -> &str {
        &self.parameters.region
    }

    /// Whether the condition of a resource is met.
    pub fn is_wanted(&self, resource: &Node) -> bool {
        resource.entry("Condition").and_then(Node::text).is_none_or(|name| self.condition(name, 0))
    }

    fn condition(&self, name: &str, depth: usize) -> bool {
        let found = self.root.entry("Conditions").and_then(|all| all.entry(name));
        depth < MAX_DEPTH && found.is_some_and(|node| self.is_true(node, depth + 1))
    }

    fn is_true(&self, node: &Node, depth: usize) -> bool {
        if depth >= MAX_DEPTH {
            return false;
        }
        let Some([(key, of)]) = node.entries() else { return false };
        let parts = of.items().unwrap_or_default();
        match key.text.as_str() {
            "Condition" => of.text().is_some_and(|name| self.condition(name, depth + 1)),
            "Fn::Not" => parts.first().is_some_and(|part| !self.is_true(part, depth + 1)),
            "Fn::And" => parts.iter().all(|part| self.is_true(part, depth + 1)),
            "Fn::Or" => parts.iter().any(|part| self.is_true(part, depth + 1)),
            "Fn::Equals" => match parts {
                [a, b] => text_of(&self.resolve(a)) == text_of(&self.resolve(b)),
                _ => false,
            },
            _ => false,
        }
    }

    /// The value with its functions carried out. What cannot be known becomes a text that begins with [`UNKNOWN`].
    pub fn resolve(&self, node: &Node) -> Node {
        self.resolve_within(node, 0).unwrap_or_else(|| Node { value: Value::Null, ..node.clone() })
    }

    /// Nothing: `AWS::NoValue`, which takes the key with it.
    fn resolve_within(&self, node: &Node, depth: usize) -> Option<Node> {
        if depth >= MAX_DEPTH {
            return Some(unknown(node, "functions are nested too deep"));
        }
        match &node.value {
            Value::Mapping(entries) => {
                if let [(key, of)] = &entries[..]
                    && (key.text.starts_with("Fn::") || key.text == "Ref")
                {
                    return self.function(node, &key.text, of, depth + 1);
                }
                let entries = entries
                    .iter()
                    .filter_map(|(key, value)| Some((key.clone(), self.resolve_within(value, depth + 1)?)));
                Some(Node { value: Value::Mapping(entries.collect()), ..node.clone() })
            }
            Value::List(items) => {
                let items = items.iter().filter_map(|item| self.resolve_within(item, depth + 1));
                Some(Node { value: Value::List(items.collect()), ..node.clone() })
            }
            _ => Some(node.clone()),
        }
    }

    fn function(&self, node: &Node, name: &str, of: &Node, depth: usize) -> Option<Node> {
        let part = |index: usize| of.items().and_then(|items| items.get(index));
        match name {
            "Ref" => self.reference(node, of.text().unwrap_or_default()),
            "Fn::GetAtt" => {
                let id = of.text().or_else(|| part(0)?.text()).unwrap_or_default();
                let id = id.split('.').next().unwrap_or_default();
                Some(match self.names.get(id) {
                    Some(name) => text(node, name),
                    None => unknown(node, &format!("there is no resource {id}")),
                })
            }
            "Fn::If" => {
                let holds = part(0).and_then(Node::text).is_some_and(|name| self.condition(name, 0));
                let chosen = if holds { part(1) } else { part(2) };
                chosen.map_or_else(
                    || Some(unknown(node, "Fn::If without a choice")),
                    |chosen| self.resolve_within(chosen, depth),
                )
            }
            "Fn::Sub" => Some(self.substituted(node, of, depth)),
            "Fn::Join" => {
                let between = part(0).and_then(Node::text).unwrap_or_default();
                let parts = part(1).and_then(|list| self.resolve_within(list, depth));
                let parts: Vec<String> =
                    parts.as_ref().and_then(Node::items).unwrap_or_default().iter().map(text_of).collect();
                Some(match parts.iter().find(|part| part.starts_with(UNKNOWN)) {
                    Some(why) => text(node, why),
                    None => text(node, &parts.join(between)),
                })
            }
            "Fn::Select" => {
                let index = part(0)
                    .map(|index| text_of(&self.resolve(index)))
                    .and_then(|text| text.parse::<usize>().ok());
                let list = part(1).and_then(|list| self.resolve_within(list, depth));
                let chosen = list.as_ref().and_then(Node::items).and_then(|items| items.get(index?)).cloned();
                Some(
                    chosen
                        .unwrap_or_else(|| unknown(node, "Fn::Select chooses from a list that is not known")),
                )
            }
            "Fn::Split" => {
                let at = part(0).and_then(Node::text).unwrap_or(",");
                let whole = part(1).map(|whole| text_of(&self.resolve(whole))).unwrap_or_default();
                let items = whole.split(at).map(|piece| text(node, piece)).collect();
                Some(Node { value: Value::List(items), ..node.clone() })
            }
            "Fn::FindInMap" => {
                let key =
                    |index: usize| part(index).map(|key| text_of(&self.resolve(key))).unwrap_or_default();
                let found = self.root.entry("Mappings").and_then(|all| all.entry(&key(0)));
                let found = found.and_then(|map| map.entry(&key(1))).and_then(|row| row.entry(&key(2)));
                Some(found.cloned().unwrap_or_else(|| unknown(node, &format!("Mappings has no {}", key(0)))))
            }
            "Fn::GetAZs" => {
                let zones = ["a", "b", "c"].map(|letter| text(node, &format!("{}{letter}", self.region())));
                Some(Node { value: Value::List(zones.to_vec()), ..node.clone() })
            }
            "Fn::ImportValue" => Some(unknown(node, "another stack exports it")),
            other => Some(unknown(node, &format!("{other} is not carried out here"))),
        }
    }

    fn reference(&self, node: &Node, name: &str) -> Option<Node> {
        Some(match name {
            "AWS::NoValue" => return None,
            "AWS::Region" => text(node, self.region()),
            "AWS::StackName" | "AWS::StackId" => text(node, &self.stack),
            "AWS::AccountId" => text(node, "000000000000"),
            "AWS::Partition" => text(node, "aws"),
            "AWS::URLSuffix" => text(node, "amazonaws.com"),
            _ => match (self.parameter(node, name), self.names.get(name)) {
                (Some(value), _) => value,
                (None, Some(resource)) => text(node, resource),
                (None, None) => unknown(node, &format!("there is no parameter or resource {name}")),
            },
        })
    }

    fn parameter(&self, node: &Node, name: &str) -> Option<Node> {
        let declared = self.root.entry("Parameters").and_then(|all| all.entry(name))?;
        let is_list = declared
            .entry("Type")
            .and_then(Node::text)
            .is_some_and(|kind| kind.starts_with("List<") || kind == "CommaDelimitedList");
        let value = match (self.parameters.values.get(name), declared.entry("Default")) {
            (Some(given), _) => text(node, given),
            (None, Some(default)) => Node { value: default.value.clone(), ..node.clone() },
            (None, None) => {
                return Some(unknown(
                    node,
                    &format!("the parameter {name} has no default (--parameter {name}=… gives it)"),
                ));
            }
        };
        match is_list {
            true => {
                let whole = text_of(&value);
                let items = whole.split(',').map(|piece| text(node, piece.trim())).collect();
                Some(Node { value: Value::List(items), ..node.clone() })
            }
            false => Some(value),
        }
    }

    /// `${Name}` and `${Name.Attribute}`, from the own list of the function first.
    fn substituted(&self, node: &Node, of: &Node, depth: usize) -> Node {
        let (pattern, own) = match of.items() {
            Some([pattern, own, ..]) => (pattern.text(), Some(own)),
            Some([pattern]) => (pattern.text(), None),
            _ => (of.text(), None),
        };
        let mut rest = pattern.unwrap_or_default();
        let mut made = String::new();
        while let Some(start) = rest.find("${") {
            made.push_str(&rest[..start]);
            let after = &rest[start + 2..];
            let Some(end) = after.find('}') else { break };
            let (name, following) = (&after[..end], &after[end + 1..]);
            rest = following;
            if let Some(literal) = name.strip_prefix('!') {
                made.push_str(&format!("${{{literal}}}"));
                continue;
            }
            let of_own =
                own.and_then(|own| own.entry(name)).and_then(|value| self.resolve_within(value, depth));
            let value = of_own.or_else(|| self.reference(node, name.split('.').next().unwrap_or(name)));
            let value = value.as_ref().map(text_of).unwrap_or_default();
            if value.starts_with(UNKNOWN) {
                return text(node, &value);
            }
            made.push_str(&value);
        }
        made.push_str(rest);
        text(node, &made)
    }
}

fn text(node: &Node, value: &str) -> Node {
    Node { value: Value::Text(value.to_owned()), ..node.clone() }
}

fn unknown(node: &Node, why: &str) -> Node {
    text(node, &format!("{UNKNOWN}{why}"))
}

fn text_of(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text.clone(),
        _ => node.to_json().to_string().trim_matches('"').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::parse::{Budget, Subject, parse};
    use crate::scenario::problem::Sources;

    fn resolved(template: &str, expression: &str) -> String {
        let mut sources = Sources::default();
        let text = format!("{template}\nProbe: {expression}\n");
        let source = sources.add("template", &text);
        let root = parse(&text, source, 0, Subject::Template, &mut Budget::default()).unwrap().root;
        let parameters = Parameters {
            values: BTreeMap::from([("Given".to_owned(), "7".to_owned())]),
            region: "eu-west-1".to_owned(),
        };
        let template = Template::new(&root, "my.stack", &parameters);
        template.resolve(root.entry("Probe").unwrap()).to_json().to_string()
    }

    const TEMPLATE: &str = "
Parameters: { Size: { Type: String, Default: small }, Given: { Type: Number, Default: 1 }, Bare: { Type: String }, Some: { Type: CommaDelimitedList, Default: 'a, b' } }
Mappings: { Sizes: { small: { cpu: 256 }, large: { cpu: 1024 } } }
Conditions: { IsSmall: !Equals [!Ref Size, small], IsLarge: !Not [!Condition IsSmall], Either: !Or [!Condition IsLarge, !Condition IsSmall] }
Resources: { Web: { Type: 'AWS::ECS::Service', Properties: { ServiceName: !Sub '${AWS::StackName}-web' } }, Td: { Type: 'AWS::ECS::TaskDefinition' } }";

    #[test]
    fn references_are_followed_to_parameters_resources_and_the_stack() {
        for (expression, value) in [
            ("!Ref Size", "\"small\""),
            ("!Ref Given", "\"7\""),
            ("!Ref Web", "\"my-stack-web\""),
            ("!GetAtt Web.Name", "\"my-stack-web\""),
            ("{ 'Fn::GetAtt': [Td, Arn] }", "\"Td\""),
            ("!Ref AWS::Region", "\"eu-west-1\""),
            ("!Ref Some", "[\"a\",\"b\"]"),
            ("!Sub 'x-${Size}-${!keep}'", "\"x-small-${keep}\""),
            ("!Sub ['${A}/${Size}', { A: !Ref Given }]", "\"7/small\""),
            ("!Join ['/', [service, !Ref Web]]", "\"service/my-stack-web\""),
            ("!Select [1, !Ref Some]", "\"b\""),
            ("!Select [0, !GetAZs '']", "\"eu-west-1a\""),
            ("!Split [',', 'p,q']", "[\"p\",\"q\"]"),
            ("!FindInMap [Sizes, !Ref Size, cpu]", "256"),
        ] {
            assert_eq!(resolved(TEMPLATE, expression), value, "{expression}");
        }
    }

    #[test]
    fn conditions_choose_and_no_value_takes_its_key_along() {
        assert_eq!(resolved(TEMPLATE, "!If [IsSmall, 1, 2]"), "1");
        assert_eq!(resolved(TEMPLATE, "!If [IsLarge, 1, 2]"), "2");
        assert_eq!(resolved(TEMPLATE, "!If [Either, 1, 2]"), "1");
        assert_eq!(resolved(TEMPLATE, "{ a: 1, b: !If [IsLarge, 2, !Ref 'AWS::NoValue'] }"), "{\"a\":1}");
    }

    #[test]
    fn what_the_template_alone_does_not_say_is_unknown_with_a_reason() {
        for (expression, why) in [
            ("!Ref Bare", "the parameter Bare has no default (--parameter Bare=… gives it)"),
            ("!ImportValue x", "another stack exports it"),
            ("!Sub '${Bare}-x'", "the parameter Bare has no default"),
            ("!Join ['', [a, !ImportValue x]]", "another stack exports it"),
            ("!GetAtt Nobody.Arn", "there is no resource Nobody"),
            ("!Cidr [a, 1, 2]", "Fn::Cidr is not carried out here"),
        ] {
            assert!(
                resolved(TEMPLATE, expression).contains(why),
                "{expression}: {}",
                resolved(TEMPLATE, expression)
            );
        }
    }
}
