//! How many tests a runner says it ran, read from its closing lines. A runner whose lines cannot be read
//! has failed: nothing is ever counted as zero by mistake.

use anyhow::Error;
use std::fmt;

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub passed: u64,
    /// Failed, timed out or cancelled.
    pub failed: u64,
    /// Not possible on this machine: said aloud, never taken for passed.
    pub skipped: u64,
    /// Of those that passed, at the second go only: said aloud, and no more than `FLAKY_MAX`.
    pub flaky: u64,
}

/// So many tests of a run may need a second go before it counts as failed: a busy machine is no excuse for more.
pub const FLAKY_MAX: u64 = 2;

impl Counts {
    /// What a check without tests answers.
    pub const NONE: Self = Self { passed: 0, failed: 0, skipped: 0, flaky: 0 };
    /// One that passed.
    pub const PASSED: Self = Self { passed: 1, ..Self::NONE };
    /// One that failed.
    pub const FAILED: Self = Self { failed: 1, ..Self::NONE };

    /// Both together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
            flaky: self.flaky + other.flaky,
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} SKIPPED", self.skipped)?;
        }
        if self.flaky > 0 { write!(f, ", {} FLAKY", self.flaky) } else { Ok(()) }
    }
}

/// A runner that ended with failures, so that its counts are not lost.
#[derive(Debug)]
pub struct FailedTests(pub Counts);

impl fmt::Display for FailedTests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tests failed", self.0.failed)
    }
}

impl std::error::Error for FailedTests {}

/// The counts that an error carries, if it is one of tests.
pub fn of_error(error: &Error) -> Counts {
    error.downcast_ref::<FailedTests>().map_or(Counts::NONE, |failed| failed.0)
}

/// `Summary [ 0.139s] 43 tests run: 40 passed (1 slow, 1 flaky), 2 failed, 1 timed out, 0 skipped`
pub fn of_nextest(output: &str) -> Option<Counts> {
    let line =
        output.lines().rfind(|line| line.contains("Summary [") && line.contains(" run: "))?;
    let result = line.split(" run: ").nth(1)?;
    let failed = ["failed", "timed out", "exec failed"].map(|word| number_before(result, word));
    Some(Counts {
        passed: number_before(result, "passed"),
        failed: failed.iter().sum(),
        flaky: number_before(result, "flaky"),
        ..Counts::NONE
    })
}

/// `test result: ok. 5 passed; 0 failed; 0 ignored; …`, once per binary
pub fn of_cargo_test(output: &str) -> Option<Counts> {
    let lines = output.lines().filter(|line| line.starts_with("test result: "));
    lines
        .map(|line| Counts {
            passed: number_before(line, "passed"),
            failed: number_before(line, "failed"),
            ..Counts::NONE
        })
        .reduce(Counts::plus)
}

/// `Tests  1 failed | 12 passed (13)`, once per run
pub fn of_vitest(output: &str) -> Option<Counts> {
    let lines = output.lines().filter_map(|line| line.trim_start().strip_prefix("Tests  "));
    lines
        .map(|line| Counts {
            passed: number_before(line, "passed"),
            failed: number_before(line, "failed"),
            ..Counts::NONE
        })
        .reduce(Counts::plus)
}

/// `# pass 5` or `ℹ pass 5`, and the same with `fail` and `cancelled`
pub fn of_node(output: &str) -> Option<Counts> {
    let number = |word: &str| {
        let mut lines = output.lines().filter_map(|line| {
            let rest = line.strip_prefix("# ").or_else(|| line.strip_prefix("\u{2139} "))?;
            rest.strip_prefix(word)?.trim().parse::<u64>().ok()
        });
        lines.next_back()
    };
    let failed = number("fail")? + number("cancelled").unwrap_or(0);
    Some(Counts { passed: number("pass")?, failed, ..Counts::NONE })
}

/// `1005 passed, 0 failed`, alone on the last such line
pub fn of_plain(output: &str) -> Option<Counts> {
    let mut lines = output.lines().filter(|line| line.ends_with(" failed"));
    let (passed, failed) = lines.next_back()?.split_once(", ")?;
    Some(Counts {
        passed: passed.strip_suffix(" passed")?.trim().parse().ok()?,
        failed: failed.strip_suffix(" failed")?.trim().parse().ok()?,
        ..Counts::NONE
    })
}

/// The number that stands before a word, or nothing is 0: runners leave out what did not happen.
fn number_before(text: &str, word: &str) -> u64 {
    text.split([',', ';', '|', '.', '(', ')'])
        .filter_map(|part| {
            part.trim().strip_suffix(word)?.trim().rsplit(' ').next()?.parse::<u64>().ok()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::{Counts, of_cargo_test, of_nextest, of_node, of_vitest};

    #[test]
    fn nextest_is_read() {
        let counts = |text| of_nextest(text).map(|counts| (counts.passed, counts.failed));
        let line = "     Summary [   0.139s] 43 tests run: 43 passed, 0 skipped";
        assert_eq!(counts(line), Some((43, 0)));
        let line =
            "Summary [ 1s] 9/12 tests run: 5 passed (1 slow), 3 failed, 1 timed out, 0 skipped";
        assert_eq!(counts(line), Some((5, 4)));
        assert_eq!(counts("error: could not compile"), None);
        let line = "Summary [ 2s] 9 tests run: 9 passed (1 slow, 2 flaky), 0 skipped";
        assert_eq!(of_nextest(line), Some(Counts { passed: 9, flaky: 2, ..Counts::NONE }));
    }

    #[test]
    fn cargo_test_is_summed() {
        let output = "test result: ok. 5 passed; 0 failed; 0 ignored\nrunning\n\
            test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured";
        assert_eq!(of_cargo_test(output), Some(Counts { passed: 7, failed: 1, ..Counts::NONE }));
        assert_eq!(of_cargo_test(""), None);
    }

    #[test]
    fn vitest_and_node_are_read() {
        let output =
            " Test Files  2 passed (2)\n      Tests  1 failed | 12 passed | 1 skipped (14)\n";
        assert_eq!(of_vitest(output), Some(Counts { passed: 12, failed: 1, ..Counts::NONE }));
        let output = "ok 1\n# tests 7\n# pass 5\n# fail 1\n# cancelled 1\n# skipped 0\n";
        assert_eq!(of_node(output), Some(Counts { passed: 5, failed: 2, ..Counts::NONE }));
        let output = "\u{2139} pass 5\n\u{2139} fail 0\n";
        assert_eq!(of_node(output), Some(Counts { passed: 5, failed: 0, ..Counts::NONE }));
        assert_eq!(of_node("# pass 5"), None);
    }
}
