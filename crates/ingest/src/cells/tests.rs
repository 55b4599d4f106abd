use std::collections::BTreeSet;

use proptest::prelude::*;
use rolling_profiles_profile::{Profile, ProfileSettings};

use super::*;

#[test]
fn undone_values_leave_nothing() {
    let mut cells = Cells::default();
    cells.text(1, "kept");
    let adds: [fn(&mut Cells); 8] = [
        |cells| cells.null(2),
        |cells| cells.boolean(2, true),
        |cells| cells.boolean(2, false),
        |cells| cells.integer(2, 7),
        |cells| cells.double(2, 0.5),
        |cells| cells.text(2, "gone"),
        |cells| cells.object(2),
        |cells| cells.tensor(2),
    ];
    for add in adds {
        add(&mut cells);
        assert_eq!((cells.slots(), cells.last_row()), (2, 2));
        cells.undo();
        cells.undo();
        assert_eq!(cells.slots(), 1);
        assert_eq!(cells.texts().collect::<Vec<_>>(), ["kept"]);
    }
    assert_eq!(cells.integers.single.len() + cells.doubles.single.len(), 0);
    assert_eq!(cells.nulls + cells.trues + cells.falses + cells.objects + cells.tensors, 0);
}

/// Adds values, takes some back, and clears at times; shows each of the cells after each value.
fn fill(cells: &mut Cells, ops: &[(u8, i64)], mut after: impl FnMut(usize, &Cells)) {
    for (at, &(op, value)) in ops.iter().enumerate() {
        let row = cells.slots() + 1;
        match op {
            0..90 => cells.integer(row, value),
            90..120 => cells.double(row, value as f64 / 4.0),
            120..230 => cells.text_within(row, ["a", "long enough to be cut", "", "b"][value as usize & 3], 9),
            230..240 => cells.text(row, &value.to_string()),
            240..244 => cells.null(row),
            // Among the first it would keep the others from being counted.
            244 if at > 4000 => cells.integer(row, 1_000_000 - value),
            _ => cells.undo(),
        }
        after(at, cells);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Cells that keep rows count nothing ahead.
    #[test]
    fn values_that_are_counted_are_those_that_came(
        ops in prop::collection::vec((any::<u8>(), -300_i64..300), 0..8000),
        used_before in prop::collection::vec((any::<u8>(), -9_i64..9), 0..8000),
    ) {
        let (mut counting, mut keeping) = (Cells::default(), Cells::keeping_rows(true));
        fill(&mut counting, &used_before, |_, _| {});
        counting.clear();
        let moments = |cells: &mut Cells| {
            let mut moments = Vec::new();
            fill(cells, &ops, |_, cells| moments.push((cells.slots(), cells.cut(), format!("{:?}", cells.moment()))));
            moments
        };
        prop_assert_eq!(moments(&mut counting), moments(&mut keeping));
        let texts = |cells: &Cells| cells.texts().map(str::to_owned).collect::<BTreeSet<String>>();
        prop_assert_eq!(texts(&counting), texts(&keeping));
        let figures = |cells: &Cells| {
            let mut profile = Profile::new(ProfileSettings::default(), 0, 0, 1);
            let id = profile.column("c");
            cells.feed(profile.column_mut(id), 0);
            let column = profile.column_mut(id);
            let (mean, deviation) = column.distribution().map_or((0.0, 0.0), |found| (found.mean, found.stddev()));
            let distinct = column.cardinality().map_or(0.0, |cardinality| cardinality.estimate);
            let extremes = column.distribution().map(|found| (found.min, found.max));
            let exact = format!("{:?} {:?} {extremes:?} {:?}", column.counts(), column.types(), column.ints());
            (exact, [(mean, 1e-9), (deviation, 1e-9), (distinct, 0.02)])
        };
        let ((counted, estimates), (kept, others)) = (figures(&counting), figures(&keeping));
        prop_assert_eq!(counted, kept);
        // The order in which values come moves these a little.
        for ((estimate, tolerance), (other, _)) in estimates.into_iter().zip(others) {
            prop_assert!((estimate - other).abs() <= tolerance * other.abs().max(1.0), "{} and {}", estimate, other);
        }
    }
}
