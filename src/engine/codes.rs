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

/// Action sets. The first two stand for all names of a service, instead of a reference to bits.
pub(crate) mod action_code {
    pub(crate) const NO_NAME: u32 = u32::MAX;
    pub(crate) const EVERY_NAME: u32 = u32::MAX - 1;
    /// Bytes of a set's record.
    pub(crate) const ACTION_SET_SIZE: usize = 16;
    /// Flags of a set: what it says of services that it does not list, whether it is `NotAction`, whether it lists several.
    pub(crate) const DEFAULT: u32 = 1;
    pub(crate) const NEGATED: u32 = 2;
    pub(crate) const SEVERAL_SERVICES: u32 = 4;
    /// Its bits of unknown names say only which it can match.
    pub(crate) const APPROXIMATE: u32 = 8;
}

/// The section `directory`.
pub(crate) mod directory_code {
    /// No list, no text.
    pub(crate) const NONE: u32 = u32::MAX;
    /// In a principal's count of tags: it is a service-linked role.
    pub(crate) const SERVICE_LINKED: u32 = 1 << 31;
    /// Bytes of the root.
    #[cfg(feature = "compile")]
    pub(crate) const ROOT_SIZE: usize = 32;
}
