//! Packed data as what was packed.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::bufread::GzDecoder;

/// How a source is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
}

/// What the data of a packed source suffer from; known once reading them has failed.
pub(super) type Damage = Arc<OnceLock<String>>;

const BUFFER_BYTES: usize = 128 << 10;

/// What was packed. `has_failed` is the source's.
///
/// # Errors
/// Where there is no memory.
pub(super) fn unpack<'a>(
    packed: impl Read + Send + 'a,
    packing: Packing,
    has_failed: &Arc<AtomicBool>,
    damage: &Damage,
) -> std::io::Result<Box<dyn Read + Send + 'a>> {
    let packed = BufReader::with_capacity(BUFFER_BYTES, packed);
    let (has_failed, damage) = (Arc::clone(has_failed), Arc::clone(damage));
    Ok(match packing {
        Packing::Gzip => Box::new(Guarded { data: Members::new(packed), name: "gzip", has_failed, damage }),
        Packing::Zstd => {
            Box::new(Guarded { data: zstd::Decoder::with_buffer(packed)?, name: "zstd", has_failed, damage })
        }
    })
}

/// Tells damage from a source that fails.
struct Guarded<R> {
    data: R,
    name: &'static str,
    has_failed: Arc<AtomicBool>,
    damage: Damage,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.data.read(buffer).inspect_err(|error| {
            if !self.has_failed.load(Ordering::Relaxed) {
                let what = match error.kind() {
                    std::io::ErrorKind::UnexpectedEof => "it breaks off".to_owned(),
                    _ => error.to_string(),
                };
                // Reading goes on to fail: the first reason is the one.
                let _ = self.damage.set(format!("damaged {} data: {what}", self.name));
            }
        })
    }
}

/// The members of a gzip file, one after the other. Zeros behind them, as tapes have them, are none.
struct Members<R> {
    /// `None`: there is no further one.
    current: Option<GzDecoder<R>>,
}

impl<R: BufRead> Members<R> {
    fn new(packed: R) -> Self {
        Self { current: Some(GzDecoder::new(packed)) }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Some(member) = &mut self.current {
            let count = member.read(buffer)?;
            if count > 0 {
                return Ok(count);
            }
            let Some(ended) = self.current.take() else { break };
            let mut packed = ended.into_inner();
            if skip_zeros(&mut packed)? {
                self.current = Some(GzDecoder::new(packed));
            }
        }
        Ok(0)
    }
}

/// Whether anything follows the zeros that stand here.
fn skip_zeros(packed: &mut impl BufRead) -> std::io::Result<bool> {
    loop {
        let bytes = packed.fill_buf()?;
        let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
        let (is_end, has_more) = (bytes.is_empty(), zeros < bytes.len());
        packed.consume(zeros);
        if is_end || has_more {
            return Ok(has_more);
        }
    }
}
