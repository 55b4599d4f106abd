//! What a value is refused with that has another type than asked for: visitors that call their own `refuse`.

/// Refuses scalars of these types.
macro_rules! refuse_others {
    ($($visit:ident: $type:ty),* $(,)?) => {
        $(fn $visit<E: serde::de::Error>(self, _: $type) -> Result<Self::Value, E> {
            Err(self.refuse())
        })*
    };
}

/// Refuses lists and objects.
macro_rules! refuse_lists_and_maps {
    () => {
        fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(self.refuse())
        }

        fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
            Err(self.refuse())
        }
    };
}

pub(super) use {refuse_lists_and_maps, refuse_others};
