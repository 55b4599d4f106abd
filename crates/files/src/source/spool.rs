//! A file that can be sought, of what cannot.

use std::fs::File;
use std::io::{Error, Read, Seek, Write};

use crate::SourceError;
use crate::delivery::Delivery;

const CHUNK_BYTES: usize = 256 << 10;

/// Writes `bytes` into a temporary file that has no name: it goes when it is closed.
///
/// # Errors
/// `Io`, `Cancelled`.
pub(super) fn spool(mut bytes: impl Read, delivery: &Delivery<'_>) -> Result<File, SourceError> {
    let mut file = tempfile::tempfile().map_err(|error| of_the_file(&error))?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        if delivery.is_given_up() {
            return Err(SourceError::Cancelled);
        }
        match bytes.read(&mut chunk).map_err(SourceError::Io)? {
            0 => break,
            count => file.write_all(chunk.get(..count).unwrap_or_default()).map_err(|error| of_the_file(&error))?,
        }
    }
    file.rewind().map_err(|error| of_the_file(&error))?;
    Ok(file)
}

fn of_the_file(error: &Error) -> SourceError {
    SourceError::Io(Error::new(error.kind(), format!("the temporary file for it: {error}")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rolling_profiles_engine::TimeWindow;
    use rolling_profiles_testkit::{Rig, settings};

    use super::*;
    use crate::report::Report;

    #[test]
    fn a_spooled_file_holds_all_bytes_from_its_start() {
        let rig = Rig::new(&settings(1));
        let mut sender = rig.engine.parcels(rig.dataset("d", Vec::new()), TimeWindow::ANY).unwrap();
        let bytes: Vec<u8> = (0..3 * CHUNK_BYTES + 5).map(|at| at as u8).collect();
        let (report, goes_on, gives_up) = (Arc::new(Report::default()), || false, || true);
        let mut file = spool(&*bytes, &Delivery::new(&mut sender, &report, &goes_on)).unwrap();
        let mut found = Vec::new();
        file.read_to_end(&mut found).unwrap();
        assert_eq!(found, bytes);
        let outcome = spool(&*bytes, &Delivery::new(&mut sender, &report, &gives_up));
        assert!(matches!(outcome, Err(SourceError::Cancelled)));
    }
}
