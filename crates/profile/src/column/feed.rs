//! Values into metrics.

use super::Column;
use super::counters::add;
use crate::condition::Datum;
use crate::schema::{MetricSet, ValueType};

/// 2⁶³: doubles below it in magnitude that are whole have an exact 64-bit integer.
const INTEGRAL_BOUND: f64 = 9_223_372_036_854_775_808.0;

/// Batches up to this length are converted on the stack.
const FEW: usize = 16;

impl Column {
    /// Counts nulls. A null has no type.
    pub fn add_nulls(&mut self, n: u64) {
        add(&mut self.counts.n, n);
        add(&mut self.counts.null, n);
        if let Some(counts) = &mut self.conditions {
            counts.look_at_nulls(&self.schema.conditions, n);
        }
    }

    /// Adds matches of a condition that was answered elsewhere.
    pub fn add_condition_matches(&mut self, name: &str, n: u64) {
        if let Some(counts) = &mut self.conditions {
            counts.add_matches(name, n);
        }
    }

    /// Adds numbers, each typed by its value: a whole one below 2⁶³ in magnitude is integral (−0 is the integer 0), any other finite one
    /// fractional. NaN counts as null and nan, an infinity as inf and fractional, and neither reaches a sketch.
    pub fn add_numbers(&mut self, values: &[f64]) {
        if self.schema.is_fractional() {
            self.add_fractional(values);
            return;
        }
        if values.iter().all(|&value| is_integral(value)) {
            // Rows of many datasets come one by one: a handful of values is not worth an allocation.
            let mut few = [0; FEW];
            if let Some(integers) = few.get_mut(..values.len()) {
                for (integer, value) in integers.iter_mut().zip(values) {
                    *integer = *value as i64;
                }
                self.add_integral(integers);
            } else {
                self.add_integral(&values.iter().map(|&value| value as i64).collect::<Vec<_>>());
            }
            return;
        }
        if values.iter().all(|&value| is_fractional(value)) {
            self.add_finite(values);
            return;
        }
        let integers: Vec<i64> =
            values.iter().filter(|&&value| is_integral(value)).map(|&value| value as i64).collect();
        let others: Vec<f64> = values.iter().copied().filter(|&value| !is_integral(value)).collect();
        // Within a batch the reference takes doubles first, integers then; only the cardinality sees them the other way round,
        // which shows in no figure.
        self.add_fractional(&others);
        self.add_integral(&integers);
    }

    /// Adds numbers declared fractional: whole ones stay doubles. NaN and infinities as in [`Column::add_numbers`].
    pub fn add_fractional(&mut self, values: &[f64]) {
        if values.iter().all(|value| value.is_finite()) {
            self.add_finite(values);
            return;
        }
        let nan = values.iter().filter(|value| value.is_nan()).count() as u64;
        let inf = values.iter().filter(|value| value.is_infinite()).count() as u64;
        add(&mut self.counts.n, nan + inf);
        add(&mut self.counts.null, nan);
        add(&mut self.counts.nan, nan);
        add(&mut self.counts.inf, inf);
        add(&mut self.types.fractional, inf);
        if inf > 0 {
            self.bring(ValueType::Fractional);
            self.look(values.iter().filter(|value| value.is_infinite()).map(|&value| Datum::Double(value)));
        }
        if nan > 0
            && let Some(counts) = &mut self.conditions
        {
            counts.look_at_nulls(&self.schema.conditions, nan);
        }
        let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        self.add_finite(&finite);
    }

    fn add_finite(&mut self, values: &[f64]) {
        if values.is_empty() {
            return;
        }
        add(&mut self.counts.n, values.len() as u64);
        add(&mut self.types.fractional, values.len() as u64);
        let metrics = self.bring(ValueType::Fractional);
        if metrics.has(MetricSet::DISTRIBUTION) {
            let distribution = self.distribution_mut();
            distribution.moments.add_doubles(distribution.kll.n(), values);
            distribution.kll.extend(values.iter().copied());
        }
        if metrics.has(MetricSet::CARDINALITY) {
            self.cardinality_mut().add_doubles(values);
        }
        if metrics.has(MetricSet::FREQUENT_ITEMS) {
            for value in values {
                self.frequent_mut().add(&format!("{value:.6}"), 1);
            }
        }
        self.look(values.iter().map(|&value| Datum::Double(value)));
    }

    /// Adds integers; doubles of the same value where the column is declared fractional.
    pub fn add_integral(&mut self, values: &[i64]) {
        if self.schema.is_fractional() {
            self.add_fractional(&values.iter().map(|&value| value as f64).collect::<Vec<_>>());
            return;
        }
        let (Some(min), Some(max)) = (values.iter().min(), values.iter().max()) else { return };
        add(&mut self.counts.n, values.len() as u64);
        add(&mut self.types.integral, values.len() as u64);
        let metrics = self.bring(ValueType::Integral);
        if metrics.has(MetricSet::INTS) {
            self.ints_mut().merge(&super::Ints { max: *max, min: *min });
        }
        if metrics.has(MetricSet::DISTRIBUTION) {
            let distribution = self.distribution_mut();
            distribution.moments.add_integers(distribution.kll.n(), values);
            distribution.kll.extend(values.iter().map(|&value| value as f64));
        }
        let cardinality = self.cardinality.as_deref_mut().filter(|_| metrics.has(MetricSet::CARDINALITY));
        let frequent = self.frequent.as_deref_mut().filter(|_| metrics.has(MetricSet::FREQUENT_ITEMS));
        match (cardinality, frequent) {
            (Some(cardinality), Some(frequent)) => {
                cardinality.prepare();
                frequent.add_integers(values.iter().map(|&value| (value, 1)), |value| cardinality.add_integer(value));
            }
            (Some(cardinality), None) => cardinality.add_integers(values),
            (None, Some(frequent)) => frequent.add_integers(values.iter().map(|&value| (value, 1)), |_| {}),
            (None, None) => {}
        }
        self.look(values.iter().map(|&value| Datum::Integer(value)));
    }

