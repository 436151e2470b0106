/// What evaluation wants to know of an action beside which policies name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct ActionTraits(u32);

impl ActionTraits {
    const FREE: u32 = 1;
    const STS: u32 = 2;
    const KMS: u32 = 4;
    const RETIRE_GRANT: u32 = 8;

    /// Those of an action, `service:Name`.
    pub(crate) fn of(action: &str) -> ActionTraits {
        let (service, name) = action.split_once(':').unwrap_or((action, ""));
        let is = |own: &str, text: &str| own.eq_ignore_ascii_case(text);
        let (sts, kms) = (is(service, "sts"), is(service, "kms"));
        let free = sts && (is(name, "GetCallerIdentity") || is(name, "GetSessionToken"));
        let flag = |is_set: bool, flag: u32| if is_set { flag } else { 0 };
        let service = flag(sts, Self::STS) | flag(kms, Self::KMS);
        ActionTraits(service | flag(free, Self::FREE) | flag(kms && is(name, "RetireGrant"), Self::RETIRE_GRANT))
    }

    /// As [`bits`](ActionTraits::bits) gave them.
    #[inline]
    pub(crate) const fn from_bits(bits: u32) -> ActionTraits {
        ActionTraits(bits)
    }

    /// A number, for artifacts.
    #[inline]
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// EV-38: what everyone may ask, unless an endpoint policy says otherwise.
    #[inline]
    pub(crate) const fn needs_no_permission(self) -> bool {
        self.0 & Self::FREE != 0
    }

    /// Whether it is an action of STS.
    #[inline]
    pub(crate) const fn is_of_sts(self) -> bool {
        self.0 & Self::STS != 0
    }

    /// Whether it is an action of KMS.
    #[inline]
    pub(crate) const fn is_of_kms(self) -> bool {
        self.0 & Self::KMS != 0
    }

    /// Whether it is `kms:RetireGrant`.
    #[inline]
    pub(crate) const fn is_retire_grant(self) -> bool {
        self.0 & Self::RETIRE_GRANT != 0
    }
}
