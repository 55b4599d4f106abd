//! What the sketches have in common, whoever wrote them: `Hll` stands on crate `datasketches`; `Kll` and `Frequent` are our own, with the crate's as
//! oracles in their tests. A column knows no more of one than this and how it is fed.

use crate::SketchError;

/// A mergeable summary of a stream, with an image of bytes.
pub(crate) trait Sketch: Sized + Clone {
    /// The field of a component's message that holds the image.
    const FIELD: u32;

    /// Adds what another one holds. The result is that of a sketch that has seen both streams, within the error of the two; its size is this one's.
    fn merge(&mut self, other: &Self);

    /// Appends the bytes that the reference writes.
    fn write_image(&self, out: &mut Vec<u8>);

    /// These bytes alone.
    #[cfg(test)]
    fn image(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_image(&mut out);
        out
    }

    /// Reads an image, of anybody. The seed starts later random choices, where there are any.
    fn from_image(image: &[u8], seed: u64) -> Result<Self, SketchError>;

    /// What it takes of memory besides itself, about, in bytes.
    fn heap_bytes(&self) -> usize;
}

/// The next bytes of an image.
pub(crate) fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], SketchError> {
    let (head, tail) = rest.split_first_chunk::<N>().ok_or(SketchError::Truncated)?;
    *rest = tail;
    Ok(*head)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::frequent::Frequent;
    use crate::hll::Hll;
    use crate::kll::Kll;

    /// What holds of every sketch, `of` some values.
    fn laws<S: Sketch>(of: impl Fn(&[i64]) -> S, left: &[i64], right: &[i64]) -> Result<(), TestCaseError> {
        let sketch = of(left);
        let image = sketch.image();
        prop_assert_eq!(&sketch.clone().image(), &image, "a copy is the same");
        let read = S::from_image(&image, 1).unwrap();
        // Items may change places on reading, in the reference too, but there are as many.
        prop_assert_eq!(read.image().len(), image.len(), "what is read is what was written");
        for end in 0..image.len().min(600) {
            // Refused or read, and never a panic.
            let _ = S::from_image(&image[..end], 1).map(|read| read.image());
        }
        let mut merged = sketch.clone();
        merged.merge(&of(right));
        prop_assert_eq!(sketch.image(), image, "a copy that is merged changes nothing here");
        prop_assert!(S::from_image(&merged.image(), 1).is_ok());
        prop_assert!(merged.heap_bytes() > 0 || (left.is_empty() && right.is_empty()));
        Ok(())
    }

    fn values() -> impl Strategy<Value = Vec<i64>> {
        prop_oneof![
            prop::collection::vec(-50_i64..50, 0..40),
            prop::collection::vec(any::<i64>(), 0..3000),
            prop::collection::vec(0_i64..2000, 0..3000),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn all_sketches_keep_the_laws(left in values(), right in values()) {
            let hll = |values: &[i64]| {
                let mut sketch = Hll::new(8);
                sketch.add_integers(values);
                sketch
            };
            let kll = |values: &[i64]| {
                let mut sketch = Kll::new(64, 1);
                sketch.extend(values.iter().map(|&value| value as f64));
                sketch
            };
            let frequent = |values: &[i64]| {
                let mut sketch = Frequent::new(6);
                sketch.add_integers(values.iter().map(|&value| (value, 1)), |_| {});
                sketch
            };
            laws(hll, &left, &right)?;
            laws(kll, &left, &right)?;
            laws(frequent, &left, &right)?;
        }
    }
}