    /// Adds bools by their number.
    pub fn add_bools(&mut self, trues: u64, falses: u64) {
        let n = trues.saturating_add(falses);
        if n == 0 {
            return;
        }
        add(&mut self.counts.n, n);
        add(&mut self.counts.trues, trues);
        add(&mut self.types.boolean, n);
        self.trues = self.trues.saturating_add(trues);
        self.falses = self.falses.saturating_add(falses);
        self.bring(ValueType::Boolean);
    }

    /// Adds texts. Frequent items count their first [`max_item_chars`](crate::ProfileSettings::max_item_chars) code points; cardinality hashes
    /// them whole, and skips the empty text.
    pub fn add_texts<'a>(&mut self, texts: impl Iterator<Item = &'a str>) {
        let mut texts = texts.peekable();
        if texts.peek().is_none() {
            return;
        }
        let max_chars = self.schema.settings.max_item_chars;
        let metrics = self.bring(ValueType::Text);
        let mut cardinality = self.cardinality.as_deref_mut().filter(|_| metrics.has(MetricSet::CARDINALITY));
        let mut frequent = self.frequent.as_deref_mut().filter(|_| metrics.has(MetricSet::FREQUENT_ITEMS));
        if let Some(cardinality) = &mut cardinality {
            cardinality.prepare();
        }
        let mut seen_again = (self.unicode.is_some() || self.conditions.is_some()).then(Vec::new);
        let mut n = 0;
        for text in texts {
            n += 1;
            match (&mut cardinality, &mut frequent) {
                // Cardinality has seen every text whose item is marked.
                (Some(cardinality), Some(frequent)) if text.len() <= max_chars => {
                    if !frequent.add_marked(text) {
                        cardinality.add_text(text);
                    }
                }
                (cardinality, frequent) => {
                    if let Some(cardinality) = cardinality {
                        cardinality.add_text(text);
                    }
                    if let Some(frequent) = frequent {
                        frequent.add(first_chars(text, max_chars), 1);
                    }
                }
            }
            if let Some(texts) = &mut seen_again {
                texts.push(text);
            }
        }
        add(&mut self.counts.n, n);
        add(&mut self.types.string, n);
        if let Some(texts) = seen_again {
            self.look_into(metrics, &texts);
        }
    }

    /// The metrics that look into texts.
    fn look_into(&mut self, metrics: MetricSet, texts: &[&str]) {
        if metrics.has(MetricSet::UNICODE_RANGE)
            && let Some(unicode) = &mut self.unicode
        {
            let ranges = self.schema.unicode.clone().unwrap_or_default();
            unicode.add(&ranges, texts.iter().copied());
        }
        self.look(texts.iter().map(|&text| Datum::Text(text)));
    }

    /// Adds texts, each as often as is said, at least once: what [`Column::add_texts`] makes of them in a row, for the work of one.
    pub fn add_repeated_texts<'a>(&mut self, texts: impl Iterator<Item = (&'a str, u64)>) {
        let max_chars = self.schema.settings.max_item_chars;
        let metrics = self.metrics_of(ValueType::Text);
        for (text, times) in texts {
            let Some(more) = times.checked_sub(1) else { continue };
            if self.conditions.is_some() || metrics.has(MetricSet::UNICODE_RANGE) {
                (0..times).for_each(|_| self.add_texts(std::iter::once(text)));
                continue;
            }
            self.add_texts(std::iter::once(text));
            if more > 0 && metrics.has(MetricSet::FREQUENT_ITEMS) {
                self.frequent_mut().add(first_chars(text, max_chars), more);
            }
            add(&mut self.counts.n, more);
            add(&mut self.types.string, more);
        }
    }

    /// Counts values of kinds that have no statistics.
    pub fn add_objects(&mut self, n: u64) {
        add(&mut self.counts.n, n);
        add(&mut self.types.object, n);
        self.look((0..n).map(|_| Datum::Object));
    }

    /// Counts lists of numbers.
    pub fn add_tensors(&mut self, n: u64) {
        add(&mut self.counts.n, n);
        add(&mut self.types.tensor, n);
        self.look((0..n).map(|_| Datum::Object));
    }
}

#[expect(clippy::float_cmp, reason = "whether nothing is lost is the question")]
fn is_integral(value: f64) -> bool {
    // A conversion there and back: the fraction's own instruction is not on every processor, and a call costs more.
    (value as i64) as f64 == value && value.abs() < INTEGRAL_BOUND
}

fn is_fractional(value: f64) -> bool {
    value.is_finite() && !is_integral(value)
}

/// The first `max` code points of a text.
fn first_chars(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    text.char_indices().nth(max).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_code_points() {
        assert_eq!(first_chars("añb", 2), "añ");
        assert_eq!(first_chars("añb", 3), "añb");
        assert_eq!(first_chars("", 0), "");
        assert_eq!(first_chars("x", 0), "");
    }

    #[test]
    fn whole_numbers_below_two_to_the_63rd_are_integral() {
        for value in [0.0, -0.0, 1.0, -9_223_372_036_854_774_784.0, 9_007_199_254_740_993.0] {
            assert!(is_integral(value), "{value}");
        }
        for value in [0.5, 9_223_372_036_854_775_808.0, -9_223_372_036_854_775_808.0, 1e300, f64::NAN, f64::INFINITY] {
            assert!(!is_integral(value), "{value}");
        }
    }
}
