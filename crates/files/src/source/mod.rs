//! Sources: what a file is, packed or not, in whatever encoding; read by the reader of its format.
//!
//! ```text
//! File, Stream ──► Counted ──► head ──► gzip, zstd unpacked ──► head ──► format ──► Parquet: a file that can be sought, spooled where it is none
//!                                                                          │
//!                                                                          └──► Arrow as it is; text as UTF-8 ──► readers
//! ```
//!
//! A source is opened once and read once, so that pipes of all kinds work.

mod counted;
mod detect;
mod fingerprint;
mod spool;
mod transcode;
mod unpack;

use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use counted::Counted;
use detect::Magic;
use fingerprint::Fingerprint;
use unpack::Damage;

use crate::SourceError;
use crate::arrow;
use crate::csv::read_csv;
use crate::delivery::Delivery;
use crate::encoding::Encoding;
use crate::json::read_json;
use crate::ndjson::read_ndjson;
use crate::options::{Format, ReadOptions};
use crate::parquet::read_parquet;

/// Enough to see a format by.
const HEAD_BYTES: usize = 64 << 10;

/// Where bytes come from.
pub enum Source {
    /// A file that was opened, at its start; also a pipe.
    File {
        /// The file.
        file: File,
        /// What it is called.
        name: String,
    },
    /// Anything else.
    Stream {
        /// What it gives.
        bytes: Box<dyn Read + Send>,
        /// What it is called.
        name: String,
    },
}

/// A source that is being read.
struct Input<'a> {
    name: String,
    /// The file itself, where what is read is all that there is in it, and it can be sought.
    file: Option<File>,
    head: Vec<u8>,
    /// What follows the head.
    rest: Box<dyn Read + Send + 'a>,
}

/// Reads a source to its end. Blocks the caller while the engine has no room.
///
/// # Errors
/// Why the source was not read to its end.
pub fn read_source(source: Source, options: &Arc<ReadOptions>, delivery: &mut Delivery<'_>) -> Result<(), SourceError> {
    let (bytes, name, file) = open(source, delivery).map_err(SourceError::Io)?;
    let has_failed = Arc::default();
    let report = Arc::clone(delivery.report());
    let fingerprint = options.is_fingerprinted.then(Fingerprint::default);
    let counted = Counted { bytes, report, fingerprint: fingerprint.clone(), has_failed: Arc::clone(&has_failed) };
    let damage = Damage::default();
    let whole = file.as_ref().map(File::try_clone).transpose().map_err(SourceError::Io)?;
    let outcome = read_packed(Input::new(counted, name, file)?, &has_failed, &damage, options, delivery);
    match (outcome, damage.get()) {
        (Err(SourceError::Io(_) | SourceError::Unreadable { .. }), Some(reason)) => Err(unreadable(reason)),
        (Ok(()), _) => match fingerprint {
            Some(read) => name_content(&read, whole.as_ref(), delivery),
            None => Ok(()),
        },
        (outcome, _) => outcome,
    }
}

/// Keeps the hash of the source. A Parquet or Arrow file is not read from its start to its end, so that it is read for this once more.
fn name_content(read: &Fingerprint, whole: Option<&File>, delivery: &Delivery<'_>) -> Result<(), SourceError> {
    let report = delivery.report();
    let text = match whole {
        Some(file) if matches!(report.format(), Some(Format::Parquet | Format::Arrow)) => {
            Fingerprint::of(file).map_err(SourceError::Io)?.text()
        }
        _ => read.text(),
    };
    report.set_fingerprint(text);
    Ok(())
}

type Opened = (Box<dyn Read + Send>, String, Option<File>);

/// The bytes of a source, its name, and the file where it is one that can be sought.
fn open(source: Source, delivery: &Delivery<'_>) -> std::io::Result<Opened> {
    Ok(match source {
        Source::Stream { bytes, name } => (bytes, name, None),
        Source::File { file, name } => {
            let metadata = file.metadata()?;
            if !metadata.is_file() {
                return Ok((Box::new(file), name, None));
            }
            delivery.report().set_size(metadata.len());
            let again = file.try_clone()?;
            (Box::new(file), name, Some(again))
        }
    })
}

