//! What is true of every operation of a kind, said once: the errors that its extractors answer, and that
//! errors are problems. What an operation answers of its own stands with it.

use crate::gateway::problem::Problem;
use utoipa::ToSchema;
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response};

/// Errors of every operation.
const EVERY: &[(&str, &str)] = &[("500", "internal"), ("503", "busy, read_only, unavailable")];
/// Errors of operations with parameters in the path.
const PATH: &[(&str, &str)] = &[("404", "not_found: a parameter in the path cannot be read")];
/// Errors of operations that look at the bearer token.
const SIGNED: &[(&str, &str)] = &[
    ("401", "sign_in_required, token_invalid, token_expired"),
    ("403", "insufficient_scope"),
    ("429", "rate_limited"),
];
/// Errors of operations that only our own pages may cause in a browser.
const OWN_PAGE: &[(&str, &str)] = &[("403", "origin_not_allowed"), ("429", "rate_limited")];
/// Errors of operations with parameters behind the question mark.
const QUERY: &[(&str, &str)] = &[("400", "invalid_query")];
/// Errors of operations with a body.
const BODY: &[(&str, &str)] = &[
    ("400", "malformed_json"),
    ("408", "too_slow"),
    ("413", "too_large"),
    ("415", "unsupported_media_type"),
    ("422", "invalid_body, with fields"),
];

/// Completes the description of every operation.
pub(super) fn complete(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        operations.into_iter().flatten().for_each(complete_operation);
    }
}

fn complete_operation(operation: &mut Operation) {
    let is_auth = operation.tags.iter().flatten().any(|tag| tag == "auth");
    let has = |place: ParameterIn| {
        let mut parameters = operation.parameters.iter().flatten();
        parameters.any(|one| matches!(one, RefOr::T(one) if one.parameter_in == place))
    };
    let kinds = [
        (true, EVERY),
        (!is_auth || operation.security.is_some(), SIGNED),
        (is_auth, OWN_PAGE),
        (has(ParameterIn::Path), PATH),
        (has(ParameterIn::Query), QUERY),
        (operation.request_body.is_some(), BODY),
    ];
    let errors = kinds.into_iter().filter(|(is_so, _)| *is_so).flat_map(|(_, errors)| errors);
    for (status, description) in errors {
        let known = operation.responses.responses.entry((*status).to_owned());
        known.or_insert_with(|| Response::new(*description).into());
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response
            && (status.starts_with('4') || status.starts_with('5'))
        {
            let problem = Content::new(Some(Ref::from_schema_name(Problem::name())));
            response.content.clear();
            response.content.insert("application/problem+json".to_owned(), RefOr::T(problem));
        }
    }
}
