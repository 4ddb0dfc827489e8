//! Values that can be written short or long: a bare scalar or an object (`ready: 8s`, `ready: { uniform: … }`).
//!
//! Serde's own ways (untagged and flattened enums) read such a value into a buffer and lose the place of a
//! mistake in it. Here one visitor looks at what stands there and reads on in place.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// A bare value in the file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    /// Text.
    Text(&'a str),
    /// A whole number that is not negative.
    Whole(u64),
    /// Any other number.
    Number(f64),
}

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Text(text) => write!(f, "\"{text}\""),
            Scalar::Whole(number) => write!(f, "{number}"),
            Scalar::Number(number) => write!(f, "{number}"),
        }
    }
}

/// A type that is read from a bare value, or from an object, or (rarely) from a list.
pub trait Shape: Sized {
    /// What an object gives.
    type Fields: DeserializeOwned;

    /// What may stand here, for messages.
    const EXPECTED: &'static str;

    /// The short form.
    ///
    /// # Errors
    /// One sentence on what was expected.
    fn from_scalar(scalar: Scalar<'_>) -> Result<Self, String>;

    /// The long form.
    ///
    /// # Errors
    /// One sentence on which fields go together.
    fn from_fields(fields: Self::Fields) -> Result<Self, String>;

    /// The form of a list, which most shapes do not have.
    ///
    /// # Errors
    /// Those of the deserializer.
    fn from_list<'de, A: SeqAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(A::Error::custom(format_args!("expected {}, found a list", Self::EXPECTED)))
    }
}

/// Reads any form of `T`: what its `Deserialize` calls.
///
/// # Errors
/// Those of the deserializer and the sentences of the shape.
pub fn deserialize<'de, T: Shape, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(ShapeVisitor(PhantomData))
}

struct ShapeVisitor<T>(PhantomData<T>);

impl<'de, T: Shape> Visitor<'de> for ShapeVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        T::from_scalar(Scalar::Text(text)).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::from_scalar(Scalar::Whole(number)).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        let scalar = u64::try_from(number).map_or(Scalar::Number(number as f64), Scalar::Whole);
        T::from_scalar(scalar).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<T, E> {
        T::from_scalar(Scalar::Number(number)).map_err(E::custom)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        let fields = T::Fields::deserialize(MapAccessDeserializer::new(map))?;
        T::from_fields(fields).map_err(A::Error::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::from_list(list)
    }
}

/// The fields of a shape that has no long form: no object is read into it.
#[derive(Debug)]
pub enum NoFields {}

impl<'de> Deserialize<'de> for NoFields {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("expected a single value, found an object"))
    }
}
