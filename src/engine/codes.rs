//! Numbers in the artifact that the writer and the engine share.

/// Kinds of entries of a `Principal` element.
pub(crate) mod principal_code {
    pub(crate) const EVERYONE: u8 = 0;
    pub(crate) const AWS_ANYONE: u8 = 1;
    pub(crate) const ACCOUNT: u8 = 2;
    pub(crate) const ARN: u8 = 3;
    pub(crate) const UNIQUE_ID: u8 = 4;
    pub(crate) const SERVICE: u8 = 5;
    pub(crate) const FEDERATED: u8 = 6;
    pub(crate) const CANONICAL_USER: u8 = 7;
}

/// Actions and action sets.
pub(crate) mod action_code {
    /// Bytes of a set's record.
    pub(crate) const ACTION_SET_SIZE: usize = 16;
    /// Instead of a count of exceptions: there is a bit for each class.
    pub(crate) const BITS: u32 = u32::MAX;
    /// Flags of a set: what it says of classes that are not exceptions, whether it is `NotAction`.
    pub(crate) const DEFAULT: u32 = 1;
    pub(crate) const NEGATED: u32 = 2;
    /// What it says of unknown names is only which it can match.
    pub(crate) const APPROXIMATE: u32 = 4;
    /// The low bits of a known action are its traits.
    const TRAITS_WIDTH: u32 = 4;

    /// What is said of a known action, in one number. For a class 28 bits are left: an artifact of 4 GiB has no room for more names.
    #[cfg(feature = "compile")]
    pub(crate) const fn known_action(class: u32, traits: u32) -> u32 {
        class << TRAITS_WIDTH | traits
    }

    /// Class and traits.
    #[inline]
    pub(crate) const fn class_and_traits(known_action: u32) -> (u32, u32) {
        (known_action >> TRAITS_WIDTH, known_action & ((1 << TRAITS_WIDTH) - 1))
    }
}

/// The section `directory`.
pub(crate) mod directory_code {
    /// No list, no text.
    pub(crate) const NONE: u32 = u32::MAX;
    /// In a list of units: it is of the one unit that the number below says, and nowhere else.
    pub(crate) const ONE_UNIT: u32 = 1 << 31;
    /// In a principal's count of tags: it is a service-linked role.
    pub(crate) const SERVICE_LINKED: u32 = 1 << 31;
    /// Bytes of the root.
    #[cfg(feature = "compile")]
    pub(crate) const ROOT_SIZE: usize = 32;
}
