//! The table of codes: everything that `ibc` can say about a policy.
//!
//! Where IAM Access Analyzer has the check, the name is its issue code. A published name is never reused or renamed.

use std::fmt;

use super::explanation::{Explanation, explanation};

/// How bad a finding is, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The text is wrong.
    Error,
    /// The policy allows more than is safe.
    SecurityWarning,
    /// The policy probably does not do what was meant.
    Warning,
    /// It could be written better.
    Suggestion,
}

impl Severity {
    /// The name shown to people and written to reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::SecurityWarning => "security-warning",
            Severity::Warning => "warning",
            Severity::Suggestion => "suggestion",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

macro_rules! codes {
    ($($variant:ident $name:literal $severity:ident $loading:ident $title:literal;)*) => {
        /// Names one kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The name: `invalid-effect`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// How bad it is.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)* }
            }

            /// Whether a policy with such a finding is refused: it has no meaning that could be evaluated safely.
            #[must_use]
            pub const fn blocks_loading(self) -> bool {
                match self { $(Code::$variant => codes!(@blocks $loading),)* }
            }

            /// The problem in one line.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Code::$variant => $title,)* }
            }
        }
    };
    (@blocks refused) => { true };
    (@blocks loaded) => { false };
}

impl Code {
    /// The code with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.as_str() == name)
    }

    /// What it checks, why that matters, an example, and what to write instead.
    #[must_use]
    pub fn explanation(self) -> Explanation {
        explanation(self)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

codes! {
    // Text and JSON.
    DocumentTooLarge "document-too-large" Error refused "the document is larger than the limit";
    NestingTooDeep "nesting-too-deep" Error refused "objects and arrays are nested deeper than the limit";
    JsonSyntaxError "json-syntax-error" Error refused "the text is not JSON";
    DuplicateKey "duplicate-key" Error refused "a key occurs twice in one object";
    DataTypeMismatch "data-type-mismatch" Error refused "a value has the wrong JSON type";

    // The document.
    InvalidPolicyElement "invalid-policy-element" Error refused "the policy language has no such element";
    UnsupportedId "unsupported-id" Error refused "this type of policy has no Id";
    InvalidVersion "invalid-version" Error refused "the policy language has no such version";
    MissingVersion "missing-version" Warning loaded "the policy has no Version, so policy variables do not work";
    MissingStatement "missing-statement" Error refused "the policy has no Statement";
    EmptyStatement "empty-statement" Warning loaded "the list of statements is empty";
    TooManyStatements "too-many-statements" Error refused "the policy has more statements than the limit";
    UnsupportedCharacter "unsupported-character" Warning loaded "IAM does not store this character";
    PolicySizeExceedsIdentityPolicyQuota "policy-size-exceeds-identity-policy-quota" Warning loaded "the policy is longer than IAM stores";
    PolicySizeExceedsRoleTrustPolicyQuota "policy-size-exceeds-role-trust-policy-quota" Warning loaded "the trust policy is longer than IAM stores";
    PolicySizeExceedsSessionPolicyQuota "policy-size-exceeds-session-policy-quota" Warning loaded "the session policy is longer than STS takes";
    PolicySizeExceedsScpQuota "policy-size-exceeds-scp-quota" Error loaded "the service control policy is longer than Organizations stores";
    PolicySizeExceedsRcpQuota "policy-size-exceeds-rcp-quota" Error loaded "the resource control policy is longer than Organizations stores";
    PolicySizeExceedsEndpointPolicyQuota "policy-size-exceeds-endpoint-policy-quota" Warning loaded "the endpoint policy is longer than EC2 stores";

    // The statement.
    UnsupportedElementCombination "unsupported-element-combination" Error refused "two elements exclude each other";
    MissingEffect "missing-effect" Error refused "the statement has no Effect";
    InvalidEffect "invalid-effect" Error refused "Effect is neither Allow nor Deny";
    UnsupportedSid "unsupported-sid" Error refused "a Sid of an IAM policy has letters and digits only";
    UnusualSid "unusual-sid" Warning loaded "a Sid has characters that not every service accepts";
    EmptySidValue "empty-sid-value" Suggestion loaded "the Sid is empty";
    UniqueSidsRequired "unique-sids-required" Error refused "two statements have the same Sid";
    UniqueSidsRecommended "unique-sids-recommended" Warning loaded "two statements have the same Sid";
    EmptyElement "empty-element" Error refused "the list is empty, so the statement applies to nothing";
    EmptyNegatedElement "empty-negated-element" Error refused "the list of exceptions is empty, so the statement applies to everything";
    VariableUnsupportedInElement "variable-unsupported-in-element" Error refused "policy variables do not work in this element";

    // Action and NotAction.
    MissingAction "missing-action" Error refused "the statement has neither Action nor NotAction";
    MalformedAction "malformed-action" Error refused "an action is not `*` or `service:Name`";
    InvalidAction "invalid-action" Error loaded "no action has this name";
    EmptyArrayAction "empty-array-action" Warning loaded "the list of actions is empty";
    RcpSyntaxErrorNotaction "rcp-syntax-error-notaction" Error refused "a resource control policy has no NotAction";
    RcpActionWildcard "rcp-action-wildcard" Error loaded "a resource control policy must name the services";

    // Resource and NotResource.
    MissingResource "missing-resource" Error refused "the statement has neither Resource nor NotResource";
    RoleTrustPolicySyntaxErrorResource "role-trust-policy-syntax-error-resource" Error refused "a role trust policy has no Resource";
    EmptyArrayResource "empty-array-resource" Warning loaded "the list of resources is empty";
    InvalidArnPrefix "invalid-arn-prefix" Error refused "a resource is neither `*` nor an ARN";
    ResourceNotArn "resource-not-arn" Warning loaded "a resource is neither `*` nor an ARN";
    MissingArnField "missing-arn-field" Error refused "an ARN must have six fields here";
    IncompleteArn "incomplete-arn" Warning loaded "an ARN has fewer than six fields";
    InvalidArnAccount "invalid-arn-account" Warning loaded "an account id has 12 digits";
    VariableInArnField "variable-in-arn-field" Error refused "policy variables work only after the fifth colon of an ARN";
    NotResourceWithVariable "not-resource-with-variable" Error loaded "an exception of NotResource disappears when its variable has no value";

    // Principal and NotPrincipal.
    MissingPrincipal "missing-principal" Error refused "the statement has neither Principal nor NotPrincipal";
    UnsupportedPrincipal "unsupported-principal" Error refused "an identity-based policy has no Principal";
    ScpSyntaxErrorPrincipal "scp-syntax-error-principal" Error refused "a service control policy has no Principal";
    RcpSyntaxErrorPrincipal "rcp-syntax-error-principal" Error refused "a resource control policy has no NotPrincipal";
    RcpSpecificPrincipal "rcp-specific-principal" Error loaded "the principal of a resource control policy is `*`";
    RcpSyntaxErrorAllow "rcp-syntax-error-allow" Error loaded "a resource control policy can only deny";
    RoleTrustPolicySyntaxErrorNotprincipal "role-trust-policy-syntax-error-notprincipal" Error refused "a role trust policy has no NotPrincipal";
    RoleTrustPolicyUnsupportedWildcardInPrincipal "role-trust-policy-unsupported-wildcard-in-principal" Error loaded "everyone may assume the role";
    AllowWithNotPrincipal "allow-with-not-principal" Error refused "NotPrincipal works only with Deny";
    InvalidPrincipalFormat "invalid-principal-format" Error refused "Principal is neither `*` nor an object of principals";
    InvalidPrincipalKey "invalid-principal-key" Error refused "there is no such type of principal";
    MalformedPrincipal "malformed-principal" Error refused "the text names no principal";
    UnsupportedWildcardInPrincipal "unsupported-wildcard-in-principal" Error refused "a wildcard cannot be a part of a principal";
    EmptyArrayPrincipal "empty-array-principal" Warning loaded "the list of principals is empty";
    EmptyObjectPrincipal "empty-object-principal" Warning loaded "the object of principals is empty";

    // Condition.
    EmptyObjectCondition "empty-object-condition" Suggestion loaded "the condition tests nothing";
    InvalidConditionOperator "invalid-condition-operator" Error refused "there is no such condition operator";
    ConditionOperatorCase "condition-operator-case" Warning loaded "a condition operator is written in unusual letter case";
    NullWithIfExists "null-with-if-exists" Error refused "Null cannot be combined with IfExists";
    NullWithQualifier "null-with-qualifier" Suggestion loaded "Null with a set operator does not look at the key";
    DuplicateKeysWithDifferentCase "duplicate-keys-with-different-case" Error refused "two keys differ only in letter case";
    InvalidConditionKeyFormat "invalid-condition-key-format" Warning loaded "a condition key is not `prefix:name`";
    MissingTagKeyInCondition "missing-tag-key-in-condition" Error refused "a tag condition key names no tag";
    VariableInConditionKey "variable-in-condition-key" Warning loaded "policy variables do not work in condition keys";
    EmptyArrayCondition "empty-array-condition" Warning loaded "a condition key has no values";
    InvalidConditionDataType "invalid-condition-data-type" Warning loaded "the values of a condition key have different JSON types";
    TypeMismatchBoolean "type-mismatch-boolean" Warning loaded "the value is neither true nor false, so it never matches";
    TypeMismatchDate "type-mismatch-date" Warning loaded "the value is no date, so it never matches";
    TypeMismatchIpRange "type-mismatch-ip-range" Warning loaded "the value is no address or range, so it never matches";
    TypeMismatchNumber "type-mismatch-number" Warning loaded "the value is no number, so it never matches";
    TypeMismatchString "type-mismatch-string" Warning loaded "the value is not base64, so it never matches";

    // Policy variables.
    EmptyVariable "empty-variable" Error refused "a policy variable names no key";
    MissingBraceInVariable "missing-brace-in-variable" Error refused "a policy variable is not closed";
    MissingQuoteInVariable "missing-quote-in-variable" Error refused "the default of a policy variable is not in single quotes";
    UnsupportedSpaceInVariable "unsupported-space-in-variable" Error refused "a policy variable has a space in the wrong place";
    MalformedVariable "malformed-variable" Error refused "a policy variable is not `${key}` or `${key, 'default'}`";
    VariableUnsupportedInVersion "variable-unsupported-in-version" Error loaded "policy variables work only in version 2012-10-17";
    InvalidVariableForOperator "invalid-variable-for-operator" Error loaded "policy variables work only with string and ARN operators";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_kebab_case_and_lead_back() {
        for &code in Code::ALL {
            assert!(
                code.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{code}"
            );
            assert_eq!(Code::from_name(code.as_str()), Some(code));
        }
    }

    #[test]
    fn what_is_refused_is_an_error() {
        for code in Code::ALL.iter().filter(|code| code.blocks_loading()) {
            assert_eq!(code.severity(), Severity::Error, "{code}");
        }
    }
}
