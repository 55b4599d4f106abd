//! Write schedules, in UTC.

use rolling_profiles_ingest::Granularity;

/// When open profiles are written: every `interval` units of `cadence`, at the bottom of the unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Schedule {
    /// The unit; months and years are no cadences.
    pub cadence: Granularity,
    /// How many units lie between two writes.
    pub interval: u32,
}

impl Schedule {
    /// The first moment to write when the schedule starts at `now_ms`: `interval` units on, cut to the unit. `None` for months and years.
    #[must_use]
    pub fn first_after(self, now_ms: i64) -> Option<i64> {
        let unit = self.cadence.fixed_ms()?;
        Some((now_ms + self.period_ms()?).div_euclid(unit) * unit)
    }

    /// Milliseconds between two writes.
    #[must_use]
    pub fn period_ms(self) -> Option<i64> {
        self.cadence.fixed_ms()?.checked_mul(i64::from(self.interval.max(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: i64 = 60_000;

    #[test]
    fn a_schedule_fires_at_the_bottom_of_its_unit() {
        let every_five = Schedule { cadence: Granularity::Minute, interval: 5 };
        assert_eq!(every_five.first_after(3 * MINUTE_MS + 20_000), Some(8 * MINUTE_MS));
        assert_eq!(every_five.period_ms(), Some(5 * MINUTE_MS));
        assert_eq!(Schedule { cadence: Granularity::Month, interval: 1 }.first_after(0), None);
    }
}
