//! Random profiles: values of known metrics, metrics that the crate does not know, metadata, owners, parts and sources.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use rolling_profiles_profile::{
    ColumnSchema, Owner, Predicate, Profile, ProfileSettings, Schema, Segment, SegmentHeader,
};

use crate::container::{Component, read};
use crate::raw::{chunk, column, field, file, path, varint};

/// What a column is given.
#[derive(Debug, Clone, Default)]
pub struct Values {
    pub numbers: Vec<f64>,
    pub texts: Vec<String>,
    pub bools: (u64, u64),
    pub nulls: u64,
}

/// A metric that the crate does not know.
#[derive(Debug, Clone)]
pub enum Own {
    /// Sums, bounds and sketches, each merged by its type.
    Known { namespace: u8, integers: Vec<i8>, double: i8, values: Vec<u8> },
    /// A distribution inside of another metric.
    Inner { name: u8, values: Vec<u8> },
    /// What its own program alone can merge, unless both sides agree.
    Closed { kind: u8, value: u8 },
}

#[derive(Debug, Clone)]
pub struct Made {
    pub columns: BTreeMap<u8, (Values, Vec<Own>)>,
    pub owner: Option<(u8, Option<u8>)>,
    pub parts: Vec<(u8, u8)>,
    pub sources: BTreeMap<u8, u8>,
    pub metadata: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
    pub times: (i64, i64),
    pub segment: Option<u8>,
    /// Which conditions its columns count.
    pub conditions: Option<bool>,
}

/// Numbers whose sums are exact, so that no order of adding them shows.
fn numbers() -> impl Strategy<Value = Vec<f64>> {
    let number = prop_oneof![
        8 => (-40_i32..40).prop_map(|it| f64::from(it) / 4.0),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY, -0.0]),
    ];
    prop::collection::vec(number, 0..20)
}

fn values() -> impl Strategy<Value = Values> {
    (numbers(), prop::collection::vec("[ab]{0,3}", 0..8), (0_u64..3, 0_u64..3), 0_u64..3)
        .prop_map(|(numbers, texts, bools, nulls)| Values { numbers, texts, bools, nulls })
}

fn own(closed: bool) -> impl Strategy<Value = Own> {
    let small = || prop::collection::vec(0_u8..30, 0..12);
    let known = (0_u8..2, prop::collection::vec(-9_i8..9, 0..4), any::<i8>(), small())
        .prop_map(|(namespace, integers, double, values)| Own::Known { namespace, integers, double, values });
    let inner = (0_u8..2, small()).prop_map(|(name, values)| Own::Inner { name, values });
    let of_its_own = (0_u8..4, 0_u8..2).prop_map(|(kind, value)| Own::Closed { kind, value });
    prop_oneof![3 => known, 2 => inner, u32::from(closed) * 2 => of_its_own]
}

fn entries(prefix: &'static str) -> impl Strategy<Value = BTreeMap<String, String>> {
    prop::collection::btree_map((0_u8..3).prop_map(move |key| format!("{prefix}{key}")), "[xy]{0,2}", 0..3)
}

/// Profiles that may be refused to each other: of several owners, with parts and sources in common, with closed metrics.
pub fn any_profile() -> impl Strategy<Value = Made> {
    let owner = prop::option::of((0_u8..2, prop::option::of(0_u8..2)));
    made(true, owner, prop::collection::vec((0_u8..6, 0_u8..9), 0..3), 0..6)
}

/// Profiles of one owner or none, with `part` alone and without closed metrics: all may be merged.
pub fn mergeable(part: u8) -> impl Strategy<Value = Made> {
    made(false, prop::option::of(Just((0, None))), (0_u8..9).prop_map(move |rows| vec![(part, rows)]), 0..1)
}

