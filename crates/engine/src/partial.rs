//! One lane's part of one bucket's profile, and how a block's rows get into it.

use std::sync::Arc;

use rolling_profiles_profile::{ColumnId, Profile};

use crate::block::{ABSENT, ColumnData, ColumnView, Declared, Exception, ExceptionValue, NULL, VALUE};
use crate::dataset::{Key, Shape};
use crate::period::Membership;
use crate::plan::Helper;
use crate::segment::OfSegment;
use crate::staged::{Form, Gathered, MANY, Staged};
use rolling_profiles_ingest::Table;

/// What a partial without columns takes, with its place in a map, its key and its segment; and how many rows change its size noticeably.
const EMPTY_BYTES: u64 = 1536;
const MEASURED_ROWS: u64 = 64;

/// How many shapes' column places a partial remembers.
const REMEMBERED_SHAPES: usize = 8;

/// A partial as it is kept and handed over. Boxed, since tables of many have more places than partials.
pub(crate) type OpenPartial = Box<Partial>;

/// What this lane has tracked for one key since the profile was last taken.
#[derive(Debug, Clone)]
pub(crate) struct Partial {
    pub key: Arc<Key>,
    /// The segment it is of.
    pub segment: OfSegment,
    pub profile: Profile,
    pub rows: u64,
    /// Rows among them that a segment of an earlier partition counts too.
    pub repeated_rows: u64,
    /// Sequence number of the last block or message with rows for it.
    pub last_used: u64,
    /// Something failed while it was changed: it may count some rows in part. It takes no more.
    pub doubtful: bool,
    /// What it takes of memory, as last estimated, and the rows it had then.
    bytes: u64,
    /// The same without rows in waiting.
    profile_bytes: u64,
    measured_rows: u64,
    /// Where the columns of recent shapes are in `profile`; a column is made when its first value or null arrives.
    places: Vec<(u64, Vec<Option<ColumnId>>)>,
    /// Rows that `profile` has not seen yet but for their columns' names; they count in `rows`.
    staged: Option<Staged>,
    /// The period that it is of, where other lanes have to know of its columns.
    pub period: Membership,
}

/// The columns of a block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns<'a> {
    /// The number of their shape.
    pub number: u64,
    pub shape: &'a Arc<Shape>,
    pub views: &'a [ColumnView<'a>],
    pub form: Form,
}

/// The rows of a block that go to one partial.
pub(crate) enum Rows<'a> {
    /// All of them.
    All,
    /// These, ascending.
    Some(&'a [u32]),
}

impl Rows<'_> {
    /// How many of a block of `all` rows they are.
    pub fn count(&self, all: usize) -> usize {
        match self {
            Rows::All => all,
            Rows::Some(rows) => rows.len(),
        }
    }

    /// The first of them; none: row 0, or no row.
    pub fn first(&self) -> Option<usize> {
        match self {
            Rows::All => None,
            Rows::Some(rows) => rows.first().map(|&row| row as usize),
        }
    }

    /// The last of them; none: the block's last, or no row.
    pub fn last(&self) -> Option<usize> {
        match self {
            Rows::All => None,
            Rows::Some(rows) => rows.last().map(|&row| row as usize),
        }
    }

    pub fn contains(&self, row: usize) -> bool {
        match self {
            Rows::All => true,
            Rows::Some(rows) => rows.binary_search(&(row as u32)).is_ok(),
        }
    }
}

/// Buffers that gathering reuses.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    numbers: Vec<f64>,
    integers: Vec<i64>,
    gathered: Gathered,
}

impl Partial {
    pub fn new(key: Arc<Key>, segment: OfSegment, now_ms: i64, seed: u64) -> Self {
        let seed = seed ^ segment.as_ref().map_or(0, |segment| segment.seed());
        let profile = Profile::with_schema(Arc::clone(&key.owner.plan.schema), key.bucket.start_ms, now_ms, seed);
        Self {
            key,
            segment,
            profile,
            rows: 0,
            repeated_rows: 0,
            last_used: 0,
            doubtful: false,
            bytes: EMPTY_BYTES,
            profile_bytes: EMPTY_BYTES,
            measured_rows: 0,
            places: Vec::new(),
            staged: None,
            period: Membership::default(),
        }
    }

