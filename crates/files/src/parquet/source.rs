//! A file that is being read: cuts its row groups into stretches of rows.

use std::sync::Arc;

use crate::SourceError;
use crate::delivery::Delivery;
use crate::options::ReadOptions;
use crate::positioned::Positioned;
use crate::report::Totals;

use super::codec;
use super::damage::{Damage, bad};
use super::footer::{Chunk, Footer, Group};
use super::parcel::{Piece, RowsOfGroup};
use super::schema::{self, Column, Kind};
use super::unreadable;
use super::values;
use super::walk::Walk;

/// The most rows of a parcel.
const MAX_ROWS: u64 = 1 << 16;
/// What a value takes at the least once it is read.
const VALUE_BYTES: u64 = 8;

/// What all parcels of a file have in common.
#[derive(Debug)]
pub(super) struct Opened {
    pub file: Positioned,
    pub options: Arc<ReadOptions>,
    /// Those that are read.
    pub columns: Vec<Column>,
    /// Which of these are profiled: all but one that only tells times.
    pub profiled: usize,
    /// Which holds the times of rows.
    pub times: Option<usize>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Source {
    opened: Arc<Opened>,
    groups: Vec<Group>,
    notes: Vec<String>,
    /// Where the footer begins.
    limit: u64,
}

impl Source {
    pub fn open(file: Positioned, options: &Arc<ReadOptions>) -> Result<Self, SourceError> {
        let whole = |damage| unreadable(damage, None, "");
        let footer = Footer::read(&file).map_err(whole)?;
        let columns = schema::columns(&footer).map_err(whole)?;
        let leaves = footer.nodes.iter().filter(|node| node.physical.is_some()).count();
        if footer.groups.iter().any(|group| group.chunks.len() != leaves) {
            return Err(whole(bad("the footer is damaged: a row group has other columns than the schema")));
        }
        let (mut chosen, times) = choose(&columns, options)?;
        let profiled = times.map_or(chosen.len(), |(_, is_extra)| chosen.len() - usize::from(is_extra));
        let mut notes = Vec::new();
        for column in &mut chosen {
            check(column, &footer.groups).map_err(whole)?;
            if let Some(note) = column.note {
                notes.push(format!("column {:?} counts as objects: {note}", column.name));
            }
        }
        let times = times.map(|(at, _)| at);
        let opened = Opened { file, options: Arc::clone(options), columns: chosen, profiled, times };
        Ok(Self { opened: Arc::new(opened), groups: footer.groups, notes, limit: footer.start })
    }

    /// The columns that are profiled.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.opened.columns.iter().take(self.opened.profiled).map(|column| column.name.as_str())
    }

    /// Sends all rows.
    pub fn read(mut self, delivery: &mut Delivery<'_>) -> Result<(), SourceError> {
        let notes = std::mem::take(&mut self.notes);
        if !notes.is_empty() {
            delivery.leave_out(Totals { notes, ..Totals::default() });
        }
        let size = self.opened.file.bytes();
        let mut told = 0;
        self.cut(&mut |rows| {
            told += rows.share;
            delivery.send(|place| rows.into_parcel(place))
        })?;
        delivery.leave_out(Totals { bytes: size - told, ..Totals::default() });
        Ok(())
    }

    /// Cuts all rows into parcels.
    pub fn cut(self, send: &mut dyn FnMut(RowsOfGroup) -> Result<(), SourceError>) -> Result<(), SourceError> {
        let Self { opened, groups, limit, .. } = self;
        let all: u64 = groups.iter().map(|group| group.rows).fold(0, u64::saturating_add);
        let (mut before, mut told) = (0_u64, 0);
        // A group without rows may lie anywhere: there is nothing to read of it.
        for (number, group) in groups.into_iter().enumerate().filter(|(_, group)| group.rows > 0) {
            let cutter = Cutter::new(&opened, &group, number, limit, before)?;
            let mut share = |rows: u64| {
                // The file's bytes as its rows: what of them lies behind the parcels before.
                let rows = u128::from(before.saturating_add(rows));
                let end = (u128::from(opened.file.bytes()) * rows / u128::from(all.max(1))) as u64;
                end - std::mem::replace(&mut told, end)
            };
            cutter.send(&mut share, send)?;
            before = before.saturating_add(group.rows);
        }
        Ok(())
    }
}

/// The columns that are read, and which of them tells times, and whether it is not profiled itself.
#[expect(clippy::type_complexity, reason = "it is taken apart at once")]
fn choose(columns: &[Column], options: &ReadOptions) -> Result<(Vec<Column>, Option<(usize, bool)>), SourceError> {
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let missing = |name: &str| SourceError::NoColumn { column: name.to_owned(), columns: names.clone() };
    if let Some(name) = options.columns.iter().flatten().find(|name| !names.contains(name)) {
        return Err(missing(name));
    }
    let is_asked_for = |column: &&Column| options.columns.as_ref().is_none_or(|asked| asked.contains(&column.name));
    let mut chosen: Vec<Column> = columns.iter().filter(is_asked_for).cloned().collect();
    let Some((name, _)) = &options.times else { return Ok((chosen, None)) };
    if let Some(at) = chosen.iter().position(|column| column.name == *name) {
        return Ok((chosen, Some((at, false))));
    }
    let extra = columns.iter().find(|column| column.name == *name).ok_or_else(|| missing(name))?;
    chosen.push(extra.clone());
    let at = chosen.len() - 1;
    Ok((chosen, Some((at, true))))
}

