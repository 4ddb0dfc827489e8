//! YAML for people: block style with comments beside the values, short mappings and lists in one line.
//!
//! Text is written bare only where no reader could take it for anything else, and otherwise as JSON writes it, which is YAML too.

use serde_json::Value;

/// Lines are folded into one up to this width.
const WIDTH: usize = 118;

/// A value and what is to be said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The value.
    pub value: Content,
    /// Comments; each is a line of its own above the value, or stands behind it where it is the only one and short.
    pub notes: Vec<String>,
}

/// What is written.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Text, a number, true, false or null.
    Scalar(Value),
    /// Items in order.
    List(Vec<Item>),
    /// Entries in order.
    Mapping(Vec<(String, Item)>),
}

impl Item {
    /// A value without comments.
    pub fn of(value: impl Into<Value>) -> Item {
        let value = match value.into() {
            Value::Array(items) => Content::List(items.into_iter().map(Item::of).collect()),
            Value::Object(entries) => {
                Content::Mapping(entries.into_iter().map(|(key, value)| (key, Item::of(value))).collect())
            }
            scalar => Content::Scalar(scalar),
        };
        Item { value, notes: Vec::new() }
    }

    /// A mapping of these entries.
    pub fn mapping<K: Into<String>>(entries: impl IntoIterator<Item = (K, Item)>) -> Item {
        let entries = entries.into_iter().map(|(key, item)| (key.into(), item)).collect();
        Item { value: Content::Mapping(entries), notes: Vec::new() }
    }

    /// A list of these items.
    pub fn list(items: Vec<Item>) -> Item {
        Item { value: Content::List(items), notes: Vec::new() }
    }

    /// The same with one comment more.
    #[must_use]
    pub fn noted(mut self, note: impl Into<String>) -> Item {
        self.notes.push(note.into());
        self
    }

    /// The entry of a mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Item> {
        let Content::Mapping(entries) = &self.value else { return None };
        entries.iter().find(|(name, _)| name == key).map(|(_, item)| item)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Item> {
        let Content::Mapping(entries) = &mut self.value else { return None };
        entries.iter_mut().find(|(name, _)| name == key).map(|(_, item)| item)
    }

    /// Puts an entry into a mapping, in place of one with that key.
    pub fn set(&mut self, key: &str, item: Item) {
        let Content::Mapping(entries) = &mut self.value else { return };
        match entries.iter_mut().find(|(name, _)| name == key) {
            Some((_, there)) => *there = item,
            None => entries.push((key.to_owned(), item)),
        }
    }

    /// Takes an entry out of a mapping.
    pub fn remove(&mut self, key: &str) -> Option<Item> {
        let Content::Mapping(entries) = &mut self.value else { return None };
        let place = entries.iter().position(|(name, _)| name == key)?;
        Some(entries.remove(place).1)
    }

    /// The text of a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Content::Scalar(Value::String(text)) => Some(text),
            Content::Scalar(_) | Content::List(_) | Content::Mapping(_) => None,
        }
    }

    /// The number of a scalar, if it is whole and not negative.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        match &self.value {
            Content::Scalar(value) => value.as_u64(),
            Content::List(_) | Content::Mapping(_) => None,
        }
    }

    /// The items of a list; none of anything else.
    #[must_use]
    pub fn items(&self) -> &[Item] {
        match &self.value {
            Content::List(items) => items,
            Content::Scalar(_) | Content::Mapping(_) => &[],
        }
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match &self.value {
            Content::Scalar(value) => value.is_null(),
            Content::List(items) => items.is_empty(),
            Content::Mapping(entries) => entries.is_empty(),
        }
    }

    /// Changes every text in it.
    pub fn for_each_text(&mut self, change: &mut impl FnMut(&mut String)) {
        match &mut self.value {
            Content::Scalar(Value::String(text)) => change(text),
            Content::Scalar(_) => {}
            Content::List(items) => items.iter_mut().for_each(|item| item.for_each_text(change)),
            Content::Mapping(entries) => entries.iter_mut().for_each(|(key, item)| {
                change(key);
                item.for_each_text(change);
            }),
        }
        self.notes.iter_mut().for_each(change);
    }

    /// The whole as a document.
    #[must_use]
    pub fn to_yaml(&self) -> String {
        let mut text = String::new();
        match &self.value {
            Content::Mapping(entries) => block_mapping(&mut text, entries, 0, false),
            Content::List(items) => block_list(&mut text, items, 0),
            Content::Scalar(value) => {
                text.push_str(&scalar(value));
                text.push('\n');
            }
        }
        text
    }

    fn has_notes(&self) -> bool {
        !self.notes.is_empty()
            || match &self.value {
                Content::Scalar(_) => false,
                Content::List(items) => items.iter().any(Item::has_notes),
                Content::Mapping(entries) => entries.iter().any(|(_, item)| item.has_notes()),
            }
    }

    /// The value in one line.
    fn flow(&self) -> String {
        match &self.value {
            Content::Scalar(value) => scalar(value),
            Content::List(items) => {
                let items: Vec<String> = items.iter().map(Item::flow).collect();
                format!("[{}]", items.join(", "))
            }
            Content::Mapping(entries) if entries.is_empty() => "{}".to_owned(),
            Content::Mapping(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(key, item)| format!("{}: {}", plain(key), item.flow())).collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }

    /// The value in one line, if it is short enough to stand at this column and has no comments inside.
    fn short(&self, column: usize) -> Option<String> {
        let inner_notes = match &self.value {
            Content::Scalar(_) => false,
            Content::List(items) => items.iter().any(Item::has_notes),
            Content::Mapping(entries) => entries.iter().any(|(_, item)| item.has_notes()),
        };
        let text = (!inner_notes).then(|| self.flow())?;
        let fits = matches!(self.value, Content::Scalar(_)) || column + text.chars().count() <= WIDTH;
        fits.then_some(text)
    }
}