    /// What it takes of memory, about.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Notes that rows up to block `sequence` went to it. Its size is estimated anew only when it has grown by a part of its rows: sketches
    /// grow ever more slowly.
    pub fn touch(&mut self, sequence: u64) {
        self.last_used = sequence;
        let staged = self.staged.as_ref().map_or(0, Staged::bytes) as u64;
        if self.rows - self.measured_rows >= MEASURED_ROWS.max(self.measured_rows / 4) || self.measured_rows == 0 {
            self.measured_rows = self.rows;
            let places: usize = self.places.iter().map(|(_, places)| 64 + places.capacity() * 8).sum();
            // An allocator takes about a third more than what it is asked for, where pieces are so small.
            self.profile_bytes = EMPTY_BYTES + (self.profile.memory_bytes() + places) as u64 * 4 / 3;
        }
        self.bytes = self.profile_bytes + staged;
    }

    /// Makes columns whose values are on their way.
    pub fn expect(&mut self, names: &[&str]) {
        for name in names {
            self.profile.column(name);
        }
    }

    /// Which columns of shape number `number` it is known to have, where that is remembered.
    pub fn places_of(&self, number: u64) -> &[Option<ColumnId>] {
        self.places.iter().find(|(shape, _)| *shape == number).map_or(&[], |(_, ids)| ids)
    }

    /// Makes sure that `track` can look up columns of shape number `number`.
    pub fn prepare(&mut self, number: u64, columns: usize) -> usize {
        if let Some(at) = self.places.iter().position(|(shape, _)| *shape == number) {
            return at;
        }
        if self.places.len() == REMEMBERED_SHAPES {
            self.places.remove(0);
        }
        self.places.push((number, vec![None; columns]));
        self.places.len() - 1
    }

    fn column(&mut self, place: usize, index: usize, name: &str) -> &mut rolling_profiles_profile::Column {
        let known = self.places[place].1[index];
        let id = known.unwrap_or_else(|| {
            let id = self.profile.column(name);
            self.places[place].1[index] = Some(id);
            id
        });
        self.profile.column_mut(id)
    }

    /// Takes a few rows of a block; they may wait for more of them.
    fn stage(&mut self, content: &Columns<'_>, rows: &[u32], limits: &ValueLimits, scratch: &mut Scratch) {
        let Columns { number, shape, views, form } = *content;
        if self.staged.as_ref().is_some_and(|staged| !staged.takes(number, views, form)) {
            self.settle(limits, scratch);
            self.staged = None;
        }
        if !self.staged.as_ref().is_some_and(|staged| staged.is_noted) {
            let place = self.prepare(number, shape.len());
            self.note(place, content, &Rows::Some(rows));
        }
        let is_noted = || self.places.iter().any(|(shape, ids)| *shape == number && ids.iter().all(Option::is_some));
        let staged = self.staged.get_or_insert_with(|| Staged::new(number, shape));
        staged.is_noted = staged.is_noted || is_noted();
        staged.push(views, form, rows);
        if staged.is_enough() {
            self.settle(limits, scratch);
        }
    }

    /// Forgets the rows that wait. They stay counted: a profile that says so is doubtful.
    pub fn drop_buffer(&mut self) {
        self.staged = None;
    }

    /// Brings the rows that wait to the profile.
    pub fn settle(&mut self, limits: &ValueLimits, scratch: &mut Scratch) {
        let Some(mut staged) = self.staged.take_if(|staged| !staged.is_empty()) else { return };
        let (number, shape) = staged.shape();
        let place = self.prepare(number, shape.len());
        let mut gathered = std::mem::take(&mut scratch.gathered);
        for (index, name) in shape.iter().enumerate() {
            staged.column(index, &mut gathered, |column| {
                self.track((place, index, name), column, &Rows::All, limits, scratch);
            });
        }
        scratch.gathered = gathered;
        staged.clear();
        self.staged = Some(staged);
    }

