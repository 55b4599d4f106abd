//! Columns of all kinds, written by the `parquet` crate, with what each value counts as.

use std::sync::Arc;

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::{ByteArray, FixedLenByteArray, Int96};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::ColumnPath;

/// What a value counts as.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Double(f64),
    Text(String),
    Object,
    Tensor,
}

/// A kind of column: its schema (`NAME` stands for its name), and the encodings that it may be written in.
#[derive(Debug)]
pub struct Kind {
    pub schema: &'static str,
    pub encodings: &'static [Encoding],
    /// A value of few different ones.
    value: fn(u64) -> Written,
}

/// Values of a row with their levels, as the writer takes them. Nothing is a null.
#[derive(Debug, Clone)]
struct Written {
    value: Value,
    /// Definition and repetition levels.
    levels: Vec<(i16, i16)>,
    stored: Vec<Stored>,
}

#[derive(Debug, Clone)]
pub enum Stored {
    Bool(bool),
    Int32(i32),
    Int64(i64),
    Int96([u32; 3]),
    Float(f32),
    Double(f64),
    Bytes(Vec<u8>),
    Fixed(Vec<u8>),
}

const DELTA: &[Encoding] = &[Encoding::PLAIN, Encoding::DELTA_BINARY_PACKED, Encoding::BYTE_STREAM_SPLIT];
const SPLIT: &[Encoding] = &[Encoding::PLAIN, Encoding::BYTE_STREAM_SPLIT];
const BYTES: &[Encoding] = &[Encoding::PLAIN, Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY];
const FIXED: &[Encoding] = &[Encoding::PLAIN, Encoding::BYTE_STREAM_SPLIT, Encoding::DELTA_BYTE_ARRAY];
const PLAIN: &[Encoding] = &[Encoding::PLAIN];

fn one(value: Value, stored: Stored) -> Written {
    Written { value, levels: vec![(1, 0)], stored: vec![stored] }
}

fn text(seed: u64) -> String {
    ["", "a", "é", "some", "something", "some longer text", "µ-ß-√", "z"][(seed % 8) as usize].to_owned()
}

const DOUBLES: [f64; 6] = [0.0, -0.5, 1e300, f64::NEG_INFINITY, 0.1, -7.25];
const INTEGERS: [i64; 7] = [0, -1, 1, 127, i64::MAX, i64::MIN, 1 << 40];

