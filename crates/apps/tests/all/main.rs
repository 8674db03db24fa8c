//! All tests of the applications, one binary. A test named after a rule proves that rule.
