//! Conditions: predicates over values, and how many values hold them.
//!
//! Predicates follow the reference's: a comparison of things that cannot be compared has no outcome, and neither has what is built upon it; such a
//! value is not counted. Regular expressions are those of a linear-time engine.

use std::cmp::Ordering;

use crate::column::add;
use crate::pattern::Pattern;

/// The component that counts values; no condition can have its name.
pub(crate) const TOTAL: &str = "total";

/// A value that a predicate looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Datum<'a> {
    Null,
    Integer(i64),
    Double(f64),
    Text(&'a str),
    /// Anything else: equal to nothing, and comparable with nothing.
    Object,
}

/// What a value is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// An integer.
    Integer(i64),
    /// Any other number.
    Double(f64),
    /// A text, compared by code points.
    Text(String),
}

/// How it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `≠`; it holds of things that cannot be compared.
    NotEqual,
    /// `<`
    Less,
    /// `≤`
    LessOrEqual,
    /// `>`
    Greater,
    /// `≥`
    GreaterOrEqual,
}

/// A question about a value.
#[derive(Debug, Clone)]
pub enum Predicate {
    /// How it compares.
    Compare(Comparison, Operand),
    /// Whether it is a text that matches.
    Matches(Pattern),
    /// Whether it is null. Only what has this in it looks at nulls at all.
    IsNull,
    /// Whether all hold, asked in order up to the first that does not.
    And(Vec<Self>),
    /// Whether one holds, asked in order.
    Or(Vec<Self>),
    /// Whether it does not hold.
    Not(Box<Self>),
    /// It is answered elsewhere, and matches are added by number.
    Elsewhere,
}

impl Predicate {
    /// `None`: there is no answer.
    pub(crate) fn holds(&self, datum: Datum<'_>) -> Option<bool> {
        match self {
            Self::Compare(comparison, operand) => compare(*comparison, datum, operand),
            Self::Matches(pattern) => Some(matches!(datum, Datum::Text(text) if pattern.is_match(text))),
            Self::IsNull => Some(matches!(datum, Datum::Null)),
            Self::And(all) => {
                for predicate in all {
                    if !predicate.holds(datum)? {
                        return Some(false);
                    }
                }
                Some(true)
            }
            Self::Or(any) => {
                for predicate in any {
                    if predicate.holds(datum)? {
                        return Some(true);
                    }
                }
                Some(false)
            }
            Self::Not(predicate) => predicate.holds(datum).map(|holds| !holds),
            Self::Elsewhere => None,
        }
    }

    fn sees_nulls(&self) -> bool {
        match self {
            Self::IsNull => true,
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::sees_nulls),
            Self::Not(predicate) => predicate.sees_nulls(),
            Self::Compare(..) | Self::Matches(_) | Self::Elsewhere => false,
        }
    }
}

fn compare(comparison: Comparison, datum: Datum<'_>, operand: &Operand) -> Option<bool> {
    let order = match (datum, operand) {
        (Datum::Integer(value), Operand::Integer(other)) => Some(value.cmp(other)),
        (Datum::Integer(value), Operand::Double(other)) => integer_to_double(value, *other),
        (Datum::Double(value), Operand::Integer(other)) => integer_to_double(*other, value).map(Ordering::reverse),
        (Datum::Double(value), Operand::Double(other)) => value.partial_cmp(other),
        (Datum::Text(value), Operand::Text(other)) => Some(value.cmp(other.as_str())),
        _ => {
            return match comparison {
                Comparison::Equal => Some(false),
                Comparison::NotEqual => Some(true),
                _ => None,
            };
        }
    };
    Some(match comparison {
        Comparison::Equal => order == Some(Ordering::Equal),
        Comparison::NotEqual => order != Some(Ordering::Equal),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Comparison::Greater => order == Some(Ordering::Greater),
        Comparison::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    })
}

/// The exact order of an integer and a double, which not every integer is.
fn integer_to_double(integer: i64, double: f64) -> Option<Ordering> {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        return None;
    }
    if double >= BOUND {
        return Some(Ordering::Less);
    }
    if double < -BOUND {
        return Some(Ordering::Greater);
    }
    let whole = double.trunc();
    Some(integer.cmp(&(whole as i64)).then_with(|| 0.0_f64.partial_cmp(&(double - whole)).unwrap_or(Ordering::Equal)))
}

/// The `condition_count` metric: how many values there were, bools and nulls left out, and how many of them each condition holds of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConditionCounts {
    /// Values that were looked at.
    pub total: u64,
    /// By name, ascending.
    pub matches: Vec<(String, u64)>,
}

impl ConditionCounts {
    pub(crate) fn of(conditions: &[(String, Predicate)]) -> Self {
        Self { total: 0, matches: conditions.iter().map(|(name, _)| (name.clone(), 0)).collect() }
    }

