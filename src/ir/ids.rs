//! Ids of interned things: indexes into the lists of a [`Program`](super::Program).

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub(crate) struct $name(pub(crate) u32);

        impl $name {
            /// The id of the thing at `index`.
            ///
            /// # Panics
            /// If there are 2^32 things: the compiler's limits forbid it.
            #[must_use]
            pub(crate) fn from_index(index: usize) -> $name {
                $name(u32::try_from(index).expect("fewer than 2^32 interned things"))
            }

            /// The index of the thing.
            #[must_use]
            #[allow(dead_code, reason = "not every kind of id is looked up by index")]
            pub(crate) const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id! {
    /// A context key.
    KeyId
}
id! {
    /// An `Action` or `NotAction` element.
    ActionSetId
}
id! {
    /// A `Resource` or `NotResource` element.
    ResourceSetId
}
id! {
    /// A `Principal` or `NotPrincipal` element.
    PrincipalSetId
}
id! {
    /// A test of a context key.
    PredicateId
}
id! {
    /// A set of statements with one index.
    UnitId
}