/// Every kind; optional all, so that any may be null.
pub const KINDS: &[Kind] = &[
    Kind {
        schema: "optional boolean NAME",
        encodings: &[Encoding::PLAIN, Encoding::RLE],
        value: |seed| one(Value::Bool(seed % 3 == 0), Stored::Bool(seed % 3 == 0)),
    },
    Kind {
        schema: "optional int32 NAME",
        encodings: DELTA,
        value: |seed| {
            let value = [0, -1, 5, i32::MAX, i32::MIN, 300, 40_000][(seed % 7) as usize];
            one(Value::Integer(value.into()), Stored::Int32(value))
        },
    },
    Kind {
        schema: "optional int64 NAME",
        encodings: DELTA,
        value: |seed| {
            let value = INTEGERS[(seed % 7) as usize];
            one(Value::Integer(value), Stored::Int64(value))
        },
    },
    Kind {
        schema: "optional int32 NAME (INTEGER(8,true))",
        encodings: DELTA,
        value: |seed| {
            let value = (seed % 9) as i8 - 4;
            one(Value::Integer(value.into()), Stored::Int32(value.into()))
        },
    },
    Kind {
        schema: "optional int32 NAME (UINT_32)",
        encodings: DELTA,
        value: |seed| {
            let value = [0, 7, u32::MAX, 1 << 31][(seed % 4) as usize];
            one(Value::Integer(value.into()), Stored::Int32(value.cast_signed()))
        },
    },
    Kind {
        schema: "optional int64 NAME (INTEGER(64,false))",
        encodings: DELTA,
        value: |seed| {
            let value = [0, 7, u64::MAX, 1 << 63, (1 << 63) - 1][(seed % 5) as usize];
            let counts = i64::try_from(value).map_or(Value::Double(value as f64), Value::Integer);
            one(counts, Stored::Int64(value.cast_signed()))
        },
    },
    Kind {
        schema: "optional float NAME",
        encodings: SPLIT,
        value: |seed| {
            let value = DOUBLES[(seed % 6) as usize] as f32;
            one(Value::Double(value.into()), Stored::Float(value))
        },
    },
    Kind {
        schema: "optional double NAME",
        encodings: SPLIT,
        value: |seed| one(Value::Double(DOUBLES[(seed % 6) as usize]), Stored::Double(DOUBLES[(seed % 6) as usize])),
    },
    Kind {
        schema: "optional fixed_len_byte_array(2) NAME (FLOAT16)",
        encodings: FIXED,
        value: |seed| {
            let (value, bits) = [(1.0, 0x3c00_u16), (-2.0, 0xc000), (65504.0, 0x7bff)][(seed % 3) as usize];
            one(Value::Double(value), Stored::Fixed(bits.to_le_bytes().to_vec()))
        },
    },
    Kind {
        schema: "optional int32 NAME (DECIMAL(9,2))",
        encodings: DELTA,
        value: |seed| {
            let cents = (seed % 11) as i32 * 37 - 200;
            one(Value::Double(f64::from(cents) / 100.0), Stored::Int32(cents))
        },
    },
    Kind {
        schema: "optional int64 NAME (DECIMAL(18,3))",
        encodings: DELTA,
        value: |seed| {
            let (text, value) = [("0.007", 7), ("-123456789012345.678", -123_456_789_012_345_678)][(seed % 2) as usize];
            one(Value::Double(text.parse().unwrap()), Stored::Int64(value))
        },
    },
    Kind {
        schema: "optional fixed_len_byte_array(9) NAME (DECIMAL(20,4))",
        encodings: FIXED,
        value: |seed| {
            let value = [-1_i128, 12_345, 1_234_567_890_123_456_789][(seed % 3) as usize];
            let text = format!("{value}e-4");
            one(Value::Double(text.parse().unwrap()), Stored::Fixed(value.to_be_bytes()[7..].to_vec()))
        },
    },
    Kind {
        schema: "optional binary NAME (DECIMAL(9,1))",
        encodings: BYTES,
        value: |seed| {
            let value = [-1_i64, 128, 32_768, 7][(seed % 4) as usize];
            let bytes = value.to_be_bytes()[4 + (seed % 2) as usize..].to_vec();
            one(Value::Double(value as f64 / 10.0), Stored::Bytes(bytes))
        },
    },
    Kind {
        schema: "optional binary NAME (STRING)",
        encodings: BYTES,
        value: |seed| one(Value::Text(text(seed)), Stored::Bytes(text(seed).into_bytes())),
    },
    Kind {
        schema: "optional binary NAME (ENUM)",
        encodings: BYTES,
        value: |seed| one(Value::Text(text(seed)), Stored::Bytes(text(seed).into_bytes())),
    },
    Kind {
        schema: "optional binary NAME",
        encodings: BYTES,
        value: |seed| one(Value::Object, Stored::Bytes(vec![0xff; (seed % 5) as usize])),
    },
    Kind {
        schema: "optional int32 NAME (DATE)",
        encodings: DELTA,
        value: |seed| one(Value::Object, Stored::Int32(seed as i32)),
    },
    Kind {
        schema: "optional int64 NAME (TIMESTAMP(MICROS,true))",
        encodings: DELTA,
        value: |seed| one(Value::Object, Stored::Int64(seed as i64)),
    },
    Kind {
        schema: "optional int96 NAME",
        encodings: PLAIN,
        value: |seed| one(Value::Object, Stored::Int96([seed as u32, 0, 2_440_588])),
    },
    Kind {
        schema: "optional fixed_len_byte_array(16) NAME (UUID)",
        encodings: FIXED,
        value: |seed| one(Value::Object, Stored::Fixed(vec![seed as u8; 16])),
    },
    Kind {
        schema: "optional fixed_len_byte_array(12) NAME (INTERVAL)",
        encodings: PLAIN,
        value: |seed| one(Value::Object, Stored::Fixed(vec![seed as u8; 12])),
    },
    Kind {
        schema: "optional group NAME (LIST) { repeated group list { optional int32 element; } }",
        encodings: DELTA,
        value: |seed| {
            let numbers = (seed % 4) as usize;
            let has_null = seed % 5 == 0 && numbers > 0;
            let mut levels = vec![(if numbers == 0 { 1 } else { 3 }, 0)];
            levels.resize(numbers.max(1), (3, 1));
            let mut stored = vec![Stored::Int32(seed as i32); numbers];
            if has_null {
                levels[numbers - 1].0 = 2;
                stored.pop();
            }
            let is_tensor = numbers > 0 && !has_null;
            Written { value: if is_tensor { Value::Tensor } else { Value::Object }, levels, stored }
        },
    },
    Kind {
        schema: "optional group NAME (LIST) { repeated group list { required group element (LIST) { repeated group list { required double element; } } } }",
        encodings: PLAIN,
        value: |seed| {
            // Sizes of the inner lists.
            let sizes: &[usize] = [&[2, 2][..], &[2, 1], &[], &[3], &[0, 0], &[1, 1, 1]][(seed % 6) as usize];
            let mut levels = Vec::new();
            for (at, &size) in sizes.iter().enumerate() {
                levels.push((if size == 0 { 2 } else { 3 }, i16::from(at > 0)));
                levels.resize(levels.len() + size.saturating_sub(1), (3, 2));
            }
            if levels.is_empty() {
                levels.push((1, 0));
            }
            let is_tensor = matches!(seed % 6, 0 | 3 | 5);
            let value = if is_tensor { Value::Tensor } else { Value::Object };
            Written { value, levels, stored: vec![Stored::Double(0.5); sizes.iter().sum()] }
        },
    },
    Kind {
        schema: "optional group NAME (LIST) { repeated group list { optional binary element (STRING); } }",
        encodings: BYTES,
        value: |seed| {
            let texts = 1 + (seed % 3) as usize;
            let mut levels = vec![(3, 0)];
            levels.resize(texts, (3, 1));
            Written { value: Value::Object, levels, stored: vec![Stored::Bytes(text(seed).into_bytes()); texts] }
        },
    },
    Kind {
        schema: "optional group NAME { optional int64 inner; }",
        encodings: DELTA,
        value: |seed| {
            let is_null = seed % 2 == 0;
            let stored = if is_null { Vec::new() } else { vec![Stored::Int64(1)] };
            Written { value: Value::Object, levels: vec![(if is_null { 1 } else { 2 }, 0)], stored }
        },
    },
];

