//! What can be read from a column.

use super::{Cardinality, Column, Counts, Ints, Types};
use crate::FrequentItem;
use crate::condition::ConditionCounts;
use crate::schema::{MetricSet, ValueType};

/// The exact part of the `distribution` metric, over all finite numbers and bools (as 1 and 0).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distribution {
    /// Number of values.
    pub n: u64,
    /// Smallest value, NaN when there is none.
    pub min: f64,
    /// Largest value, NaN when there is none.
    pub max: f64,
    /// Mean, 0 when there are no values.
    pub mean: f64,
    /// Sum of squared deviations from the mean.
    pub m2: f64,
}

impl Distribution {
    /// Standard deviation of a sample; 0 for fewer than two values.
    #[must_use]
    pub fn stddev(&self) -> f64 {
        if self.n <= 1 { 0.0 } else { (self.m2 / (self.n - 1) as f64).sqrt() }
    }
}

/// The quantiles of a summary: name and rank.
const QUANTILES: [(&str, f64); 9] = [
    ("median", 0.5),
    ("q_01", 0.01),
    ("q_05", 0.05),
    ("q_10", 0.1),
    ("q_25", 0.25),
    ("q_75", 0.75),
    ("q_90", 0.9),
    ("q_95", 0.95),
    ("q_99", 0.99),
];

/// Where the reference cuts texts, unless it is told otherwise, which no file says.
const ITEM_CHARS: usize = 128;

/// Whether an item may be a fractional number, which is counted as text of six decimals.
fn has_six_decimals(item: &str) -> bool {
    item.parse::<f64>().is_ok() && item.split_once('.').is_some_and(|(_, decimals)| decimals.len() == 6)
}

impl Column {
    /// The `counts` metric.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The `types` metric.
    #[must_use]
    pub fn types(&self) -> Types {
        self.types
    }

    /// The `ints` metric, when the column has it.
    #[must_use]
    pub fn ints(&self) -> Option<Ints> {
        self.ints
    }

    /// The exact part of the `distribution` metric, when the column has it.
    #[must_use]
    pub fn distribution(&self) -> Option<Distribution> {
        let state = self.distribution.as_ref()?;
        let n = state.kll.n();
        let mut moments = state.moments;
        let sees_bools = self.metrics_of(ValueType::Boolean).has(MetricSet::DISTRIBUTION);
        let (trues, falses) = if sees_bools { (self.trues, self.falses) } else { (0, 0) };
        moments.add_bools(n, trues, falses);
        let bools = [(trues, 1.0), (falses, 0.0)];
        let seen = bools.iter().filter(|(count, _)| *count > 0).map(|(_, value)| *value);
        Some(Distribution {
            n: n.saturating_add(trues).saturating_add(falses),
            min: seen.clone().fold(state.kll.min(), f64::min),
            max: seen.fold(state.kll.max(), f64::max),
            mean: moments.mean,
            m2: moments.m2,
        })
    }

    /// The quantile at each rank (0 to 1): the first value such that more than `rank · n` values are not above it. NaN for every rank when
    /// there are no values, and for ranks outside 0 to 1. Exact up to `kll_k` values.
    #[must_use]
    pub fn quantiles(&self, ranks: &[f64]) -> Vec<f64> {
        match &self.settled().distribution {
            Some(state) => state.kll.quantiles(ranks),
            None => vec![f64::NAN; ranks.len()],
        }
    }

    /// How many of the numbers lie below each edge, as far as the sketch knows; nothing without numbers.
    #[must_use]
    pub fn counts_below(&self, edges: &[f64]) -> Vec<u64> {
        match &self.settled().distribution {
            Some(state) => state.kll.counts_below(edges),
            None => vec![0; edges.len()],
        }
    }

    /// How far a rank may be off, as a share of all numbers, with 99 % confidence: of one rank, and of the difference of two.
    #[must_use]
    pub fn rank_error(&self) -> Option<(f64, f64)> {
        self.settled().distribution.as_ref().map(|state| state.kll.rank_error())
    }

    /// Number of distinct values with bounds at one standard deviation, when the column has that metric.
    #[must_use]
    pub fn cardinality(&self) -> Option<Cardinality> {
        self.cardinality_within(1)
    }

    /// As [`Column::cardinality`], with bounds at one, two or three standard deviations.
    #[must_use]
    pub fn cardinality_within(&self, std_devs: u8) -> Option<Cardinality> {
        self.settled().cardinality.as_ref().map(|hll| hll.cardinality(std_devs))
    }

