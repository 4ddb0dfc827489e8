//! The lines around a mistake, made safe and short enough to show on a terminal.
//!
//! Miette is handed this excerpt instead of the file: a scenario may be one line of four megabytes or hold escape
//! sequences, and miette would print either as it is.

use std::fmt;

use miette::{
    Diagnostic, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents,
};

use super::text::{escape, is_unsafe};
use super::{Origin, Position, Severity, Sources, floor_char_boundary};

/// Lines shown before and after the line of the mistake.
const CONTEXT_LINES: usize = 1;

/// A few lines of a source with the place of the mistake in them.
pub(super) struct Excerpt {
    name: String,
    text: String,
    first_line: usize,
    line_count: usize,
    label: SourceSpan,
    at: Position,
}

impl Excerpt {
    /// The line of `at` and its neighbours, each cut to what a terminal shows.
    pub(super) fn around(sources: &Sources, origin: Origin, at: Position, width: usize) -> Excerpt {
        let text = sources.text(origin.source);
        let start = floor_char_boundary(text, origin.span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |before| before + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |length| start + length);
        let end = floor_char_boundary(text, origin.span.end.clamp(start, line_end));
        let width = width.clamp(60, 160) - 12;
        // A mistake far to the right is shown with a good piece of what stands before it.
        let label = text[start..end].chars().take(24).count();
        let skip = if at.column + label <= width { 0 } else { at.column - width / 2 };
        let crop = Crop { skip, width };

        let mut out = String::new();
        let before = text[..line_start].strip_suffix('\n');
        let before = before.map(|before| before.rsplit('\n').take(CONTEXT_LINES).collect::<Vec<_>>());
        let before = before.unwrap_or_default();
        for line in before.iter().rev() {
            crop.push_line(&mut out, line);
        }
        let line_at = out.len();
        crop.push_line(&mut out, &text[line_start..line_end]);
        let mark = line_at + crop.length_of(&out[line_at..], &text[line_start..start]);
        let until = line_at + crop.length_of(&out[line_at..], text[line_start..end].trim_end());
        let after: Vec<&str> = text.get(line_end + 1..).unwrap_or("").lines().take(CONTEXT_LINES).collect();
        for line in &after {
            crop.push_line(&mut out, line);
        }
        let length = until.saturating_sub(mark);
        Excerpt {
            name: escape(sources.name(origin.source)),
            text: out,
            first_line: at.line - before.len(),
            line_count: before.len() + 1 + after.len(),
            label: SourceSpan::from((mark, length)),
            at,
        }
    }
}

/// The columns that are shown.
struct Crop {
    skip: usize,
    width: usize,
}

impl Crop {
    /// Appends the shown part of a line, with `…` where something is left out. What could disturb a terminal becomes a
    /// replacement sign.
    fn push_line(&self, out: &mut String, line: &str) {
        let mut letters = line.trim_end_matches('\r').chars().skip(self.skip);
        if self.skip > 0 {
            out.push('…');
        }
        for letter in letters.by_ref().take(self.width) {
            out.push(match letter {
                '\t' => ' ',
                letter if is_unsafe(letter) => '\u{fffd}',
                letter => letter,
            });
        }
        if letters.next().is_some() {
            out.push('…');
        }
        out.push('\n');
    }

    /// How many bytes of a shown line stand for this beginning of the whole line.
    fn length_of(&self, shown: &str, beginning: &str) -> usize {
        let letters = beginning.chars().take(self.skip + self.width).count().saturating_sub(self.skip);
        let letters = letters + usize::from(self.skip > 0);
        let line = shown.trim_end_matches('\n');
        line.char_indices().nth(letters).map_or(line.len(), |(at, _)| at)
    }
}

impl SourceCode for Excerpt {
    /// Always the whole excerpt. Asked without context, miette wants line and column of the mistake for its heading.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        lines_before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (line, column) = match lines_before {
            0 => (self.at.line - 1, self.at.column - 1),
            _ => (self.first_line - 1, 0),
        };
        let whole = SourceSpan::from((0, self.text.len()));
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.as_bytes(),
            whole,
            line,
            column,
            self.line_count,
        )))
    }
}

/// What miette prints: a headline, the excerpt and the advice, all of it already escaped.
pub(super) struct Report {
    pub(super) headline: String,
    pub(super) severity: Severity,
    pub(super) help: Option<String>,
    pub(super) excerpt: Option<Excerpt>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.headline)
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Report {}

impl Diagnostic for Report {
    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|excerpt| excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let excerpt = self.excerpt.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(None, excerpt.label))))
    }
}
