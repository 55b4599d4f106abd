//! What a merge must hold, told from the files of both sides: counters and bounds exactly, and which metrics there are.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rolling_profiles_profile::{Column, Profile};

use crate::container::{self, Component};
use crate::facts::is_own;
use crate::made::one_column;
use crate::raw::field;

type Components = BTreeMap<String, (u64, Component)>;

fn columns(profile: &Profile) -> BTreeMap<String, Components> {
    container::read(&profile.serialize()).columns
}

/// Namespace, or namespace and name of a metric inside of another.
fn metric(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(metric, _)| metric)
}

/// Column and name of every metric of both that cannot be merged.
pub fn left_out(a: &Profile, b: &Profile) -> Vec<(String, String)> {
    let (a, b) = (columns(a), columns(b));
    let mut found = Vec::new();
    for (name, mine) in &a {
        let Some(theirs) = b.get(name) else { continue };
        let metrics: BTreeSet<&str> = mine.keys().map(|path| metric(path)).collect();
        for metric in metrics.into_iter().filter(|it| !can_merge(&of_metric(mine, it), &of_metric(theirs, it))) {
            found.push((name.clone(), metric.to_owned()));
        }
    }
    found
}

fn of_metric(components: &Components, wanted: &str) -> Components {
    let found = components.iter().filter(|(path, _)| metric(path) == wanted);
    found.map(|(path, component)| (path.clone(), component.clone())).collect()
}

fn can_merge(mine: &Components, theirs: &Components) -> bool {
    let is_closed = |(type_id, component): &(u64, Component)| match component {
        Component::Integral(_) | Component::Fractional(_) => *type_id > 2,
        Component::Other(..) => true,
        _ => *type_id > 0,
    };
    if mine.keys().chain(theirs.keys()).any(|path| !is_own(path)) {
        // Counts of one set of conditions have the same paths; other metrics that are known merge always.
        let is_conditions = mine.keys().any(|path| path.starts_with("condition_count/"));
        return !is_conditions || theirs.is_empty() || mine.keys().eq(theirs.keys());
    }
    mine == theirs || theirs.is_empty() || !mine.values().chain(theirs.values()).any(is_closed)
}

/// Checks every counter and bound of a merge, and that it has each metric that can be merged and no other.
pub fn check(a: &Profile, b: &Profile, whole: &Profile) -> Result<(), TestCaseError> {
    let left_out = left_out(a, b);
    let (a, b, whole) = (columns(a), columns(b), columns(whole));
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    prop_assert!(whole.keys().eq(names.iter().copied()));
    let none = Components::new();
    for (name, components) in &whole {
        let (mine, theirs) = (a.get(name).unwrap_or(&none), b.get(name).unwrap_or(&none));
        let is_merged = |path: &str| !left_out.iter().any(|(column, it)| column == name && it == metric(path));
        let paths: BTreeSet<&String> = mine.keys().chain(theirs.keys()).filter(|path| is_merged(path)).collect();
        prop_assert!(components.keys().eq(paths.iter().copied()), "{}: {:?} and {:?}", name, components.keys(), paths);
        for path in paths.iter().filter(|path| path.ends_with(":distribution/kll")) {
            let (found, wanted) = (moments(components, path), of_both(moments(mine, path), moments(theirs, path)));
            prop_assert!((found.1 - wanted.1).abs() < 1e-9, "{} {}: {:?}, not {:?}", name, path, found, wanted);
            prop_assert_eq!(found.0, wanted.0, "{} {}", name, path);
        }
        for (path, found) in components {
            let wanted = match (mine.get(path), theirs.get(path)) {
                (Some(mine), Some(theirs)) if metric_is_closed(mine, theirs, metric(path)) => Some(mine.clone()),
                (Some(mine), Some(theirs)) => sum(path, mine, theirs),
                (one, other) => one.or(other).cloned(),
            };
            prop_assert!(
                wanted.is_none_or(|wanted| *found == wanted),
                "{} {}: {:?} of {:?} and {:?}",
                name,
                path,
                found,
                mine.get(path),
                theirs.get(path)
            );
        }
    }
    Ok(())
}

/// Number of values and mean of a distribution inside of another metric.
fn moments(components: &Components, kll: &str) -> (u64, f64) {
    let Some((_, Component::Kll(image))) = components.get(kll) else { return (0, 0.0) };
    let Some((_, Component::Fractional(mean))) = components.get(&kll.replace("/kll", "/mean")) else { return (0, 0.0) };
    let sketch = ("distribution/kll".to_owned(), field(6, &field(1, image)));
    let read = Profile::deserialize(&one_column("x", (0, 0), &[sketch])).unwrap();
    (read.get("x").and_then(Column::distribution).map_or(0, |it| it.n), f64::from_bits(*mean))
}

fn of_both((mine, mean): (u64, f64), (theirs, other): (u64, f64)) -> (u64, f64) {
    let n = mine + theirs;
    (n, (mean * mine as f64 + other * theirs as f64) / n as f64)
}

/// Metrics of this name always have a component that cannot be merged: they stay where both agree.
fn metric_is_closed(mine: &(u64, Component), theirs: &(u64, Component), metric: &str) -> bool {
    metric.starts_with("closed") && mine == theirs
}

/// `None`: it is told elsewhere.
fn sum(path: &str, mine: &(u64, Component), theirs: &(u64, Component)) -> Option<(u64, Component)> {
    let type_id = mine.0;
    let component = match (&mine.1, &theirs.1) {
        (Component::Integral(mine), Component::Integral(theirs)) => Component::Integral(match type_id {
            1 => *mine.min(theirs),
            2 => *mine.max(theirs),
            _ => mine + theirs,
        }),
        (Component::Fractional(mine), Component::Fractional(theirs)) if is_own(path) && !path.contains(':') => {
            let (mine, theirs) = (f64::from_bits(*mine), f64::from_bits(*theirs));
            let number = match type_id {
                1 => mine.min(theirs),
                2 => mine.max(theirs),
                _ => mine + theirs,
            };
            Component::Fractional(number.to_bits())
        }
        _ => return None,
    };
    Some((type_id, component))
}
