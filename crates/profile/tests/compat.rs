//! This crate against Python whylogs 1.6.4, by the fixtures that `__test__/compat/python/make_fixtures.py` makes.

mod support;

use rolling_profiles_profile::{Column, MergeError, Profile, ProfileSettings};
use support::compare::{self, Closeness, EXACT, columns, differences, inputs, near, rank_errors, without_fractional};
use support::container::{self, Component};
use support::values::Value;
use support::{Fixture, fixture, fixtures};

const SEED: u64 = 7;

fn read(fixture: &Fixture) -> Profile {
    Profile::deserialize(&fixture.bytes).unwrap_or_else(|error| panic!("{}: {error}", fixture.name))
}

fn none(found: &[String]) {
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n"));
}

fn add(column: &mut Column, run: &[Value]) {
    let texts = run.iter().filter_map(|value| if let Value::Text(text) = value { Some(text.as_str()) } else { None });
    match &run[0] {
        Value::Null => column.add_nulls(run.len() as u64),
        Value::Nan => column.add_fractional(&vec![f64::NAN; run.len()]),
        Value::Object => column.add_objects(run.len() as u64),
        Value::Tensor => column.add_tensors(run.len() as u64),
        Value::Text(_) => column.add_texts(texts),
        Value::Bool(_) => {
            let trues = run.iter().filter(|value| **value == Value::Bool(true)).count();
            column.add_bools(trues as u64, (run.len() - trues) as u64);
        }
        Value::Integral(_) => {
            let values = run.iter().filter_map(|value| if let Value::Integral(x) = value { Some(*x) } else { None });
            column.add_integral(&values.collect::<Vec<_>>());
        }
        Value::Fractional(_) => {
            let values = run.iter().filter_map(|value| if let Value::Fractional(x) = value { Some(*x) } else { None });
            column.add_fractional(&values.collect::<Vec<_>>());
        }
    }
}

/// Makes the profile of a fixture again: value by value where the reference went row by row, else a batch a step.
fn remake(fixture: &Fixture) -> Profile {
    let mut profile = Profile::new(
        ProfileSettings::default(),
        fixture.millis("datasetTimestampMs"),
        fixture.millis("creationTimestampMs"),
        SEED,
    );
    for (key, value) in fixture.json["metadata"].as_object().into_iter().flatten() {
        let entries = if key.starts_with("whylogs.tag.") { profile.tags_mut() } else { profile.metadata_mut() };
        entries.insert(key.clone(), value.as_str().unwrap().to_owned());
    }
    let by_row = fixture.json["mode"] == "row";
    for (name, steps) in inputs(fixture) {
        let id = profile.column(&name);
        for step in steps {
            for run in step.chunks(if by_row { 1 } else { step.len().max(1) }) {
                add(profile.column_mut(id), run);
            }
        }
    }
    profile
}

fn with_input() -> Vec<Fixture> {
    fixtures().into_iter().filter(Fixture::has_input).collect()
}

#[test]
fn every_file_of_the_reference_reads_as_the_reference_reads_it() {
    let mut found = Vec::new();
    for fixture in fixtures() {
        let profile = read(&fixture);
        assert_eq!(profile.dataset_timestamp_ms(), fixture.millis("datasetTimestampMs"), "{}", fixture.name);
        assert_eq!(profile.creation_timestamp_ms(), fixture.millis("creationTimestampMs"), "{}", fixture.name);
        found.extend(differences(&fixture, &profile, &columns(&fixture), Closeness::SameFile));
    }
    none(&found);
}

#[test]
fn the_same_values_give_the_references_numbers() {
    let mut found = Vec::new();
    for fixture in with_input() {
        let profile = remake(&fixture);
        let names: Vec<String> = inputs(&fixture).into_iter().map(|(name, _)| name).collect();
        found.extend(differences(&fixture, &profile, &names, Closeness::SameValues));
        for (name, steps) in inputs(&fixture) {
            found.extend(rank_errors(&fixture.name, &profile, &name, &steps.concat()));
        }
    }
    none(&found);
}

/// Paths, type ids, counters, moments and sketch images, as a third reader finds them in both files.
#[test]
fn the_same_values_give_the_references_bytes() {
    let mut found = Vec::new();
    let mut images = 0;
    for fixture in with_input() {
        let ours = container::read(&remake(&fixture).serialize());
        let theirs = container::read(&fixture.bytes);
        assert_eq!((&ours.tags, &ours.metadata), (&theirs.tags, &theirs.metadata), "{}", fixture.name);
        for (column, steps) in inputs(&fixture) {
            let in_turn = bools_in_turn(&fixture, &steps);
            let (ours, theirs) = (&ours.columns[&column], &theirs.columns[&column]);
            if !ours.keys().eq(theirs.keys()) {
                found.push(format!("{} · {column}: paths {:?} and {:?}", fixture.name, ours.keys(), theirs.keys()));
                continue;
            }
            for (path, theirs) in theirs {
                let ours = &ours[path];
                images += usize::from(!matches!(theirs.1, Component::Integral(_) | Component::Fractional(_)));
                if ours.0 != theirs.0 || !equal(&fixture, &column, in_turn, &ours.1, &theirs.1) {
                    found.push(format!("{} · {column} · {path}: {}", fixture.name, shown(&ours.1, &theirs.1)));
                }
            }
        }
    }
    assert!(images > 500, "sketch images were compared: {images}");
    none(&found);
}