fn read_packed(
    input: Input<'_>,
    has_failed: &Arc<AtomicBool>,
    damage: &Damage,
    options: &Arc<ReadOptions>,
    delivery: &mut Delivery<'_>,
) -> Result<(), SourceError> {
    let Some(Magic::Packed(packing)) = detect::magic(&input.head) else {
        return read_plain(input, options, delivery);
    };
    let Input { name, head, rest, .. } = input;
    let packed = Cursor::new(head).chain(rest);
    let data = unpack::unpack(packed, packing, has_failed, damage).map_err(SourceError::Io)?;
    let input = Input::new(data, name, None)?;
    if matches!(detect::magic(&input.head), Some(Magic::Packed(_))) {
        return Err(unreadable("it is packed twice"));
    }
    read_plain(input, options, delivery)
}

fn read_plain(input: Input<'_>, options: &Arc<ReadOptions>, delivery: &mut Delivery<'_>) -> Result<(), SourceError> {
    if input.head.is_empty() {
        return Err(unreadable("the input is empty"));
    }
    let magic = detect::magic(&input.head);
    if let Some(Magic::Foreign(what)) = magic {
        return Err(unreadable(&format!("it is {what}, which is not read: unpack it first")));
    }
    let by_magic = if let Some(Magic::Format(format)) = magic { Some(format) } else { None };
    match options.format.or(by_magic).or_else(|| detect::by_name(&input.name)) {
        Some(Format::Parquet) => read_parquet(seekable(input, delivery)?, options, delivery),
        Some(Format::Arrow) => read_arrow(input, options, delivery),
        // A name says that there are JSON values, not how they are laid out.
        Some(Format::Ndjson) if options.format.is_none() => read_text(input, Some(Format::Json), options, delivery),
        told => read_text(input, told, options, delivery),
    }
}

fn read_arrow(input: Input<'_>, options: &Arc<ReadOptions>, delivery: &mut Delivery<'_>) -> Result<(), SourceError> {
    if input.file.is_some() || arrow::is_file(&input.head) {
        return arrow::read_arrow(seekable(input, delivery)?, options, delivery);
    }
    arrow::read_arrow_stream(input.bytes(), options, delivery)
}

/// A file with the same bytes that can be sought.
fn seekable(input: Input<'_>, delivery: &mut Delivery<'_>) -> Result<File, SourceError> {
    match input.file {
        Some(mut file) => file.rewind().map(|()| file).map_err(SourceError::Io),
        None => spool::spool(input.bytes(), delivery),
    }
}

/// Reads text, of a format that is `told`, or found by what it begins with.
fn read_text(
    mut input: Input<'_>,
    told: Option<Format>,
    options: &Arc<ReadOptions>,
    delivery: &mut Delivery<'_>,
) -> Result<(), SourceError> {
    let (encoding, mark) = detect::encoding(&input.head, options.encoding);
    let is_whole = input.head.len() < HEAD_BYTES;
    input.head.drain(..mark.min(input.head.len()));
    let is_guessed = mark == 0 && options.encoding.is_none();
    if is_guessed && let Some(label) = detect::looks_like_utf16(&input.head) {
        return Err(unreadable(&format!(
            "it looks like UTF-16 without a byte-order mark: the option encoding, {label}, reads it"
        )));
    }
    let input = if encoding == Encoding::UTF_8 {
        input
    } else {
        let name = std::mem::take(&mut input.name);
        Input::new(transcode::decode(input.bytes(), encoding), name, None)?
    };
    // What is called text may have a NUL anywhere: whether it has one early makes no difference.
    if told.is_none() && input.head.contains(&0) {
        return Err(unreadable("it is neither text, Parquet nor Arrow"));
    }
    let format = told.unwrap_or_else(|| detect::by_content(&input.head));
    if is_guessed && detect::is_mostly_no_utf8(&input.head, is_whole, format) {
        return Err(unreadable("it is not UTF-8; the option encoding says what it is"));
    }
    match format {
        Format::Ndjson => read_ndjson(input.bytes(), options, delivery),
        Format::Json => read_json(input.bytes(), options, delivery),
        _ => read_csv(input.bytes(), format, options, delivery),
    }
}

impl<'a> Input<'a> {
    fn new(mut bytes: impl Read + Send + 'a, name: String, file: Option<File>) -> Result<Self, SourceError> {
        let mut head = Vec::new();
        bytes.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(SourceError::Io)?;
        Ok(Self { name, file, head, rest: Box::new(bytes) })
    }

    fn bytes(self) -> impl Read + Send + use<'a> {
        Cursor::new(self.head).chain(self.rest)
    }
}

fn unreadable(reason: &str) -> SourceError {
    SourceError::Unreadable { place: None, reason: reason.to_owned() }
}