fn made(
    closed: bool,
    owner: impl Strategy<Value = Option<(u8, Option<u8>)>>,
    parts: impl Strategy<Value = Vec<(u8, u8)>>,
    readings: std::ops::Range<u8>,
) -> impl Strategy<Value = Made> {
    let column = (values(), prop::collection::vec(own(closed), 0..4));
    let sources = prop::collection::btree_map(0_u8..3, readings, 0..2);
    let tags = (entries("whylogs.tag."), entries("")).prop_map(|(mut tags, others)| {
        tags.extend(others);
        tags
    });
    // A key of the metadata with the prefix of tags is written among the tags.
    let metadata = (entries(""), entries("whylogs.tag.")).prop_map(|(mut metadata, tags)| {
        metadata.extend(tags);
        metadata
    });
    let texts = (metadata, tags);
    // Counts of different conditions cannot be merged.
    let conditions = prop::option::of(if closed { any::<bool>().boxed() } else { Just(true).boxed() });
    let header = ((-9_i64..9, 0_i64..9), prop::option::of(0_u8..2), conditions);
    (prop::collection::btree_map(0_u8..2, column, 0..3), owner, parts, sources, texts, header).prop_map(
        |(columns, owner, parts, sources, (metadata, tags), (times, segment, conditions))| Made {
            columns,
            owner,
            parts,
            sources,
            metadata,
            tags,
            times,
            segment,
            conditions,
        },
    )
}

impl Made {
    pub fn profile(&self, seed: u64) -> Profile {
        let mut profile = self.empty(seed);
        for (name, (values, others)) in &self.columns {
            let name = format!("column {name}");
            let id = profile.column(&name);
            let column = profile.column_mut(id);
            column.add_numbers(&values.numbers);
            column.add_texts(values.texts.iter().map(String::as_str));
            column.add_bools(values.bools.0, values.bools.1);
            column.add_nulls(values.nulls);
            if !others.is_empty() {
                let foreign = Profile::deserialize(&self.foreign(&name, others)).unwrap();
                assert!(foreign.get(&name).unwrap().metric_paths().len() > 11, "there is more than counters");
                profile.merge(&foreign);
            }
        }
        *profile.segment_header_mut() = segment(self.segment);
        self.describe(&mut profile);
        profile
    }

    /// A profile without columns and metadata, of the same times and segment.
    pub fn empty(&self, seed: u64) -> Profile {
        let names = self.conditions.map_or(&[][..], |both| if both { &["a", "b"] } else { &["a"] });
        let conditions = names.iter().map(|name| ((*name).to_owned(), Predicate::IsNull)).collect();
        let schema = Schema::new(ColumnSchema { conditions, ..ColumnSchema::default() });
        let mut profile = Profile::with_schema(Arc::new(schema), self.times.0, self.times.1, seed);
        *profile.segment_header_mut() = segment(self.segment);
        profile
    }

    /// A file of the same times, with one column of those metrics; of two components with one path the last stays.
    fn foreign(&self, name: &str, others: &[Own]) -> Vec<u8> {
        let components: BTreeMap<String, Vec<u8>> = others.iter().flat_map(components).collect();
        one_column(name, self.times, &components.into_iter().collect::<Vec<_>>())
    }

    fn describe(&self, profile: &mut Profile) {
        if let Some((dataset, org)) = self.owner {
            let org = org.map(|org| format!("org {org}"));
            profile.set_owner(Owner { dataset: &format!("dataset {dataset}"), org: org.as_deref() });
        }
        let metadata = profile.metadata_mut();
        metadata.extend(self.metadata.clone());
        metadata.extend(self.parts.iter().map(|(part, rows)| (format!("rp.part.{part}"), rows.to_string())));
        let sources = self.sources.iter();
        metadata.extend(sources.map(|(source, reading)| (format!("rp.source.{source}"), reading.to_string())));
        *profile.tags_mut() = self.tags.clone();
    }
}

fn segment(number: Option<u8>) -> SegmentHeader {
    let Some(number) = number else { return SegmentHeader::default() };
    let tags = vec![("whylogs.tag.country".to_owned(), number.to_string())];
    SegmentHeader {
        has_segments: true,
        segments: vec![Segment { tags, partition_id: "p".to_owned() }],
        offsets: vec![(0, 9)],
    }
}