/// Whether a column can be read in all row groups; where it cannot be made out, it counts as objects.
fn check(column: &mut Column, groups: &[Group]) -> Result<(), Damage> {
    let Some(leaf) = column.leaf else { return Ok(()) };
    let chunks = || groups.iter().filter_map(|group| group.chunks.get(leaf));
    let of = |what: &str| Damage::Bad(format!("{what} (column {:?})", column.name).into());
    if chunks().any(|chunk| chunk.is_encrypted) {
        return Err(of("it is encrypted"));
    }
    if chunks().any(|chunk| !chunk.is_here) {
        return Err(of("its data lie in another file"));
    }
    if chunks().any(|chunk| !codec::is_known(chunk.codec)) {
        column.note = Some("it is compressed by a method that is not read; nulls among them are not known");
        (column.leaf, column.kind, column.unit) = (None, Kind::Object, None);
    } else if column.kind != Kind::Object && chunks().any(|chunk| chunk.encodings & !values::KNOWN != 0) {
        column.note = Some("its encoding is not read");
        (column.kind, column.unit) = (Kind::Object, None);
    }
    Ok(())
}

/// Cuts one row group.
struct Cutter<'a> {
    opened: &'a Arc<Opened>,
    number: usize,
    rows: u64,
    /// Rows of the groups before.
    before: u64,
    /// One a column; none of those that have no pages.
    pieces: Vec<Option<Piece>>,
    rows_a_parcel: u64,
    row_bytes: u64,
}

impl<'a> Cutter<'a> {
    fn new(
        opened: &'a Arc<Opened>,
        group: &Group,
        number: usize,
        limit: u64,
        before: u64,
    ) -> Result<Self, SourceError> {
        let piece = |column: &Column| {
            let Some(chunk) = column.leaf.and_then(|leaf| group.chunks.get(leaf)) else { return Ok(None) };
            check_count(column, chunk, group.rows)
                .and_then(|()| Walk::new(chunk, limit))
                .map(|walk| Some(Piece { chunk: Arc::new(chunk.clone()), walk }))
                .map_err(|damage| unreadable(damage, Some(before.saturating_add(1)), &place(number, column)))
        };
        let pieces = opened.columns.iter().map(piece).collect::<Result<Vec<_>, _>>()?;
        let rows = group.rows.max(1);
        let bytes = |piece: &Piece| {
            let values = piece.chunk.values.saturating_mul(VALUE_BYTES);
            piece.chunk.unpacked.max(values)
        };
        let bytes = pieces.iter().flatten().map(bytes).fold(0, u64::saturating_add);
        let row_bytes = bytes.div_ceil(rows).max(1);
        let most = opened.options.large_parcel_bytes() as u64;
        let rows_a_parcel = (most / row_bytes).clamp(1, MAX_ROWS);
        Ok(Self { opened, number, rows: group.rows, before, pieces, rows_a_parcel, row_bytes })
    }

    fn send(
        mut self,
        share: &mut dyn FnMut(u64) -> u64,
        send: &mut dyn FnMut(RowsOfGroup) -> Result<(), SourceError>,
    ) -> Result<(), SourceError> {
        let mut start = 0;
        while start < self.rows {
            let end = self.rows.min(start + self.rows_a_parcel);
            let file = &self.opened.file;
            for (column, piece) in self.opened.columns.iter().zip(&mut self.pieces) {
                let Some(piece) = piece else { continue };
                let levels = (column.max_definition, column.max_repetition);
                piece.walk.go_to(file, &piece.chunk, levels, start).map_err(|damage| {
                    unreadable(
                        damage,
                        Some(self.before.saturating_add(start).saturating_add(1)),
                        &place(self.number, column),
                    )
                })?;
            }
            let share = share(end);
            let parcel = RowsOfGroup {
                opened: Arc::clone(self.opened),
                group: self.number,
                pieces: self.pieces.clone(),
                rows: start..end,
                bytes: (end - start).saturating_mul(self.row_bytes),
                share,
            };
            send(parcel)?;
            start = end;
        }
        Ok(())
    }
}

/// Flat columns have a value a row.
fn check_count(column: &Column, chunk: &Chunk, rows: u64) -> Result<(), Damage> {
    if column.max_repetition == 0 && chunk.values != rows {
        return Err(bad("it has another number of values than rows"));
    }
    Ok(())
}

/// Which column of which row group it is about, to begin a sentence.
pub(super) fn place(group: usize, column: &Column) -> String {
    format!("row group {}, column {:?}: ", group + 1, column.name)
}