    /// Adds rows of a block, whose values outside of their columns' kinds come by [`track_exceptions`](Self::track_exceptions).
    pub fn track_columns(
        &mut self,
        content: &Columns<'_>,
        rows: &Rows<'_>,
        count: usize,
        limits: &ValueLimits,
        scratch: &mut Scratch,
    ) {
        self.rows += count as u64;
        match rows {
            // A column that only helps another has no place in the profile, and no name to be noted.
            Rows::Some(rows) if count < MANY && self.key.owner.plan.helpers.is_empty() => {
                self.stage(content, rows, limits, scratch);
            }
            _ => {
                self.settle(limits, scratch);
                let place = self.prepare(content.number, content.shape.len());
                for (index, column) in content.views.iter().enumerate() {
                    self.track((place, index, &content.shape[index]), column, rows, limits, scratch);
                }
            }
        }
    }

    /// Adds the values of one column of a block. `place` comes from `prepare`, `index` is the column's in its shape.
    fn track(
        &mut self,
        (place, index, name): (usize, usize, &str),
        column: &ColumnView<'_>,
        rows: &Rows<'_>,
        limits: &ValueLimits,
        scratch: &mut Scratch,
    ) {
        if !self.key.owner.plan.helpers.is_empty() && self.help(name, column, rows) {
            return;
        }
        let nulls = column.validity.map_or(0, |validity| count(validity, rows, NULL));
        let values = column.validity.map_or(usize::MAX, |validity| count(validity, rows, VALUE));
        if nulls == 0 && values == 0 {
            return;
        }
        let target = self.column(place, index, name);
        if nulls > 0 {
            target.add_nulls(nulls as u64);
        }
        if values == 0 {
            return;
        }
        let is_value = |row: usize| column.validity.is_none_or(|validity| validity[row] == VALUE);
        match &column.data {
            ColumnData::Numbers(numbers) => {
                let numbers = match rows {
                    Rows::All if column.validity.is_none() => numbers,
                    _ => {
                        scratch.numbers.clear();
                        each(rows, numbers.len(), |row| {
                            if is_value(row) {
                                scratch.numbers.push(numbers[row]);
                            }
                        });
                        scratch.numbers.as_slice()
                    }
                };
                match column.declared {
                    Declared::Nothing => target.add_numbers(numbers),
                    Declared::Fractional => target.add_fractional(numbers),
                    Declared::Integral => {
                        scratch.integers.clear();
                        scratch.integers.extend(numbers.iter().map(|&number| number as i64));
                        target.add_integral(&scratch.integers);
                    }
                }
            }
            ColumnData::Bools(bools) => {
                let trues = trues(bools, column.validity, rows);
                let all = if column.validity.is_some() { values } else { rows.count(bools.len()) };
                target.add_bools(trues, all as u64 - trues);
            }
            ColumnData::Texts(texts) => match rows {
                Rows::All => {
                    target
                        .add_texts((0..texts.len()).filter(|&row| is_value(row)).map(|row| limits.cut(texts.get(row))));
                }
                Rows::Some(rows) => {
                    let rows = rows.iter().map(|&row| row as usize);
                    target.add_texts(rows.filter(|&row| is_value(row)).map(|row| limits.cut(texts.get(row))));
                }
            },
            ColumnData::Nothing => {}
        }
    }

    /// Takes a column that is none of the data; `false`: it is one.
    fn help(&mut self, name: &str, column: &ColumnView<'_>, rows: &Rows<'_>) -> bool {
        let Some(helper) = self.key.owner.plan.helpers.get(name) else { return false };
        if let (Helper::Condition { column: target, name }, ColumnData::Bools(bools)) = (helper, &column.data) {
            let matches = trues(bools, column.validity, rows);
            if matches > 0 {
                let id = self.profile.column(target);
                self.profile.column_mut(id).add_condition_matches(name, matches);
            }
        }
        true
    }

    /// Notes which columns of a block have rows, without their values.
    fn note(&mut self, place: usize, content: &Columns<'_>, rows: &Rows<'_>) {
        for (index, column) in content.views.iter().enumerate() {
            if touches(column, rows) {
                self.column(place, index, &content.shape[index]);
            }
        }
    }

