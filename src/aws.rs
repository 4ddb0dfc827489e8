//! The shapes of the AWS API inputs used here, field for field.
