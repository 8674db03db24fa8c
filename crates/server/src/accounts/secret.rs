//! Randomness from the operating system, and comparison that tells nothing by its time. Never the
//! seeded randomness of rooms.

use crate::store::Hash;

/// 256 random bits. A system without randomness cannot run this server at all.
#[expect(clippy::expect_used, reason = "there is no way to go on")]
pub(crate) fn random() -> Hash {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// Whether two hashes are the same, in the same time wherever they differ.
pub(crate) fn is_equal(a: &Hash, b: &Hash) -> bool {
    let difference = a.iter().zip(b).fold(0, |all, (a, b)| all | (a ^ b));
    std::hint::black_box(difference) == 0
}