    /// Looks at values that are no nulls, each with how often it occurs.
    pub(crate) fn look<'a>(
        &mut self,
        conditions: &[(String, Predicate)],
        values: impl Iterator<Item = (Datum<'a>, u64)>,
    ) {
        for (value, times) in values {
            add(&mut self.total, times);
            self.count(conditions.iter().map(|(_, predicate)| predicate.holds(value) == Some(true)), times);
        }
    }

    pub(crate) fn look_at_nulls(&mut self, conditions: &[(String, Predicate)], n: u64) {
        let is_match = |predicate: &Predicate| predicate.sees_nulls() && predicate.holds(Datum::Null) == Some(true);
        self.count(conditions.iter().map(|(_, predicate)| is_match(predicate)), n);
    }

    fn count(&mut self, matches: impl Iterator<Item = bool>, n: u64) {
        for ((_, count), is_match) in self.matches.iter_mut().zip(matches) {
            if is_match {
                add(count, n);
            }
        }
    }

    /// Adds matches that were found elsewhere.
    pub(crate) fn add_matches(&mut self, name: &str, n: u64) {
        if let Some((_, count)) = self.matches.iter_mut().find(|(known, _)| known == name) {
            add(count, n);
        }
    }

    /// Whether both count the same conditions; otherwise there is no common total, and so no sum.
    pub(crate) fn has_same_names(&self, other: &Self) -> bool {
        let names = |counts: &Self| counts.matches.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        names(self) == names(other)
    }

    /// Adds counts of the same conditions.
    pub(crate) fn merge(&mut self, other: &Self) {
        add(&mut self.total, other.total);
        for ((_, mine), (_, theirs)) in self.matches.iter_mut().zip(&other.matches) {
            add(mine, *theirs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(comparison: Comparison, datum: Datum<'_>, operand: Operand) -> Option<bool> {
        Predicate::Compare(comparison, operand).holds(datum)
    }

    #[test]
    fn numbers_compare_exactly() {
        let big = (1_i64 << 53) + 1;
        assert_eq!(
            compared(Comparison::Greater, Datum::Integer(big), Operand::Double(9_007_199_254_740_992.0)),
            Some(true)
        );
        assert_eq!(compared(Comparison::Less, Datum::Integer(i64::MAX), Operand::Double(1e19)), Some(true));
        assert_eq!(compared(Comparison::Greater, Datum::Integer(i64::MIN), Operand::Double(-1e19)), Some(true));
        assert_eq!(compared(Comparison::Less, Datum::Integer(-3), Operand::Double(-2.5)), Some(true));
        assert_eq!(compared(Comparison::Greater, Datum::Integer(-2), Operand::Double(-2.5)), Some(true));
        assert_eq!(compared(Comparison::GreaterOrEqual, Datum::Double(2.5), Operand::Integer(2)), Some(true));
        assert_eq!(compared(Comparison::Equal, Datum::Double(2.0), Operand::Integer(2)), Some(true));
    }

    #[test]
    fn what_cannot_be_compared_has_no_answer() {
        assert_eq!(compared(Comparison::Greater, Datum::Text("a"), Operand::Integer(1)), None);
        assert_eq!(compared(Comparison::NotEqual, Datum::Text("a"), Operand::Integer(1)), Some(true));
        assert_eq!(compared(Comparison::Equal, Datum::Object, Operand::Integer(1)), Some(false));
        let positive = Predicate::Compare(Comparison::Greater, Operand::Integer(0));
        assert_eq!(Predicate::Not(Box::new(positive.clone())).holds(Datum::Text("a")), None);
        let either = Predicate::Or(vec![Predicate::Compare(Comparison::Equal, Operand::Text("a".into())), positive]);
        assert_eq!(either.holds(Datum::Text("a")), Some(true), "the second is not asked");
        assert_eq!(either.holds(Datum::Text("b")), None);
    }

    #[test]
    fn nulls_are_seen_by_who_asks_for_them() {
        let conditions = vec![
            (
                "empty".to_owned(),
                Predicate::Or(vec![
                    Predicate::IsNull,
                    Predicate::Compare(Comparison::Equal, Operand::Text(String::new())),
                ]),
            ),
            ("other".to_owned(), Predicate::Compare(Comparison::NotEqual, Operand::Integer(1))),
        ];
        let mut counts = ConditionCounts::of(&conditions);
        counts.look(&conditions, [(Datum::Text(""), 1), (Datum::Integer(1), 1)].into_iter());
        counts.look_at_nulls(&conditions, 3);
        assert_eq!(counts, ConditionCounts { total: 2, matches: vec![("empty".into(), 4), ("other".into(), 1)] });
    }

    #[test]
    fn counts_of_other_conditions_do_not_mix() {
        let counts = |name: &str| ConditionCounts { total: 1, matches: vec![(name.to_owned(), 1)] };
        let mut mine = counts("a");
        assert!(!mine.has_same_names(&counts("b")));
        assert!(mine.has_same_names(&counts("a")));
        mine.merge(&counts("a"));
        assert_eq!(mine, ConditionCounts { total: 2, matches: vec![("a".into(), 2)] });
    }
}
