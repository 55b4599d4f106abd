//! One array of values as Arrow lays it out, over bytes that may be anything.
//!
//! A node is checked once, as a whole, before a value of it is read: every slice is as long as its elements need, offsets ascend, no index lies
//! outside of its dictionary. Of types that have no statistics only validity is kept.

use std::rc::Rc;

use super::bytes::{Bits, Bytes, Offsets, decimal, fixed, half};
use crate::error::{IngestError, invalid};

#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub length: usize,
    /// None: nothing is null.
    pub validity: Option<Bits<'a>>,
    pub values: Values<'a>,
}

#[derive(Debug, Clone)]
pub(super) enum Values<'a> {
    Nulls,
    Bools(Bits<'a>),
    Integers {
        bytes: Bytes<'a>,
        width: usize,
        signed: bool,
    },
    Floats {
        bytes: Bytes<'a>,
        width: usize,
    },
    Decimals {
        bytes: Bytes<'a>,
        width: usize,
        scale: i32,
    },
    Texts {
        offsets: Offsets<'a>,
        bytes: Bytes<'a>,
    },
    /// Texts of 16 bytes: a length, then the text itself or where it is.
    Views {
        views: Bytes<'a>,
        data: Vec<Bytes<'a>>,
    },
    Dictionary {
        indices: Box<Node<'a>>,
        entries: Rc<Dictionary<'a>>,
    },
    Lists {
        offsets: Offsets<'a>,
        child: Box<Node<'a>>,
    },
    /// Lists of one size.
    Arrays {
        size: usize,
        child: Box<Node<'a>>,
    },
    Objects,
}

/// The entries that indices name, in as many pieces as they came in.
#[derive(Debug, Default)]
pub(super) struct Dictionary<'a> {
    /// With the number of entries before each.
    pieces: Vec<(usize, Node<'a>)>,
    length: usize,
}

impl<'a> Dictionary<'a> {
    pub fn add(&mut self, piece: Node<'a>) {
        let before = self.length;
        self.length = before.saturating_add(piece.length);
        self.pieces.push((before, piece));
    }

    /// Number of entries.
    pub fn length(&self) -> usize {
        self.length
    }

    /// The piece with entry `index`, and its place there.
    fn find(&self, index: usize) -> Option<(&Node<'a>, usize)> {
        let at = self.pieces.partition_point(|(before, _)| *before <= index).checked_sub(1)?;
        let (before, piece) = self.pieces.get(at)?;
        let within = index.checked_sub(*before)?;
        (within < piece.length).then_some((piece, within))
    }
}

/// One value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'v> {
    Null,
    Bool(bool),
    Integer(i64),
    Double(f64),
    Text(&'v str),
    Object,
    Tensor,
}

impl<'a> Node<'a> {
    /// The same, of whose values only counts that they are there.
    pub fn as_objects(&self) -> Node<'a> {
        Node { length: self.length, validity: self.validity.clone(), values: Values::Objects }
    }
}

