//! CSV and JSON read by an engine: the same comes of a file whatever its parcels. The first byte of the input says how it is read, the rest is the file.

use std::sync::Arc;

use rolling_profiles_engine::{Granularity, Partition, Plan, Settings, TimeWindow};
use rolling_profiles_files::{
    Delivery, Format, ReadOptions, Report, SourceError, TimeReader, Totals, read_csv, read_json,
};

use super::meter::Bound;
use crate::{NOW_MS, Rig, settings};

/// An engine, and what is looked at before the first record is read. A value of two bytes is a row with a column of its own.
const BOUND: Bound = Bound { bytes: 24 << 20, times: 4096 };

/// Bit 0 asks for tabs, bit 1 for times in the column `t`, bit 2 for segments by the column `a`.
pub(super) fn csv(input: &[u8]) {
    same_in_any_parcels(input, |form, bytes, options, delivery| {
        let format = if form & 1 == 0 { Format::Csv } else { Format::Tsv };
        read_csv(bytes, format, options, delivery)
    });
}

/// Bits 1 and 2 as above.
pub(super) fn json(input: &[u8]) {
    same_in_any_parcels(input, |_, bytes, options, delivery| read_json(bytes, options, delivery));
}

type Reader = fn(u8, &[u8], &Arc<ReadOptions>, &mut Delivery<'_>) -> Result<(), SourceError>;

fn same_in_any_parcels(input: &[u8], reader: Reader) {
    let Some((&form, bytes)) = input.split_first() else { return };
    BOUND.hold(bytes, || {
        let whole = read(form, bytes, 1 << 16, reader);
        for parcel_bytes in [1, 100] {
            match (&whole, read(form, bytes, parcel_bytes, reader)) {
                (Ok(whole), Ok(found)) => {
                    let figures = |totals: &Totals| (totals.rows, totals.left_out, totals.bytes, totals.untimed);
                    assert_eq!(figures(&found), figures(whole), "in parcels of {parcel_bytes} bytes");
                    assert!(whole.complaints.iter().all(|complaint| found.complaints.contains(complaint)));
                }
                (Err(whole), Err(found)) => assert_eq!(&found, whole, "in parcels of {parcel_bytes} bytes"),
                (whole, found) => panic!("{whole:?} at once, {found:?} in parcels of {parcel_bytes} bytes"),
            }
        }
    });
}

/// What came of it; or where it is not what it is taken for.
fn read(form: u8, bytes: &[u8], parcel_bytes: usize, reader: Reader) -> Result<Totals, Option<u64>> {
    let rig = Rig::new(&Settings { max_parcel_bytes: 1 << 20, ..settings(1) });
    let by_a = Partition::of_columns("by", "id", vec!["a".to_owned()]);
    let plan = Plan { partitions: if form & 4 == 0 { Vec::new() } else { vec![by_a] }, ..Plan::default() };
    let dataset = rig.open_planned("d", Granularity::Hour, None, plan, Vec::new());
    let mut sender = rig.engine.parcels(dataset, TimeWindow::ANY).expect("an engine takes parcels");
    let report = Arc::new(Report::default());
    let times = (form & 2 != 0).then(|| ("t".to_owned(), TimeReader::default()));
    let options = ReadOptions { times, parcel_bytes, max_record_bytes: 1 << 20, ..ReadOptions::new(NOW_MS) };
    let outcome = reader(form, bytes, &Arc::new(options), &mut Delivery::new(&mut sender, &report, &|| false));
    rig.reach();
    let totals = report.totals();
    match outcome {
        Err(SourceError::Unreadable { place, .. }) => Err(place),
        Err(SourceError::NoColumn { .. }) => Err(None),
        Err(error) => panic!("{error:?}"),
        Ok(()) => {
            assert!(totals.failure.is_none(), "{:?}", totals.failure);
            assert_eq!(totals.bytes, bytes.len() as u64, "each byte is in a stretch");
            Ok(totals)
        }
    }
}