/// Whether bools take turns with other values or with each other, as the reference saw them. We keep bools as two counters, and feed
/// them to the sketches last, trues first; images then hold the same in another order.
fn bools_in_turn(fixture: &Fixture, steps: &[Vec<Value>]) -> bool {
    let place = |value: &Value| match value {
        Value::Bool(true) => 1,
        Value::Bool(false) => 2,
        _ => 0,
    };
    let mut places: Vec<Vec<i32>> =
        steps.iter().map(|step| step.iter().filter(|value| **value != Value::Null).map(place).collect()).collect();
    if fixture.json["mode"] == "frame" {
        // The reference sorts the bools of a frame in the same way.
        for step in &mut places {
            step.sort_unstable();
        }
    }
    !places.concat().is_sorted()
}

fn equal(fixture: &Fixture, column: &str, in_turn: bool, ours: &Component, theirs: &Component) -> bool {
    match (ours, theirs) {
        (Component::Kll(a), Component::Kll(b)) if in_turn && kll_count(a) <= EXACT as u64 => {
            a.len() == b.len() && a[..20] == b[..20] && words::<8>(a, 28) == words::<8>(b, 28)
        }
        // A list of coupons, or a set: the header, then the coupons.
        (Component::Hll(a), Component::Hll(b)) if in_turn && a[0] < 10 => {
            a.len() == b.len() && a[..8] == b[..8] && words::<4>(a, 8) == words::<4>(b, 8)
        }
        (Component::Fractional(a), Component::Fractional(b)) => {
            let (a, b) = (f64::from_bits(*a), f64::from_bits(*b));
            near(a, b, compare::scale_of(fixture, column))
        }
        // Compaction draws random bits in the reference, so that two of its own images differ.
        (Component::Kll(a), Component::Kll(b)) => a == b || kll_count(a) > EXACT as u64 && kll_count(a) == kll_count(b),
        // Their items are compared by the tables.
        (Component::FrequentItems(_), Component::FrequentItems(_)) if in_turn => true,
        (Component::FrequentItems(a), Component::FrequentItems(b)) => {
            without_fractional(fixture, column).map_or(a == b, |it| hex(a) == it["imageHex"].as_str().unwrap())
        }
        (a, b) => a == b,
    }
}

/// The words of an image from `start` on, sorted.
fn words<const N: usize>(image: &[u8], start: usize) -> Vec<&[u8]> {
    let mut words: Vec<&[u8]> = image.get(start..).unwrap_or_default().chunks(N).collect();
    words.sort_unstable();
    words
}

fn kll_count(image: &[u8]) -> u64 {
    if image.len() < 16 { 0 } else { u64::from_le_bytes(image[8..16].try_into().unwrap()) }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}

/// Both images up to shortly after the first byte that differs.
fn shown(ours: &Component, theirs: &Component) -> String {
    use Component::{FrequentItems, Hll, Kll};
    match (ours, theirs) {
        (Hll(a), Hll(b)) | (Kll(a), Kll(b)) | (FrequentItems(a), FrequentItems(b)) => {
            let at = a.iter().zip(b).position(|(x, y)| x != y).unwrap_or(a.len().min(b.len()));
            let upto = |image: &[u8]| hex(&image[at..image.len().min(at + 16)]);
            format!("{} and {} bytes, from {at}: {} and {}", a.len(), b.len(), upto(a), upto(b))
        }
        (a, b) => format!("{a:?} and {b:?}"),
    }
}

#[test]
fn what_is_read_is_written_again() {
    for fixture in fixtures() {
        let profile = read(&fixture);
        let written = profile.serialize();
        let again = Profile::deserialize(&written).unwrap_or_else(|error| panic!("{}: {error}", fixture.name));
        none(&differences(&fixture, &again, &columns(&fixture), Closeness::SameFile));
        let (before, after) = (container::read(&fixture.bytes), container::read(&written));
        assert_eq!((&before.tags, &before.metadata), (&after.tags, &after.metadata), "{}", fixture.name);
        for (name, column) in &before.columns {
            assert!(column.keys().eq(after.columns[name].keys()), "{} · {name}", fixture.name);
            for (path, component) in column {
                let known = ["cardinality/hll", "frequent_items/frequent_strings"].contains(&path.as_str());
                // Both tables are re-inserted on reading, in the reference too, and may come out in another order.
                assert!(known || after.columns[name][path] == *component, "{} · {name} · {path}", fixture.name);
            }
        }
    }
}