    /// Texts, integers and bools that occurred often, most frequent first, when the column has that metric. Only items certain to be frequent
    /// are listed (no false positives).
    #[must_use]
    pub fn frequent_items(&self) -> Option<Vec<FrequentItem>> {
        self.settled().frequent.as_ref().map(|frequent| frequent.items(false))
    }

    /// All items that may be frequent (no false negatives), most frequent first, when the column has that metric.
    #[must_use]
    pub fn maybe_frequent_items(&self) -> Option<Vec<FrequentItem>> {
        self.settled().frequent.as_ref().map(|frequent| frequent.items(true))
    }

    /// The value that came up most often, where the column can know it: none occurred more often. None where values that are not among the items
    /// may have (fractional numbers, objects), where errors are too large to tell, and where an item may stand for several values: a number cut
    /// to six decimals, or a text cut to 128 characters.
    #[must_use]
    pub fn top_value(&self) -> Option<FrequentItem> {
        let settled = self.settled();
        let frequent = settled.frequent.as_deref()?;
        let Types { integral, fractional, boolean, string, object, tensor } = settled.types;
        let typed = [integral, fractional, boolean, string, object, tensor].into_iter().fold(0, u64::saturating_add);
        let uncounted = typed.saturating_sub(frequent.total());
        let mut items = frequent.items(true).into_iter();
        let first = items.next()?;
        // What is not among the items occurred at most as often as the bounds are apart.
        let others = items.next().map_or(0, |second| second.upper).max(first.upper - first.lower);
        let is_cut = first.value.chars().count() >= ITEM_CHARS || (fractional > 0 && has_six_decimals(&first.value));
        (!is_cut && first.lower >= uncounted.max(others)).then_some(first)
    }

    /// The `condition_count` metric, when the column has it.
    #[must_use]
    pub fn conditions(&self) -> Option<&ConditionCounts> {
        self.conditions.as_deref()
    }

    /// The ranges of the `unicode_range` metric, ascending by name: each is a column of one number a text, how many of its characters lie in
    /// the range. None when the column does not have the metric.
    pub fn unicode_ranges(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.unicode.iter().flat_map(|unicode| unicode.parts())
    }

    /// The figures the reference shows in its summary table, under the same names and in the same (ascending) order, for the metrics the
    /// column has. Minimum, maximum and quantiles of no values are NaN.
    #[must_use]
    pub fn summary(&self) -> Vec<(String, f64)> {
        let mut figures: Vec<(&str, f64)> = Vec::with_capacity(30);
        let settled = self.settled();
        if let Some(cardinality) = settled.cardinality() {
            figures.push(("cardinality/est", cardinality.estimate));
            figures.push(("cardinality/lower_1", cardinality.lower));
            figures.push(("cardinality/upper_1", cardinality.upper));
        }
        figures.extend(self.counters().map(|(name, count)| (name, count as f64)));
        let mut figures: Vec<(String, f64)> =
            figures.into_iter().map(|(name, figure)| (name.to_owned(), figure)).collect();
        if let Some(distribution) = settled.distribution() {
            let ranks = QUANTILES.map(|(_, rank)| rank);
            let quantiles = QUANTILES.iter().zip(settled.quantiles(&ranks)).map(|(&(name, _), value)| (name, value));
            let exact = [
                ("max", distribution.max),
                ("mean", distribution.mean),
                ("min", distribution.min),
                ("n", distribution.n as f64),
                ("stddev", distribution.stddev()),
            ];
            figures.extend(
                exact.into_iter().chain(quantiles).map(|(name, value)| (format!("distribution/{name}"), value)),
            );
        }
        if let Some(ints) = self.ints {
            figures.push(("ints/max".to_owned(), ints.max as f64));
            figures.push(("ints/min".to_owned(), ints.min as f64));
        }
        if let Some(conditions) = &self.conditions {
            let counts = conditions.matches.iter().map(|(name, count)| (name.as_str(), *count));
            figures.extend(
                counts
                    .chain([("total", conditions.total)])
                    .map(|(name, count)| (format!("condition_count/{name}"), count as f64)),
            );
        }
        for (range, part) in self.unicode_ranges() {
            figures.extend(
                part.summary().into_iter().map(|(name, figure)| (format!("unicode_range/{range}:{name}"), figure)),
            );
        }
        figures.sort_by(|a, b| a.0.cmp(&b.0));
        figures
    }

    /// Paths of all components the column would write, in ascending order.
    #[must_use]
    pub fn metric_paths(&self) -> Vec<String> {
        self.settled().parts().into_iter().map(|(path, _)| path.into_owned()).collect()
    }
}
