//! The masking of RFC 6455 §5.3, a word at a time. It is no secrecy, only an exclusive or.

/// Masks or unmasks in place; `offset` is the position of the first byte in its payload.
pub fn apply_mask(payload: &mut [u8], mask: [u8; 4], offset: usize) {
    let mut word = [0_u8; 8];
    for (index, byte) in word.iter_mut().enumerate() {
        *byte = mask[(offset + index) % 4];
    }
    let wide = u64::from_ne_bytes(word);
    let (chunks, rest) = payload.as_chunks_mut::<8>();
    for chunk in chunks {
        *chunk = (u64::from_ne_bytes(*chunk) ^ wide).to_ne_bytes();
    }
    for (byte, mask) in rest.iter_mut().zip(word) {
        *byte ^= mask;
    }
}