impl Node<'_> {
    /// Whether its values may be texts.
    pub fn has_texts(&self) -> bool {
        matches!(self.values, Values::Texts { .. } | Values::Views { .. } | Values::Dictionary { .. })
    }

    /// Whether everything that reading values relies on holds.
    ///
    /// # Errors
    /// `InvalidData`.
    pub fn check(&self) -> Result<(), IngestError> {
        let length = self.length;
        if !self.validity.as_ref().is_none_or(|bits| bits.holds(length)) {
            return Err(short());
        }
        let holds = |bytes: &[u8], width: usize| length.checked_mul(width).is_some_and(|need| need <= bytes.len());
        let fits = match &self.values {
            Values::Nulls | Values::Objects => true,
            Values::Bools(bits) => bits.holds(length),
            Values::Integers { bytes, width, .. } => matches!(width, 1 | 2 | 4 | 8) && holds(bytes, *width),
            Values::Floats { bytes, width } => matches!(width, 2 | 4 | 8) && holds(bytes, *width),
            Values::Decimals { bytes, width, .. } => matches!(width, 4 | 8 | 16 | 32) && holds(bytes, *width),
            Values::Texts { offsets, bytes } => offsets.ascend(length, bytes.len()),
            Values::Views { views, .. } => holds(views, 16),
            Values::Dictionary { indices, .. } => {
                indices.check()?;
                indices.length == length
            }
            Values::Lists { offsets, child } => {
                child.check()?;
                offsets.ascend(length, child.length)
            }
            Values::Arrays { size, child } => {
                child.check()?;
                length.checked_mul(*size).is_some_and(|need| need <= child.length)
            }
        };
        if fits { Ok(()) } else { Err(short()) }
    }

    /// Whether bytes stand behind its values: those of others are all alike, and as many as a length says.
    pub fn is_backed(&self) -> bool {
        self.validity.is_some()
            || match &self.values {
                Values::Nulls | Values::Objects => false,
                Values::Arrays { size, child } => *size > 0 && child.is_backed(),
                _ => true,
            }
    }

    pub fn is_null(&self, index: usize) -> bool {
        self.validity.as_ref().is_some_and(|bits| !bits.get(index))
    }

    /// The value at `index`, below `length`.
    ///
    /// # Errors
    /// `InvalidData`: a text that is no UTF-8, a view or an index that points nowhere.
    pub fn value(&self, index: usize) -> Result<Value<'_>, IngestError> {
        if self.is_null(index) {
            return Ok(Value::Null);
        }
        let value = match &self.values {
            Values::Nulls => Some(Value::Null),
            Values::Objects => Some(Value::Object),
            Values::Bools(bits) => Some(Value::Bool(bits.get(index))),
            Values::Integers { bytes, width, signed } => integer(bytes, *width, *signed, index),
            Values::Floats { bytes, width } => float(bytes, *width, index).map(Value::Double),
            Values::Decimals { bytes, width, scale } => decimal(bytes, *width, *scale, index).map(Value::Double),
            Values::Texts { offsets, bytes } => {
                let found = offsets.range(index).and_then(|(start, end)| bytes.get(start..end));
                return text(found.ok_or_else(short)?);
            }
            Values::Views { views, data } => return text(view(views, data, index).ok_or_else(short)?),
            Values::Dictionary { indices, entries } => {
                let Some((piece, at)) = indices.index(index)?.and_then(|at| entries.find(at)) else {
                    return Err(invalid("an index points outside of its dictionary"));
                };
                return piece.value(at);
            }
            Values::Lists { offsets, child } => {
                let (start, end) = offsets.range(index).ok_or_else(short)?;
                Some(child.kind_of_list(start, end))
            }
            Values::Arrays { size, child } => {
                let start = index.saturating_mul(*size);
                Some(child.kind_of_list(start, start.saturating_add(*size)))
            }
        };
        value.ok_or_else(short)
    }

    /// The value at `index` as a place in a dictionary.
    pub fn index(&self, index: usize) -> Result<Option<usize>, IngestError> {
        match self.value(index)? {
            Value::Integer(at) => Ok(usize::try_from(at).ok()),
            _ => Ok(None),
        }
    }

    /// What a list of the elements from `start` to `end` counts as: a regular array of numbers that is not empty is a tensor.
    fn kind_of_list(&self, start: usize, end: usize) -> Value<'static> {
        if start < end && self.is_regular(start, end, &mut Vec::new(), 0) { Value::Tensor } else { Value::Object }
    }

    fn is_regular(&self, start: usize, end: usize, sizes: &mut Vec<usize>, depth: usize) -> bool {
        // Only where there are bits: an array may be longer than anything can be walked.
        if self.validity.is_some() && (start..end).any(|index| self.is_null(index)) {
            return false;
        }
        let inner = depth.saturating_add(1);
        match &self.values {
            Values::Integers { .. } | Values::Floats { .. } => true,
            Values::Lists { offsets, child } => (start..end).all(|index| {
                let Some((from, to)) = offsets.range(index) else { return false };
                let size = to.saturating_sub(from);
                if sizes.len() <= depth {
                    sizes.push(size);
                }
                size > 0 && sizes.get(depth) == Some(&size) && child.is_regular(from, to, sizes, inner)
            }),
            Values::Arrays { size, child } => {
                if sizes.len() <= depth {
                    sizes.push(*size);
                }
                *size > 0 && child.is_regular(start.saturating_mul(*size), end.saturating_mul(*size), sizes, inner)
            }
            _ => false,
        }
    }
}

fn short() -> IngestError {
    invalid("a column's buffers do not hold what they should")
}

fn text(bytes: &[u8]) -> Result<Value<'_>, IngestError> {
    let text = simdutf8::basic::from_utf8(bytes).map_err(|_| invalid("a text is no UTF-8"))?;
    Ok(Value::Text(text))
}

fn integer(bytes: &[u8], width: usize, signed: bool, index: usize) -> Option<Value<'static>> {
    Some(match (width, signed) {
        (1, true) => Value::Integer(i8::from_le_bytes(fixed(bytes, index)?).into()),
        (2, true) => Value::Integer(i16::from_le_bytes(fixed(bytes, index)?).into()),
        (4, true) => Value::Integer(i32::from_le_bytes(fixed(bytes, index)?).into()),
        (8, true) => Value::Integer(i64::from_le_bytes(fixed(bytes, index)?)),
        (1, false) => Value::Integer(u8::from_le_bytes(fixed(bytes, index)?).into()),
        (2, false) => Value::Integer(u16::from_le_bytes(fixed(bytes, index)?).into()),
        (4, false) => Value::Integer(u32::from_le_bytes(fixed(bytes, index)?).into()),
        _ => {
            let value = u64::from_le_bytes(fixed(bytes, index)?);
            i64::try_from(value).map_or(Value::Double(value as f64), Value::Integer)
        }
    })
}

fn float(bytes: &[u8], width: usize, index: usize) -> Option<f64> {
    Some(match width {
        2 => half(u16::from_le_bytes(fixed(bytes, index)?)),
        4 => f32::from_le_bytes(fixed(bytes, index)?).into(),
        _ => f64::from_le_bytes(fixed(bytes, index)?),
    })
}

/// The text of a view: its length, then at most 12 bytes of text, or 4 of it and in which buffer and where there the whole text is.
fn view<'v>(views: &'v [u8], data: &'v [Bytes<'_>], index: usize) -> Option<&'v [u8]> {
    let view = views.as_chunks::<16>().0.get(index)?;
    let word = |at: usize| Some(u32::from_le_bytes(fixed(view, at)?) as usize);
    let length = word(0)?;
    if length <= 12 {
        return view.get(4..length.checked_add(4)?);
    }
    let start = word(3)?;
    data.get(word(2)?)?.get(start..start.checked_add(length)?)
}
