use std::fmt;

/// The type of values that an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// Text, exact or with wildcards.
    String,
    /// ARNs, field by field.
    Arn,
    /// Exact decimal numbers.
    Numeric,
    /// Instants.
    Date,
    /// `true` or `false`.
    Bool,
    /// Bytes, written in base64.
    Binary,
    /// Addresses and ranges.
    IpAddress,
    /// Whether the key is present.
    Null,
}

macro_rules! base_operators {
    ($($name:ident: $type:ident, positive $positive:ident;)*) => {
        /// A condition operator without prefix and suffix (semantics 4.3 to 4.10).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum BaseOperator {
            $(#[doc = concat!("`", stringify!($name), "`")] $name,)*
        }

        impl BaseOperator {
            /// All base operators, in the order of their numbers.
            pub const ALL: &'static [BaseOperator] = &[$(BaseOperator::$name,)*];

            /// The name as AWS writes it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(BaseOperator::$name => stringify!($name),)* }
            }

            /// What it compares.
            #[must_use]
            pub const fn value_type(self) -> ValueType {
                match self { $(BaseOperator::$name => ValueType::$type,)* }
            }

            /// The operator without its `Not`; itself if it is positive (table 4.2 negates outside the match).
            #[must_use]
            pub const fn positive(self) -> BaseOperator {
                match self { $(BaseOperator::$name => BaseOperator::$positive,)* }
            }
        }
    };
}

base_operators! {
    StringEquals: String, positive StringEquals;
    StringNotEquals: String, positive StringEquals;
    StringEqualsIgnoreCase: String, positive StringEqualsIgnoreCase;
    StringNotEqualsIgnoreCase: String, positive StringEqualsIgnoreCase;
    StringLike: String, positive StringLike;
    StringNotLike: String, positive StringLike;
    ArnEquals: Arn, positive ArnEquals;
    ArnNotEquals: Arn, positive ArnEquals;
    ArnLike: Arn, positive ArnLike;
    ArnNotLike: Arn, positive ArnLike;
    NumericEquals: Numeric, positive NumericEquals;
    NumericNotEquals: Numeric, positive NumericEquals;
    NumericLessThan: Numeric, positive NumericLessThan;
    NumericLessThanEquals: Numeric, positive NumericLessThanEquals;
    NumericGreaterThan: Numeric, positive NumericGreaterThan;
    NumericGreaterThanEquals: Numeric, positive NumericGreaterThanEquals;
    DateEquals: Date, positive DateEquals;
    DateNotEquals: Date, positive DateEquals;
    DateLessThan: Date, positive DateLessThan;
    DateLessThanEquals: Date, positive DateLessThanEquals;
    DateGreaterThan: Date, positive DateGreaterThan;
    DateGreaterThanEquals: Date, positive DateGreaterThanEquals;
    Bool: Bool, positive Bool;
    BinaryEquals: Binary, positive BinaryEquals;
    IpAddress: IpAddress, positive IpAddress;
    NotIpAddress: IpAddress, positive IpAddress;
    Null: Null, positive Null;
}

impl BaseOperator {
    /// The operator with this name; letter case does not matter (D-17).
    #[must_use]
    pub fn from_name(name: &str) -> Option<BaseOperator> {
        BaseOperator::ALL.iter().copied().find(|operator| operator.as_str().eq_ignore_ascii_case(name))
    }

    /// Whether it is one of the `Not` operators.
    #[must_use]
    pub fn is_negated(self) -> bool {
        self.positive() != self
    }

    /// Whether `*` and `?` of the policy's value are wildcards (WC-3).
    #[must_use]
    pub fn has_wildcards(self) -> bool {
        self.value_type() == ValueType::Arn || self.positive() == BaseOperator::StringLike
    }

    /// Whether policy variables are substituted in its values (PV-4; `Bool`: D-04).
    #[must_use]
    pub fn has_variables(self) -> bool {
        matches!(self.value_type(), ValueType::String | ValueType::Arn | ValueType::Bool)
    }
}

impl fmt::Display for BaseOperator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The prefix of an operator that says how it treats several context values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum SetOperator {
    /// `ForAllValues:`
    ForAllValues,
    /// `ForAnyValue:`
    ForAnyValue,
}

impl SetOperator {
    /// The name without the colon.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SetOperator::ForAllValues => "ForAllValues",
            SetOperator::ForAnyValue => "ForAnyValue",
        }
    }
}

/// A whole operator name: `[ForAllValues:|ForAnyValue:] Base [IfExists]` (CO-2).
///
/// Invariant: `Null` has no `IfExists`; kept by the parser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionOperator {
    /// `ForAllValues:` or `ForAnyValue:`.
    pub set: Option<SetOperator>,
    /// The comparison.
    pub base: BaseOperator,
    /// Whether an absent key satisfies the entry.
    pub if_exists: bool,
}

impl fmt::Display for ConditionOperator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(set) = self.set {
            write!(f, "{}:", set.as_str())?;
        }
        f.write_str(self.base.as_str())?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}
