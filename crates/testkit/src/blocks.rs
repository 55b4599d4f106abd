use rolling_profiles_engine::block::{FLAG_EXCEPTIONS, FLAG_MESSAGES, FLAG_SINGLE_KEY, MAGIC};

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// The row has no such column.
    Absent,
    /// Null.
    Null,
    /// A number.
    Number(f64),
    /// A boolean.
    Bool(bool),
    /// Text.
    Text(String),
    /// An integer, as an exception.
    Integer(i64),
    /// An object, as an exception.
    Object,
    /// A tensor, as an exception.
    Tensor,
}

/// Builds the arena and text of one block, as the encoder would; a plain and slow twin of it. A column's kind is that of its first value; what
/// does not fit becomes an exception.
#[derive(Debug, Clone)]
pub struct Arena {
    shape: u64,
    columns: usize,
    rows: Vec<Vec<Cell>>,
    keys: Vec<u64>,
    messages: Vec<[u64; 4]>,
}

impl Arena {
    /// A block of a shape with that many columns.
    #[must_use]
    pub fn new(shape: u64, columns: usize) -> Self {
        Self { shape, columns, rows: Vec::new(), keys: Vec::new(), messages: Vec::new() }
    }

    /// Adds a row for `key`.
    #[must_use]
    pub fn row(mut self, key: u64, cells: impl IntoIterator<Item = Cell>) -> Self {
        let mut cells: Vec<Cell> = cells.into_iter().collect();
        cells.resize(self.columns, Cell::Absent);
        self.rows.push(cells);
        self.keys.push(key);
        self
    }

    /// Makes rows `first..first + rows` one message, for which `waiter` waits (0: nobody).
    #[must_use]
    pub fn message(mut self, first: u64, rows: u64, continues: bool, waiter: u64) -> Self {
        self.messages.push([first, rows, u64::from(continues), waiter]);
        self
    }

    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The arena and the text buffer.
    #[must_use]
    pub fn build(&self) -> (Vec<u8>, Vec<u8>) {
        let single = self.keys.windows(2).all(|pair| pair[0] == pair[1]);
        let mut arena = vec![0; 56 + 24 * self.columns];
        let mut text = Vec::new();
        let mut exceptions = Vec::new();
        let mut flags = if single { FLAG_SINGLE_KEY } else { 0 };
        if single {
            put_number(&mut arena, 32, self.keys.first().copied().unwrap_or(0));
        } else {
            let at =
                append(&mut arena, &self.keys.iter().flat_map(|&key| (key as f64).to_le_bytes()).collect::<Vec<_>>());
            put(&mut arena, 44, at);
        }
        for column in 0..self.columns {
            self.column(column, &mut arena, &mut text, &mut exceptions);
        }
        exceptions.sort_by_key(|(row, column, _)| (*row, *column));
        if !self.messages.is_empty() {
            flags |= FLAG_MESSAGES;
            let mut section = vec![0; 8];
            put(&mut section, 0, self.messages.len() as u32);
            for [first, rows, continues, waiter] in &self.messages {
                for word in [*first as u32, *rows as u32, *continues as u32, 0] {
                    section.extend(word.to_le_bytes());
                }
                section.extend(waiter.to_le_bytes());
            }
            let at = append(&mut text, &section);
            put(&mut arena, 48, at);
        }
        if !exceptions.is_empty() {
            flags |= FLAG_EXCEPTIONS;
            let body: Vec<u8> = exceptions.iter().flat_map(|(_, _, entry)| entry.clone()).collect();
            let mut section = vec![0; 8];
            put(&mut section, 0, exceptions.len() as u32);
            put(&mut section, 4, body.len() as u32);
            section.extend(body);
            let at = append(&mut text, &section);
            put(&mut arena, 52, at);
        }
        put(&mut arena, 0, MAGIC);
        put(&mut arena, 4, self.rows.len() as u32);
        put(&mut arena, 8, flags);
        put(&mut arena, 12, self.columns as u32);
        put_number(&mut arena, 24, self.shape);
        (arena, text)
    }

    fn column(
        &self,
        column: usize,
        arena: &mut Vec<u8>,
        text: &mut Vec<u8>,
        exceptions: &mut Vec<(u32, u16, Vec<u8>)>,
    ) {
        let cells = || self.rows.iter().map(|row| &row[column]);
        let kind = cells().find_map(|cell| match cell {
            Cell::Number(_) => Some(0u8),
            Cell::Bool(_) => Some(1),
            Cell::Text(_) => Some(2),
            _ => None,
        });
        let kind = kind.unwrap_or(3);
        let (mut data, mut validity, mut joined) = (Vec::new(), Vec::new(), String::new());
        for (row, cell) in cells().enumerate() {
            let (slot, valid) = match (kind, cell) {
                (0, Cell::Number(number)) => (number.to_le_bytes().to_vec(), 1),
                (1, Cell::Bool(truth)) => (vec![u8::from(*truth)], 1),
                (2, Cell::Text(value)) => {
                    joined.push_str(value);
                    ((value.encode_utf16().count() as u32).to_le_bytes().to_vec(), 1)
                }
                (_, cell) => {
                    if let Some((tag, bytes)) = exception(cell) {
                        exceptions.push((row as u32, column as u16, entry(row as u32, column as u16, tag, &bytes)));
                    }
                    let width = [8, 1, 4, 0][kind as usize];
                    (vec![0; width], if *cell == Cell::Null { 2 } else { 0 })
                }
            };
            data.extend(slot);
            validity.push(valid);
        }
        let at = 56 + 24 * column;
        let has_validity = kind == 3 || validity.iter().any(|&slot| slot != 1);
        arena[at] = kind;
        arena[at + 1] = u8::from(has_validity) | (u8::from(joined.is_ascii()) << 1);
        if kind != 3 {
            let offset = append(arena, &data);
            put(arena, at + 4, offset);
        }
        if has_validity {
            let offset = append(arena, &validity);
            put(arena, at + 8, offset);
        }
        if kind == 2 {
            let offset = append(text, joined.as_bytes());
            put(arena, at + 12, offset);
            put(arena, at + 16, joined.len() as u32);
        }
    }
}

fn exception(cell: &Cell) -> Option<(u8, Vec<u8>)> {
    Some(match cell {
        Cell::Absent | Cell::Null => return None,
        Cell::Number(number) => (0, number.to_le_bytes().to_vec()),
        Cell::Bool(truth) => (1, vec![u8::from(*truth)]),
        Cell::Text(text) => (2, text.as_bytes().to_vec()),
        Cell::Integer(integer) => (3, integer.to_le_bytes().to_vec()),
        Cell::Object => (4, Vec::new()),
        Cell::Tensor => (5, Vec::new()),
    })
}

fn entry(row: u32, column: u16, tag: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = row.to_le_bytes().to_vec();
    bytes.extend(column.to_le_bytes());
    bytes.extend([tag, 0]);
    bytes.extend((value.len() as u32).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes
}

fn append(buffer: &mut Vec<u8>, section: &[u8]) -> u32 {
    let at = buffer.len() as u32;
    buffer.extend(section);
    buffer.resize(buffer.len().next_multiple_of(8), 0);
    at
}

/// A number as the encoder writes it.
fn put_number(buffer: &mut [u8], offset: usize, value: u64) {
    buffer[offset..offset + 8].copy_from_slice(&(value as f64).to_le_bytes());
}

fn put(buffer: &mut [u8], offset: usize, value: u32) {
    buffer[offset..offset + 4].copy_from_slice(&value.to_le_bytes());
}
