//! The laws of merging, over profiles with metrics known and unknown, owners, parts and metadata.
//!
//! `facts.rs` says what the order of values may decide. The order of profiles decides besides which value stays of a key of the metadata or a
//! tag that both have: the last one's.

#[path = "../support/container.rs"]
mod container;
mod facts;
mod made;
mod model;
#[path = "../support/raw.rs"]
mod raw;

use std::collections::BTreeMap;

use facts::{differences, entries, facts};
use made::{any_profile, mergeable};
use proptest::prelude::*;
use rolling_profiles_profile::{Column, MergeError, Profile, ProfileSettings};

fn merged(left: &Profile, right: &Profile) -> Profile {
    let mut merged = left.clone();
    merged.merge(right);
    merged
}

fn written(profile: &Profile) -> Profile {
    Profile::deserialize(&profile.serialize()).unwrap()
}

/// The differences in everything, metadata and tags included.
fn apart(a: &Profile, b: &Profile) -> Vec<String> {
    let mut found = differences(&facts(a), &facts(b));
    if entries(a) != entries(b) {
        found.push(format!("{:?} and {:?}", entries(a), entries(b)));
    }
    found
}

fn none() -> Vec<String> {
    Vec::new()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_is_associative_also_by_force(a in any_profile(), b in any_profile(), c in any_profile()) {
        let (a, b, c) = (a.profile(1), b.profile(2), c.profile(3));
        let (ab, bc) = (merged(&a, &b), merged(&b, &c));
        prop_assert_eq!(apart(&merged(&ab, &c), &merged(&a, &bc)), none());
        let left = a.check_merge(&b).is_ok() && ab.check_merge(&c).is_ok();
        let right = b.check_merge(&c).is_ok() && a.check_merge(&bc).is_ok();
        prop_assert_eq!(left, right, "what is refused does not depend on the grouping");
    }

    #[test]
    fn merging_is_commutative_but_for_entries_that_contradict(a in any_profile(), b in any_profile()) {
        let (a, b) = (a.profile(1), b.profile(2));
        let (ab, ba) = (merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(differences(&facts(&ab), &facts(&ba)), none());
        let (of_a, of_b) = (entries(&a), entries(&b));
        for (key, value) in entries(&ab) {
            let other = entries(&ba).remove(&key);
            prop_assert!(other.is_some(), "{} is in one of them alone", key);
            let contradict = of_a.get(&key).zip(of_b.get(&key)).is_some_and(|(a, b)| a != b);
            prop_assert!(contradict || other == Some(value), "{}", key);
            prop_assert!(!contradict || other.as_ref() == of_a.get(&key), "the last one's {} stays", key);
        }
        prop_assert_eq!(entries(&ab).len(), entries(&ba).len());
        prop_assert_eq!(a.check_merge(&b).is_ok(), b.check_merge(&a).is_ok(), "refused in both orders");
    }

    #[test]
    fn a_profile_without_columns_of_the_same_time_and_segment_changes_nothing(made in any_profile()) {
        let (profile, empty) = (made.profile(1), made.empty(2));
        let bytes = profile.serialize();
        for empty in [&empty, &written(&empty)] {
            prop_assert_eq!(profile.check_merge(empty), Ok(()));
            prop_assert_eq!(empty.check_merge(&profile), Ok(()));
            prop_assert_eq!(&merged(&profile, empty).serialize(), &bytes);
            prop_assert_eq!(&merged(empty, &profile).serialize(), &bytes);
        }
    }

    #[test]
    fn what_is_written_and_read_merges_as_what_was_not(a in any_profile(), b in any_profile()) {
        let (a, b) = (a.profile(1), b.profile(2));
        let whole = merged(&a, &b);
        let read = [merged(&written(&a), &written(&b)), merged(&written(&a), &b), merged(&a, &written(&b)), written(&whole)];
        for read in &read {
            prop_assert_eq!(apart(read, &whole), none());
        }
        prop_assert_eq!(written(&a).check_merge(&written(&b)), a.check_merge(&b));
    }

    #[test]
    fn a_merge_that_is_not_refused_loses_nothing(a in mergeable(1), b in mergeable(2)) {
        let (a, b) = (a.profile(1), b.profile(2));
        prop_assert_eq!(a.check_merge(&b), Ok(()));
        let whole = merged(&a, &b);
        prop_assert_eq!(model::left_out(&a, &b), vec![]);
        model::check(&a, &b, &whole)?;
        prop_assert_eq!(whole.owner(), a.owner().or(b.owner()));
        let keys = |profile: &Profile| entries(profile).into_keys().collect::<Vec<_>>();
        for key in keys(&a).into_iter().chain(keys(&b)) {
            prop_assert!(entries(&whole).contains_key(&key), "{}", key);
        }
    }

    #[test]
    fn a_refusal_changes_nothing_and_names_what_force_overrides(a in any_profile(), b in any_profile()) {
        let (a, b) = (a.profile(1), b.profile(2));
        let before = [a.serialize(), b.serialize()];
        let refusal = a.check_merge(&b).err();
        let forced = merged(&a, &b);
        prop_assert_eq!([a.serialize(), b.serialize()], before);
        // Everything is summed whatever was refused, but for metrics that cannot be merged, which are left out.
        model::check(&a, &b, &forced)?;
        let is_mixed = a.owner().zip(b.owner()).is_some_and(|(a, b)| a != b);
        prop_assert_eq!(forced.owner(), if is_mixed { None } else { a.owner().or(b.owner()) });
        prop_assert_eq!(forced.metadata().contains_key("rp.org"), forced.owner().is_some_and(|it| it.org.is_some()));
        prop_assert_eq!(matches!(refusal, Some(MergeError::Owner { .. })), is_mixed);
        let shared = |prefix: &str, is_again: fn(&str, &str) -> bool| {
            let theirs = b.metadata().iter().filter(|(key, _)| key.starts_with(prefix));
            theirs.filter(|(key, value)| a.metadata().get(*key).is_some_and(|mine| is_again(mine, value))).count() > 0
        };
        match refusal {
            None => prop_assert!(
                !shared("rp.part.", |_, _| true)
                    && !shared("rp.source.", |mine, theirs| mine != theirs)
                    && model::left_out(&a, &b).is_empty()
            ),
            Some(MergeError::Part { .. }) => prop_assert!(shared("rp.part.", |_, _| true)),
            Some(MergeError::Source { .. }) => prop_assert!(shared("rp.source.", |mine, theirs| mine != theirs)),
            Some(MergeError::Metric { column, metric }) => {
                prop_assert!(model::left_out(&a, &b).contains(&(column, metric)));
            }
            _ => {}
        }
    }
}

/// How often each value of a column occurs.
fn counts(parts: &[Vec<u16>]) -> BTreeMap<u16, u64> {
    let mut counts = BTreeMap::new();
    for value in parts.concat() {
        *counts.entry(value).or_default() += 1;
    }
    counts
}

fn check_estimates(column: &Column, parts: &[Vec<u16>]) -> Result<(), TestCaseError> {
    let counts = counts(parts);
    let n = counts.values().sum::<u64>();
    let exact = column.distribution().map(|it| (it.n, it.min, it.max));
    let bounds = counts.keys().next().zip(counts.keys().last());
    prop_assert_eq!(exact, bounds.map(|(min, max)| (n, f64::from(*min), f64::from(*max))));
    for item in column.frequent_items().unwrap() {
        let count = counts[&item.value.parse::<u16>().unwrap()];
        prop_assert!(item.lower <= count && count <= item.upper, "{:?} occurred {} times", item, count);
    }
    let cardinality = column.cardinality().unwrap();
    prop_assert!((cardinality.estimate - counts.len() as f64).abs() <= 0.06 * counts.len() as f64);
    for (rank, value) in [0.1, 0.25, 0.5, 0.75, 0.9].into_iter().zip(column.quantiles(&[0.1, 0.25, 0.5, 0.75, 0.9])) {
        let share = |below: &dyn Fn(f64) -> bool| {
            counts.iter().filter(|(it, _)| below(f64::from(**it))).map(|(_, count)| count).sum::<u64>() as f64
                / n as f64
        };
        let (low, high) = (share(&|it| it < value), share(&|it| it <= value));
        prop_assert!(low - 0.02 <= rank && rank <= high + 0.02, "{} has ranks {} to {}", value, low, high);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn in_any_order_and_grouping_estimates_keep_their_bounds(
        parts in prop::collection::vec(prop::collection::vec(prop_oneof![0_u16..50, any::<u16>()], 1..3000), 3),
    ) {
        let profiles: Vec<Profile> = (1..).zip(&parts).map(|(seed, values)| {
            let mut profile = Profile::new(ProfileSettings::default(), 0, 0, seed);
            let id = profile.column("x");
            profile.column_mut(id).add_integral(&values.iter().map(|&it| i64::from(it)).collect::<Vec<_>>());
            profile
        }).collect();
        let [a, b, c] = profiles.as_slice() else { unreachable!() };
        let orders = [merged(&merged(a, b), c), merged(a, &merged(b, c)), merged(&merged(c, a), b), merged(&written(c), &written(&merged(b, a)))];
        for whole in orders {
            check_estimates(whole.get("x").unwrap(), &parts)?;
        }
    }
}