/// A column to be written.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    pub kind: usize,
    pub encoding: usize,
    pub has_dictionary: bool,
    /// A row each; `None` is null.
    pub seeds: Vec<Option<u64>>,
}

impl Column {
    fn kind(&self) -> &'static Kind {
        &KINDS[self.kind]
    }

    /// What each row's value counts as.
    pub fn values(&self) -> impl Iterator<Item = Value> {
        self.seeds.iter().map(|seed| seed.map_or(Value::Null, |seed| (self.kind().value)(seed).value))
    }
}

/// How a file is written.
#[derive(Debug, Clone)]
pub struct Form {
    pub is_v2: bool,
    pub codec: usize,
    pub rows_a_group: usize,
    pub rows_a_page: usize,
}

pub const CODECS: usize = 7;

fn codec(number: usize) -> Compression {
    match number {
        1 => Compression::SNAPPY,
        2 => Compression::GZIP(parquet::basic::GzipLevel::default()),
        3 => Compression::BROTLI(parquet::basic::BrotliLevel::default()),
        4 => Compression::ZSTD(ZstdLevel::default()),
        5 => Compression::LZ4,
        6 => Compression::LZ4_RAW,
        _ => Compression::UNCOMPRESSED,
    }
}

/// The columns, all of as many rows, as a file.
pub fn written(columns: &[Column], form: &Form) -> Vec<u8> {
    let fields: Vec<String> = columns.iter().map(|column| column.kind().schema.replace("NAME", &column.name)).collect();
    let fields: String =
        fields.iter().map(|field| if field.ends_with('}') { field.clone() } else { format!("{field};") }).collect();
    let schema = Arc::new(parse_message_type(&format!("message rows {{ {fields} }}")).unwrap());
    let mut properties = WriterProperties::builder()
        .set_writer_version(if form.is_v2 { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 })
        .set_compression(codec(form.codec))
        .set_data_page_row_count_limit(form.rows_a_page)
        .set_write_batch_size(form.rows_a_page)
        .set_statistics_enabled(EnabledStatistics::Page);
    for column in columns {
        let root = parse_message_type(&format!("message rows {{ {} }}", semicolon(column.kind().schema))).unwrap();
        let leaf = parquet::schema::types::SchemaDescriptor::new(Arc::new(root)).column(0);
        let mut path = leaf.path().parts().to_vec();
        path[0].clone_from(&column.name);
        let path = ColumnPath::new(path);
        properties = properties.set_column_dictionary_enabled(path.clone(), column.has_dictionary);
        if !column.has_dictionary {
            let encodings = column.kind().encodings;
            properties = properties.set_column_encoding(path, encodings[column.encoding % encodings.len()]);
        }
    }
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build())).unwrap();
    let rows = columns.first().map_or(0, |column| column.seeds.len());
    for start in (0..rows).step_by(form.rows_a_group) {
        let mut group = file.next_row_group().unwrap();
        for column in columns {
            let rows = &column.seeds[start..rows.min(start + form.rows_a_group)];
            let null = || Written { value: Value::Null, levels: vec![(0, 0)], stored: Vec::new() };
            let rows: Vec<_> = rows.iter().map(|seed| seed.map_or_else(null, column.kind().value)).collect();
            let levels: Vec<_> = rows.iter().flat_map(|row| &row.levels).copied().collect();
            let stored: Vec<_> = rows.iter().flat_map(|row| &row.stored).cloned().collect();
            let (definition, repetition): (Vec<i16>, Vec<i16>) = levels.into_iter().unzip();
            let mut writer = group.next_column().unwrap().unwrap();
            write(writer.untyped(), &stored, &definition, &repetition);
            writer.close().unwrap();
        }
        group.close().unwrap();
    }
    file.into_inner().unwrap()
}

