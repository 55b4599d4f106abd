//! Files: the first byte of the input says how they are read, the rest is the file.

use rolling_profiles_files::fuzzing;
use rolling_profiles_profile::{Profile, ProfileSettings};

use super::container::works;
use super::meter::Bound;

/// Beyond multiples of the file: a parcel of 65,536 rows that no byte stands behind, with what is known of each, and pages that some codecs pack to a thousandth.
const PARQUET: Bound = Bound { bytes: 64 << 20, times: 1024 };

/// Bit 0 asks for times in column `t`, bit 1 for rows that are told apart.
pub(super) fn parquet(input: &[u8]) {
    let Some((&form, bytes)) = input.split_first() else { return };
    let times = (form & 1 != 0).then_some("t");
    PARQUET.hold(bytes, || {
        // Whether it is refused, and why, says nothing: it need not fail otherwise.
        let _ = fuzzing::parquet(bytes, times, form & 2 != 0, &mut |rows| {
            for (_, table) in &rows.tables {
                assert!(table.rows() > 0, "a table without rows is none");
                let mut profile = Profile::new(ProfileSettings::default(), 0, 0, 1);
                for (name, cells, missing) in table.columns() {
                    let id = profile.column(name);
                    cells.feed(profile.column_mut(id), missing);
                    assert_eq!(cells.slots() + missing, table.rows(), "column {name:?} has a value or null a row");
                }
                works(&profile);
            }
        });
    });
}
