//! A record batch into nodes, by its schema: which buffers each type has, and in which order they come.

use std::collections::HashMap;
use std::rc::Rc;

use arrow_ipc::{CompressionType, Field, MetadataVersion, Precision, RecordBatch, Type, UnionMode};

use super::bytes::{Bits, Bytes, Offsets};
use super::compression::Unpacker;
use super::node::{Dictionary, Node, Values};
use crate::error::{IngestError, invalid};
use crate::limits::IngestLimits;

/// Dictionaries by their id.
pub(super) type Dictionaries<'a> = HashMap<i64, Rc<Dictionary<'a>>>;

/// What a batch's arrays are made from, taken in the order of the schema.
pub(super) struct Batch<'a, 'b> {
    message: RecordBatch<'b>,
    body: &'a [u8],
    version: MetadataVersion,
    dictionaries: &'b Dictionaries<'a>,
    limits: &'b IngestLimits,
    unpacker: &'b mut Unpacker,
    next_node: usize,
    next_buffer: usize,
    next_variadic: usize,
    codec: Option<CompressionType>,
}

impl<'a, 'b> Batch<'a, 'b> {
    pub fn new(
        message: RecordBatch<'b>,
        body: &'a [u8],
        version: MetadataVersion,
        dictionaries: &'b Dictionaries<'a>,
        limits: &'b IngestLimits,
        unpacker: &'b mut Unpacker,
    ) -> Self {
        let codec = message.compression().map(|compression| compression.codec());
        let (next_node, next_buffer, next_variadic) = (0, 0, 0);
        Self { message, body, version, dictionaries, limits, unpacker, next_node, next_buffer, next_variadic, codec }
    }

    /// How many rows it has.
    ///
    /// # Errors
    /// `InvalidData`.
    pub fn rows(&self) -> Result<usize, IngestError> {
        usize::try_from(self.message.length()).map_err(|_| damaged())
    }

