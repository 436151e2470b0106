//! The names of AWS actions, over which the compiler expands wildcards.
//!
//! A name that is missing costs a little time when it is asked for, never a wrong answer.

use std::collections::HashMap;
use std::sync::OnceLock;

const TEXT: &str = include_str!("../../data/service-actions.txt");

/// The names of a service's actions; none if the service is unknown. `prefix` is folded.
pub(crate) fn action_names(prefix: &str) -> impl Iterator<Item = &'static str> {
    static SERVICES: OnceLock<HashMap<&str, &str>> = OnceLock::new();
    let services = SERVICES
        .get_or_init(|| TEXT.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": ")).collect());
    services.get(prefix).into_iter().flat_map(|names| names.split(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_image_builder() {
        assert_eq!(action_names("imagebuilder").count(), 77);
        assert!(action_names("imagebuilder").any(|name| name == "StartImagePipelineExecution"));
        assert_eq!(action_names("no-such-service").count(), 0);
    }
}
