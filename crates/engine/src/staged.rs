//! Rows that wait in a partial until there are enough of them to go to the sketches together.
//!
//! Where the rows of many datasets come by turns, each brings one value to each of its dataset's sketches, and none of these is in the processor's
//! cache any more: fetching them takes ten times as long as updating them. So rows that come few at a time are kept as they came, a row in one
//! piece of memory, and the sketches are fetched once for all of them.
//!
//! ```text
//!  words   a row: a word a column, then a byte a column of validity, padded     number: its bits · bool: 0 or 1 · text: start << 32 | length
//!  text    the rows' texts, back to back
//! ```
//!
//! Invariants: all rows are of one shape, and no column has had values of two kinds. How many rows make enough depends on the rows alone, never on time, so that equal
//! rows give equal profiles.

use std::sync::Arc;

use crate::block::{ColumnData, ColumnView, Declared, Texts, VALUE};
use crate::dataset::Shape;

/// So many rows are enough.
const ENOUGH_ROWS: usize = 64;
/// Rows that take so many bytes are enough.
const ENOUGH_BYTES: usize = 16 * 1024;
/// Groups of so many rows of a block, and more, need not wait.
pub(crate) const MANY: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    Number(Declared),
    Bool,
    Text,
}

impl Kind {
    fn of(column: &ColumnView<'_>) -> Self {
        match column.data {
            ColumnData::Nothing => Self::Nothing,
            ColumnData::Numbers(_) => Self::Number(column.declared),
            ColumnData::Bools(_) => Self::Bool,
            ColumnData::Texts(_) => Self::Text,
        }
    }
}

/// The kinds of a block's columns in one word, three bits each, where there is room for them: whether a block's rows can wait with others is asked for every row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form(Option<u64>);

impl Form {
    pub fn of(columns: &[ColumnView<'_>]) -> Self {
        let three_bits = |column| match Kind::of(column) {
            Kind::Nothing => 0,
            Kind::Bool => 1,
            Kind::Text => 2,
            Kind::Number(Declared::Nothing) => 3,
            Kind::Number(Declared::Fractional) => 4,
            Kind::Number(Declared::Integral) => 5,
        };
        Self((columns.len() <= 21).then(|| columns.iter().fold(0, |word, column| word << 3 | three_bits(column))))
    }
}

/// Rows in waiting.
#[derive(Debug, Clone)]
pub(crate) struct Staged {
    shape_number: u64,
    /// The profile has all columns of the shape.
    pub is_noted: bool,
    /// Of the rows, where they all came in blocks of one form.
    form: Form,
    rows: usize,
    words: Vec<u64>,
    text: String,
    shape: Arc<Shape>,
    kinds: Vec<Kind>,
}

impl Staged {
    pub fn new(shape_number: u64, shape: &Arc<Shape>) -> Self {
        Self {
            shape_number,
            is_noted: false,
            form: Form(None),
            rows: 0,
            words: Vec::new(),
            text: String::new(),
            shape: Arc::clone(shape),
            kinds: vec![Kind::Nothing; shape.len()],
        }
    }

    pub fn shape(&self) -> (u64, &Arc<Shape>) {
        (self.shape_number, &self.shape)
    }

    /// What the rows take of memory.
    pub fn bytes(&self) -> usize {
        self.words.capacity() * 8 + self.text.capacity()
    }

    /// Whether they should wait no longer.
    pub fn is_enough(&self) -> bool {
        self.rows >= ENOUGH_ROWS || self.words.len() * 8 + self.text.len() >= ENOUGH_BYTES
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Whether rows of a block of this shape and form can wait with them.
    pub fn takes(&self, shape_number: u64, columns: &[ColumnView<'_>], form: Form) -> bool {
        let agrees = |(&kind, column): (&Kind, &ColumnView<'_>)| {
            let other = Kind::of(column);
            kind == other || kind == Kind::Nothing || other == Kind::Nothing
        };
        self.shape_number == shape_number && (self.has_form(form) || self.kinds.iter().zip(columns).all(agrees))
    }

    fn has_form(&self, form: Form) -> bool {
        self.form == form && form.0.is_some()
    }

    /// Takes in rows of a block that [`takes`](Self::takes) is true of.
    pub fn push(&mut self, columns: &[ColumnView<'_>], form: Form, rows: &[u32]) {
        if !self.has_form(form) {
            for (kind, column) in self.kinds.iter_mut().zip(columns) {
                if *kind == Kind::Nothing {
                    *kind = Kind::of(column);
                }
            }
            self.form = if self.rows == 0 { form } else { Form(None) };
        }
        for row in rows.iter().map(|&row| row as usize) {
            self.rows += 1;
            for column in columns {
                let word = match &column.data {
                    ColumnData::Numbers(numbers) => numbers[row].to_bits(),
                    ColumnData::Bools(bools) => u64::from(bools[row]),
                    ColumnData::Texts(texts) => {
                        let (start, text) = (self.text.len() as u64, texts.get(row));
                        self.text.push_str(text);
                        start << 32 | text.len() as u64
                    }
                    ColumnData::Nothing => 0,
                };
                self.words.push(word);
            }
            for eight in columns.chunks(8) {
                let mut word = [0; 8];
                for (byte, column) in word.iter_mut().zip(eight) {
                    *byte = column.validity.map_or(VALUE, |validity| validity[row]);
                }
                self.words.push(u64::from_le_bytes(word));
            }
        }
    }

    /// Shows column `index` to `visit`, as if its rows were a block.
    pub fn column(&self, index: usize, gathered: &mut Gathered, visit: impl FnOnce(&ColumnView<'_>)) {
        let columns = self.kinds.len();
        let rows = || self.words.chunks_exact(columns + columns.div_ceil(8));
        gathered.validity.clear();
        gathered.validity.extend(rows().map(|row| (row[columns + index / 8] >> (index % 8 * 8)) as u8));
        let validity = gathered.validity.iter().any(|&slot| slot != VALUE).then_some(gathered.validity.as_slice());
        let words = rows().map(|row| row[index]);
        let (data, declared) = match self.kinds[index] {
            Kind::Nothing => (ColumnData::Nothing, Declared::Nothing),
            Kind::Number(declared) => {
                gathered.numbers.clear();
                gathered.numbers.extend(words.map(f64::from_bits));
                (ColumnData::Numbers(&gathered.numbers), declared)
            }
            Kind::Bool => {
                gathered.bools.clear();
                gathered.bools.extend(words.map(|word| word as u8));
                (ColumnData::Bools(&gathered.bools), Declared::Nothing)
            }
            Kind::Text => {
                let texts = words.map(|word| &self.text[(word >> 32) as usize..][..word as u32 as usize]);
                (ColumnData::Texts(Texts::of(texts)), Declared::Nothing)
            }
        };
        visit(&ColumnView { data, validity, declared });
    }

    /// Forgets the rows, and keeps the memory for the next ones.
    pub fn clear(&mut self) {
        self.rows = 0;
        self.form = Form(None);
        self.kinds.fill(Kind::Nothing);
        self.words.clear();
        self.text.clear();
    }
}

/// Buffers that gathering a column reuses.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    numbers: Vec<f64>,
    bools: Vec<u8>,
    validity: Vec<u8>,
}
