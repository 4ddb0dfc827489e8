//! Syntax errors in the words of somebody who writes scenarios.

use granit_parser::ErrorKind;

/// What usually is behind a syntax error.
pub(super) fn advice(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => "indent with spaces, not tabs",
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            "a closing quote is missing"
        }
        ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping => "a closing bracket is missing",
        ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::InvalidColonPlacement => "a comma or a closing bracket is missing before this place",
        ErrorKind::UnknownAnchor => {
            "an alias `*name` repeats a value marked `&name` above it; quotes make text of it"
        }
        ErrorKind::MappingValueNotAllowed => "text with `: ` in it needs quotes",
        ErrorKind::InvalidIndentation | ErrorKind::ExpectedBlockMappingKey => {
            "check the indentation of this line"
        }
        ErrorKind::UnexpectedCharacter { .. } => "text that begins with this character needs quotes",
        _ => return None,
    })
}