/// Lines of comment, wrapped.
#[must_use]
pub fn as_comment(notes: &[String]) -> String {
    let mut text = String::new();
    comment(&mut text, notes, 0);
    text
}

/// Comments above the line, or the one that fits behind it.
fn with_notes(text: &mut String, notes: &[String], indent: usize, line: &str) {
    let pad = " ".repeat(indent);
    let behind = match notes {
        [note] if !note.contains('\n') && !line.ends_with(':') => {
            let width = indent + line.chars().count() + note.chars().count() + 4;
            (width <= WIDTH).then_some(note)
        }
        _ => None,
    };
    match behind {
        Some(note) => text.push_str(&format!("{pad}{line}  # {note}\n")),
        None => {
            comment(text, notes, indent);
            text.push_str(&format!("{pad}{line}\n"));
        }
    }
}

fn comment(text: &mut String, notes: &[String], indent: usize) {
    let pad = " ".repeat(indent);
    for line in notes.iter().flat_map(|note| note.split('\n')) {
        let mut row = String::new();
        for word in line.split(' ') {
            if !row.is_empty() && indent + row.chars().count() + word.chars().count() + 3 > WIDTH {
                text.push_str(&format!("{pad}# {row}\n"));
                row.clear();
            }
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
        text.push_str(format!("{pad}# {row}").trim_end());
        text.push('\n');
    }
}

/// `begun`: the first entry stands behind the dash of a list.
fn block_mapping(text: &mut String, entries: &[(String, Item)], indent: usize, begun: bool) {
    for (index, (key, item)) in entries.iter().enumerate() {
        let key = plain(key);
        let mut entry = String::new();
        match item.short(indent + key.chars().count() + 2) {
            Some(value) => with_notes(&mut entry, &item.notes, indent, &format!("{key}: {value}")),
            None => {
                with_notes(&mut entry, &item.notes, indent, &format!("{key}:"));
                match &item.value {
                    Content::Mapping(inner) => block_mapping(&mut entry, inner, indent + 2, false),
                    Content::List(items) => block_list(&mut entry, items, indent + 2),
                    Content::Scalar(_) => {}
                }
            }
        }
        // Behind a dash there is no room for a line of comment: it goes above the dash, where the list has put it.
        match begun && index == 0 {
            true => text.push_str(&entry[indent.min(entry.len())..]),
            false => text.push_str(&entry),
        }
    }
}

fn block_list(text: &mut String, items: &[Item], indent: usize) {
    let pad = " ".repeat(indent);
    for item in items {
        if let Some(value) = item.short(indent + 2) {
            with_notes(text, &item.notes, indent, &format!("- {value}"));
            continue;
        }
        comment(text, &item.notes, indent);
        match &item.value {
            Content::Mapping(entries) => {
                let mut entries = entries.clone();
                if let Some((_, first)) = entries.first_mut() {
                    comment(text, &std::mem::take(&mut first.notes), indent);
                }
                text.push_str(&format!("{pad}- "));
                block_mapping(text, &entries, indent + 2, true);
            }
            Content::List(inner) => {
                text.push_str(&format!("{pad}-\n"));
                block_list(text, inner, indent + 2);
            }
            Content::Scalar(_) => {}
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => plain(text),
        other => other.to_string(),
    }
}

/// Bare text where that is safe, else as JSON writes it.
fn plain(text: &str) -> String {
    let mut letters = text.chars();
    let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let goes_on = letters.all(|letter| letter.is_ascii_alphanumeric() || "_-./".contains(letter));
    // A duration such as `24h` and a revision such as `web:2`.
    let is_duration = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let is_duration = is_duration.len() < text.len()
        && !is_duration.is_empty()
        && is_duration.chars().all(|letter| letter.is_ascii_lowercase());
    let is_revision = text.split_once(':').is_some_and(|(family, revision)| {
        let word =
            |part: &str| part.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter));
        begins
            && word(family)
            && !revision.is_empty()
            && revision.chars().all(|letter| letter.is_ascii_digit())
    });
    let is_word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        .contains(&text.to_ascii_lowercase().as_str());
    if (begins && goes_on || is_duration || is_revision) && !is_word {
        text.to_owned()
    } else {
        json_text(text)
    }
}

/// JSON leaves line separators and control characters of Unicode as they are, and YAML does not take all of them.
fn json_text(text: &str) -> String {
    let json = Value::String(text.to_owned()).to_string();
    let mut escaped = String::with_capacity(json.len());
    for letter in json.chars() {
        let code = u32::from(letter);
        let is_safe = code < 0x7f || (0xa0..0xd800).contains(&code) && !(0x2028..=0x2029).contains(&code);
        match is_safe {
            true => escaped.push(letter),
            false => {
                let mut units = [0; 2];
                letter.encode_utf16(&mut units).iter().for_each(|unit| {
                    escaped.push_str(&format!("\\u{unit:04x}"));
                });
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests;