#[test]
fn metrics_unknown_to_this_crate_survive_a_merge() {
    for name in ["conditions", "unicode-ranges"] {
        let before = container::read(&fixture(name).bytes);
        let mut profile = read(&fixture("no-columns"));
        profile.merge(&read(&fixture(name)));
        let after = container::read(&profile.serialize());
        for (column, components) in &before.columns {
            assert!(components.keys().eq(after.columns[column].keys()), "{name} · {column}");
        }
    }
}

#[test]
fn components_of_unknown_metrics_merge_as_the_reference_merges_them() {
    let [left, right, theirs] = ["own-components", "own-components-other", "own-components-merged"].map(fixture);
    let mut merged = read(&left);
    merged.check_merge(&read(&right)).unwrap();
    merged.merge(&read(&right));
    let (ours, theirs) = (container::read(&merged.serialize()), container::read(&theirs.bytes));
    let mut compared = 0;
    for (path, theirs) in &theirs.columns["n"] {
        if path.starts_with("readings/") || path.starts_with("udf/") {
            compared += 1;
            let ours = &ours.columns["n"][path];
            // The reference copies metrics inside of another by writing and reading them, which moves items.
            assert_eq!(ours.0, theirs.0, "{path}");
            assert!(
                regardless_of_order(&ours.1) == regardless_of_order(&theirs.1),
                "{path}: {}",
                shown(&ours.1, &theirs.1)
            );
        }
    }
    assert!(compared > 30, "{compared}");
    assert!(ours.columns["n"].keys().eq(theirs.columns["n"].keys()));
}

fn regardless_of_order(component: &Component) -> Component {
    match component.clone() {
        Component::Hll(mut image) => {
            image.sort_unstable();
            Component::Hll(image)
        }
        Component::FrequentItems(mut image) => {
            image.sort_unstable();
            Component::FrequentItems(image)
        }
        other => other,
    }
}

#[test]
fn a_metric_that_its_own_program_alone_can_merge_is_refused() {
    let own = read(&fixture("own-metric"));
    assert_eq!(own.check_merge(&own), Ok(()), "it stays where both agree");
    let text = b"the longest of all";
    let mut bytes = own.serialize();
    let at = bytes.windows(text.len()).rposition(|part| part == text).unwrap();
    bytes[at..at + 3].copy_from_slice(b"one");
    let other = Profile::deserialize(&bytes).unwrap();
    let refused = MergeError::Metric { column: "note".into(), metric: "longest_text".into() };
    assert_eq!(own.check_merge(&other), Err(refused));
    let mut merged = own.clone();
    merged.merge(&other);
    let paths = merged.get("note").unwrap().metric_paths();
    assert!(!paths.iter().any(|path| path.starts_with("longest_text")), "it is left out");
}

#[test]
fn a_merge_agrees_with_the_references_merge() {
    let mut found = Vec::new();
    let mut merges = 0;
    for merged in fixtures().into_iter().filter(|fixture| fixture.json["mode"] == "merge") {
        merges += 1;
        let parts: Vec<Fixture> = (0..2).map(|i| fixture(merged.json["parts"][i].as_str().unwrap())).collect();
        let mut profile = read(&parts[0]);
        profile.merge(&read(&parts[1]));
        assert_eq!(profile.dataset_timestamp_ms(), merged.millis("datasetTimestampMs"), "{}", merged.name);
        assert_eq!(profile.creation_timestamp_ms(), merged.millis("creationTimestampMs"), "{}", merged.name);
        found.extend(differences(&merged, &profile, &columns(&merged), Closeness::SameValues));
        let (ours, theirs) = (container::read(&profile.serialize()), container::read(&merged.bytes));
        assert_eq!((&ours.tags, &ours.metadata), (&theirs.tags, &theirs.metadata), "{}", merged.name);
        let values: Vec<_> = parts.iter().flat_map(inputs).collect();
        for name in columns(&merged) {
            let all: Vec<Value> =
                values.iter().filter(|(column, _)| *column == name).flat_map(|(_, steps)| steps.concat()).collect();
            found.extend(rank_errors(&merged.name, &profile, &name, &all));
            let path = "cardinality/hll";
            let (ours, theirs) = (ours.columns[&name].get(path), theirs.columns[&name].get(path));
            if ours != theirs {
                found.push(format!("{} · {name} · {path}", merged.name));
            }
        }
    }
    assert_eq!(merges, 12);
    none(&found);
}