/// A file of one column, of values as they are stored; `None` is null.
pub fn of_stored(schema: &str, rows: &[Option<Stored>], form: &Form) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(&format!("message rows {{ {schema}; }}")).unwrap());
    let properties = WriterProperties::builder()
        .set_writer_version(if form.is_v2 { WriterVersion::PARQUET_2_0 } else { WriterVersion::PARQUET_1_0 })
        .set_compression(codec(form.codec))
        .set_data_page_row_count_limit(form.rows_a_page)
        .set_write_batch_size(form.rows_a_page);
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build())).unwrap();
    for rows in rows.chunks(form.rows_a_group) {
        let mut group = file.next_row_group().unwrap();
        let mut writer = group.next_column().unwrap().unwrap();
        let stored: Vec<_> = rows.iter().flatten().cloned().collect();
        let definition: Vec<_> = rows.iter().map(|row| i16::from(row.is_some())).collect();
        write(writer.untyped(), &stored, &definition, &vec![0; rows.len()]);
        writer.close().unwrap();
        group.close().unwrap();
    }
    file.into_inner().unwrap()
}

fn semicolon(schema: &str) -> String {
    if schema.ends_with('}') { schema.to_owned() } else { format!("{schema};") }
}

fn write(writer: &mut ColumnWriter<'_>, stored: &[Stored], definition: &[i16], repetition: &[i16]) {
    macro_rules! batch {
        ($writer:expr, $variant:ident, $value:ident => $form:expr) => {{
            let values: Vec<_> = stored
                .iter()
                .map(|stored| match stored {
                    Stored::$variant($value) => $form,
                    other => panic!("{other:?}"),
                })
                .collect();
            $writer.write_batch(&values, Some(definition), Some(repetition)).unwrap();
        }};
    }
    match writer {
        ColumnWriter::BoolColumnWriter(writer) => batch!(writer, Bool, value => *value),
        ColumnWriter::Int32ColumnWriter(writer) => batch!(writer, Int32, value => *value),
        ColumnWriter::Int64ColumnWriter(writer) => batch!(writer, Int64, value => *value),
        ColumnWriter::Int96ColumnWriter(writer) => batch!(writer, Int96, value => Int96::from(value.to_vec())),
        ColumnWriter::FloatColumnWriter(writer) => batch!(writer, Float, value => *value),
        ColumnWriter::DoubleColumnWriter(writer) => batch!(writer, Double, value => *value),
        ColumnWriter::ByteArrayColumnWriter(writer) => batch!(writer, Bytes, value => ByteArray::from(value.clone())),
        ColumnWriter::FixedLenByteArrayColumnWriter(writer) => {
            batch!(writer, Fixed, value => FixedLenByteArray::from(value.clone()));
        }
    }
}