    /// The next column, checked. `values_of` says that it holds a dictionary's entries, so that its own encoding is not asked for.
    ///
    /// # Errors
    /// `InvalidData`.
    pub fn column(&mut self, field: &Field<'_>, values_of: bool) -> Result<Node<'a>, IngestError> {
        let node = if values_of { self.plain(field, 0)? } else { self.array(field, 0)? };
        if node.length != self.rows()? {
            return Err(invalid("its columns differ in length"));
        }
        node.check()?;
        Ok(node)
    }

    /// The next column as integers of `width` bytes, checked: of dates or times, which otherwise count as objects.
    ///
    /// # Errors
    /// `InvalidData`.
    pub fn integers_of_times(&mut self, field: &Field<'_>, width: usize) -> Result<Node<'a>, IngestError> {
        let (length, has_nulls) = self.node()?;
        let validity = self.validity(has_nulls)?;
        let node = Node { length, validity, values: Values::Integers { bytes: self.buffer()?, width, signed: true } };
        if length != self.rows()? || field.dictionary().is_some() {
            return Err(invalid("its columns differ in length"));
        }
        node.check()?;
        Ok(node)
    }

    fn array(&mut self, field: &Field<'_>, depth: usize) -> Result<Node<'a>, IngestError> {
        let Some(encoding) = field.dictionary() else { return self.plain(field, depth) };
        let (length, has_nulls) = self.node()?;
        let validity = self.validity(has_nulls)?;
        if depth > 0 {
            // Within a list it is no number, whatever its entries are.
            self.skip()?;
            return Ok(Node { length, validity, values: Values::Objects });
        }
        let (width, signed) = encoding.indexType().map_or((4, true), |int| (int.bitWidth() / 8, int.is_signed()));
        let bytes = self.buffer()?;
        let values = Values::Integers { bytes, width: usize::try_from(width).unwrap_or(0), signed };
        let indices = Box::new(Node { length, validity: None, values });
        // Of a column that is all null none need come.
        let entries = self.dictionaries.get(&encoding.id()).map(Rc::clone).unwrap_or_default();
        Ok(Node { length, validity, values: Values::Dictionary { indices, entries } })
    }

    fn plain(&mut self, field: &Field<'_>, depth: usize) -> Result<Node<'a>, IngestError> {
        if depth > self.limits.max_depth {
            return Err(invalid("a column is nested deeper than limits.maxDepth allows"));
        }
        let (length, has_nulls) = self.node()?;
        let kind = field.type_type();
        if kind == Type::Null {
            return Ok(Node { length, validity: None, values: Values::Nulls });
        }
        let has_validity = kind != Type::Union || self.version < MetadataVersion::V5;
        let validity = if has_validity { self.validity(has_nulls)? } else { None };
        let inner = depth.saturating_add(1);
        let values = match kind {
            Type::Int => self.integers(field)?,
            Type::FloatingPoint => self.floats(field)?,
            Type::List | Type::LargeList => {
                let offsets = self.offsets(kind == Type::LargeList)?;
                Values::Lists { offsets, child: Box::new(self.only_child(field, inner)?) }
            }
            Type::FixedSizeList => {
                let size = field.type_as_fixed_size_list().and_then(|list| usize::try_from(list.listSize()).ok());
                let size = size.ok_or_else(damaged)?;
                Values::Arrays { size, child: Box::new(self.only_child(field, inner)?) }
            }
            Type::Bool if depth == 0 => Values::Bools(Bits { bytes: self.buffer()?, offset: 0 }),
            Type::Decimal if depth == 0 => self.decimals(field)?,
            Type::Utf8 | Type::LargeUtf8 if depth == 0 => {
                Values::Texts { offsets: self.offsets(kind == Type::LargeUtf8)?, bytes: self.buffer()? }
            }
            Type::Utf8View if depth == 0 => {
                let views = self.buffer()?;
                let data = (0..self.variadic()?).map(|_| self.buffer()).collect::<Result<_, _>>()?;
                Values::Views { views, data }
            }
            _ => self.object(field, kind, depth)?,
        };
        Ok(Node { length, validity, values })
    }

    /// A type of which only validity counts: passes over its buffers and children.
    fn object(&mut self, field: &Field<'_>, kind: Type, depth: usize) -> Result<Values<'a>, IngestError> {
        let buffers = match kind {
            Type::Bool
            | Type::Date
            | Type::Time
            | Type::Timestamp
            | Type::Interval
            | Type::Duration
            | Type::Decimal
            | Type::FixedSizeBinary
            | Type::Map => 1,
            Type::Binary | Type::LargeBinary | Type::Utf8 | Type::LargeUtf8 => 2,
            Type::BinaryView | Type::Utf8View => self.variadic()?.checked_add(1).ok_or_else(damaged)?,
            Type::Struct_ => 0,
            Type::Union => match field.type_as_union().map(|union| union.mode()) {
                Some(UnionMode::Dense) => 2,
                _ => 1,
            },
            _ => {
                let name = kind.variant_name().unwrap_or("unknown");
                return Err(invalid(&format!("a column has a type that is not read: {name}")));
            }
        };
        for _ in 0..buffers {
            self.skip()?;
        }
        if matches!(kind, Type::Struct_ | Type::Union | Type::Map) {
            for child in field.children().into_iter().flatten() {
                self.array(&child, depth.saturating_add(1))?;
            }
        }
        Ok(Values::Objects)
    }

    fn only_child(&mut self, field: &Field<'_>, depth: usize) -> Result<Node<'a>, IngestError> {
        let mut children = field.children().into_iter().flatten();
        match (children.next(), children.next()) {
            (Some(child), None) => self.array(&child, depth),
            _ => Err(damaged()),
        }
    }

    fn integers(&mut self, field: &Field<'_>) -> Result<Values<'a>, IngestError> {
        let int = field.type_as_int().ok_or_else(damaged)?;
        let width = usize::try_from(int.bitWidth() / 8).map_err(|_| damaged())?;
        Ok(Values::Integers { bytes: self.buffer()?, width, signed: int.is_signed() })
    }

    fn floats(&mut self, field: &Field<'_>) -> Result<Values<'a>, IngestError> {
        let width = match field.type_as_floating_point().ok_or_else(damaged)?.precision() {
            Precision::HALF => 2,
            Precision::SINGLE => 4,
            _ => 8,
        };
        Ok(Values::Floats { bytes: self.buffer()?, width })
    }

    fn decimals(&mut self, field: &Field<'_>) -> Result<Values<'a>, IngestError> {
        let decimal = field.type_as_decimal().ok_or_else(damaged)?;
        let width = usize::try_from(decimal.bitWidth() / 8).map_err(|_| damaged())?;
        Ok(Values::Decimals { bytes: self.buffer()?, width, scale: decimal.scale() })
    }

    /// The next field node: its length, and whether it has nulls.
    fn node(&mut self) -> Result<(usize, bool), IngestError> {
        let nodes = self.message.nodes().ok_or_else(damaged)?;
        if self.next_node >= nodes.len() {
            return Err(damaged());
        }
        let node = nodes.get(self.next_node);
        self.next_node = self.next_node.saturating_add(1);
        Ok((usize::try_from(node.length()).map_err(|_| damaged())?, node.null_count() != 0))
    }

    fn validity(&mut self, has_nulls: bool) -> Result<Option<Bits<'a>>, IngestError> {
        if !has_nulls {
            self.skip()?;
            return Ok(None);
        }
        let bytes = self.buffer()?;
        // A count of −1 is one that was not made.
        Ok((!bytes.is_empty()).then_some(Bits { bytes, offset: 0 }))
    }

    fn offsets(&mut self, wide: bool) -> Result<Offsets<'a>, IngestError> {
        Ok(Offsets { bytes: self.buffer()?, wide, base: 0 })
    }

    fn variadic(&mut self) -> Result<usize, IngestError> {
        let counts = self.message.variadicBufferCounts().ok_or_else(damaged)?;
        if self.next_variadic >= counts.len() {
            return Err(damaged());
        }
        let count = counts.get(self.next_variadic);
        self.next_variadic = self.next_variadic.saturating_add(1);
        usize::try_from(count).map_err(|_| damaged())
    }

    fn skip(&mut self) -> Result<(), IngestError> {
        self.packed().map(|_| ())
    }

    fn buffer(&mut self) -> Result<Bytes<'a>, IngestError> {
        let packed = self.packed()?;
        self.unpacker.unpack(packed, self.codec)
    }

    fn packed(&mut self) -> Result<&'a [u8], IngestError> {
        let buffers = self.message.buffers().ok_or_else(damaged)?;
        if self.next_buffer >= buffers.len() {
            return Err(damaged());
        }
        let buffer = buffers.get(self.next_buffer);
        self.next_buffer = self.next_buffer.saturating_add(1);
        let start = usize::try_from(buffer.offset()).map_err(|_| damaged())?;
        let length = usize::try_from(buffer.length()).map_err(|_| damaged())?;
        let end = start.checked_add(length).ok_or_else(damaged)?;
        self.body.get(start..end).ok_or_else(damaged)
    }
}

pub(super) fn damaged() -> IngestError {
    invalid("its Arrow data are damaged")
}