    /// Adds the values of these rows that did not fit their columns' kinds.
    pub fn track_exceptions(
        &mut self,
        content: &Columns<'_>,
        exceptions: &[Exception<'_>],
        rows: &Rows<'_>,
        limits: &ValueLimits,
    ) {
        if exceptions.is_empty() {
            return;
        }
        let place = self.prepare(content.number, content.shape.len());
        for exception in exceptions.iter().filter(|exception| rows.contains(exception.row)) {
            let name = &*content.shape[exception.column];
            if !self.key.owner.plan.helpers.contains_key(name) {
                self.track_exception(place, name, exception, limits);
            }
        }
    }

    /// Adds the rows of a table.
    pub fn track_table(&mut self, table: &Table) {
        for (name, cells, missing) in table.columns() {
            match self.key.owner.plan.helpers.get(name) {
                Some(Helper::Segment) => continue,
                Some(Helper::Condition { column, name }) => {
                    if cells.trues() > 0 {
                        let id = self.profile.column(column);
                        self.profile.column_mut(id).add_condition_matches(name, cells.trues());
                    }
                    continue;
                }
                None => {}
            }
            let id = self.profile.column(name);
            cells.feed(self.profile.column_mut(id), missing);
        }
        self.rows += table.rows();
    }

    fn track_exception(&mut self, place: usize, name: &str, exception: &Exception<'_>, limits: &ValueLimits) {
        let target = self.column(place, exception.column, name);
        match exception.value {
            ExceptionValue::Number(number) => target.add_numbers(&[number]),
            ExceptionValue::Bool(truth) => target.add_bools(u64::from(truth), u64::from(!truth)),
            ExceptionValue::Text(text) => target.add_texts(std::iter::once(limits.cut(text))),
            ExceptionValue::Integer(integer) => target.add_integral(&[integer]),
            ExceptionValue::Object => target.add_objects(1),
            ExceptionValue::Tensor => target.add_tensors(1),
        }
    }
}

/// What they take of memory, about.
pub(crate) fn bytes_of(partials: &[OpenPartial]) -> u64 {
    partials.iter().map(|partial| partial.bytes()).sum()
}

/// Caps on what is used of a value.
#[derive(Debug, Clone)]
pub(crate) struct ValueLimits {
    pub max_value_bytes: usize,
}

impl ValueLimits {
    /// The longest start of `text` within the limit that ends at a character's border.
    fn cut<'t>(&self, text: &'t str) -> &'t str {
        if text.len() <= self.max_value_bytes {
            return text;
        }
        &text[..text.floor_char_boundary(self.max_value_bytes)]
    }
}

/// Whether one of these slots is more than absent.
pub(crate) fn touches(column: &ColumnView<'_>, rows: &Rows<'_>) -> bool {
    column.validity.is_none_or(|validity| match rows {
        Rows::All => validity.iter().any(|&slot| slot != ABSENT),
        Rows::Some(rows) => rows.iter().any(|&row| validity[row as usize] != ABSENT),
    })
}

#[expect(clippy::naive_bytecount, reason = "a few hundred bytes: not worth a dependency")]
fn count(validity: &[u8], rows: &Rows<'_>, what: u8) -> usize {
    match rows {
        Rows::All => validity.iter().filter(|&&slot| slot == what).count(),
        Rows::Some(rows) => rows.iter().filter(|&&row| validity[row as usize] == what).count(),
    }
}

/// How many of the values are true.
pub(crate) fn trues(bools: &[u8], validity: Option<&[u8]>, rows: &Rows<'_>) -> u64 {
    let is_true = |row: usize| validity.is_none_or(|validity| validity[row] == VALUE) && bools[row] != 0;
    match (rows, validity) {
        (Rows::All, None) => bools.iter().map(|&truth| u64::from(truth != 0)).sum(),
        (Rows::All, Some(validity)) => {
            bools.iter().zip(validity).map(|(&truth, &slot)| u64::from(truth != 0 && slot == VALUE)).sum()
        }
        (Rows::Some(rows), _) => rows.iter().map(|&row| u64::from(is_true(row as usize))).sum(),
    }
}

fn each(rows: &Rows<'_>, all: usize, mut visit: impl FnMut(usize)) {
    match rows {
        Rows::All => (0..all).for_each(visit),
        Rows::Some(rows) => rows.iter().for_each(|&row| visit(row as usize)),
    }
}