/// A file of one column with these components.
pub fn one_column(name: &str, times: (i64, i64), components: &[(String, Vec<u8>)]) -> Vec<u8> {
    // Times before 1970 are none of a file's; this one is merged into a profile that has them.
    let times = field(1, &[32, times.1 as u8, 40, times.0.max(0) as u8]);
    let numbered: Vec<_> = (0_u8..).zip(components).collect();
    let paths: Vec<u8> = numbered.iter().flat_map(|(index, (name, _))| path(*index, name)).collect();
    let entries: Vec<_> = numbered.iter().map(|(index, (_, component))| (*index, component.clone())).collect();
    file(&[times, column(name, &[0]), paths].concat(), &chunk(&entries))
}

fn components(own: &Own) -> Vec<(String, Vec<u8>)> {
    match own {
        Own::Known { namespace, integers, double, values } => {
            let integers = integers.iter().zip(["sum", "min", "max"]).zip([0, 1, 2]).map(|((value, name), kind)| {
                (name, typed(kind, &[&[16][..], &varint(i64::from(*value).cast_unsigned())].concat()))
            });
            let doubles = [("d-sum", 0), ("d-min", 1), ("d-max", 2)]
                .map(|(name, kind)| (name, typed(kind, &number(f64::from(*double) / 4.0))));
            let sketches = sketches(values);
            let components = integers.chain(doubles).chain(sketches);
            components.map(|(name, component)| (format!("own {namespace}/{name}"), component)).collect()
        }
        Own::Inner { name, values } => {
            let all = given(values);
            let moments = all.get("x").and_then(rolling_profiles_profile::Column::distribution);
            let (mean, m2) = moments.map_or((0.0, 0.0), |it| (it.mean, it.m2));
            let [_, _, kll] = sketches(values);
            [("kll", kll.1), ("mean", number(mean)), ("m2", number(m2))]
                .map(|(component, bytes)| (format!("udf/{name}:distribution/{component}"), bytes))
                .into()
        }
        Own::Closed { kind, value } => {
            let component = match kind {
                0 => field(7, &[*value]),
                1 => typed(44, &[16, *value]),
                2 => field(11, &field(1, &[*value])),
                // The sum of a metric that has also what cannot be merged.
                _ => vec![16, *value],
            };
            let name = ["bytes", "typed", "record", "sum"][usize::from(*kind)];
            vec![(format!("closed/{name}"), component), ("closed/id".to_owned(), field(7, b"id"))]
        }
    }
}

fn given(values: &[u8]) -> Profile {
    let mut profile = Profile::new(ProfileSettings::default(), 0, 0, 3);
    let id = profile.column("x");
    let integers: Vec<i64> = values.iter().map(|&value| i64::from(value)).collect();
    profile.column_mut(id).add_integral(&integers);
    // Sketches are there without values too.
    profile.column_mut(id).add_integral(&[30]);
    profile
}

/// Components that hold images of these values' sketches.
fn sketches(values: &[u8]) -> [(&'static str, Vec<u8>); 3] {
    let container = read(&given(values).serialize());
    let image = |path: &str| match &container.columns["x"][path].1 {
        Component::FrequentItems(image) | Component::Hll(image) | Component::Kll(image) => image.clone(),
        other => panic!("{other:?} is no sketch"),
    };
    [("items", 4, "frequent_items/frequent_strings"), ("hll", 5, "cardinality/hll"), ("kll", 6, "distribution/kll")]
        .map(|(name, number, path)| (name, field(number, &field(1, &image(path)))))
}

fn typed(type_id: u8, value: &[u8]) -> Vec<u8> {
    if type_id == 0 { value.to_vec() } else { [&[8, type_id][..], value].concat() }
}

fn number(value: f64) -> Vec<u8> {
    [&[25][..], &value.to_le_bytes()].concat()
}
