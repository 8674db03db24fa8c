//! A client's message: any text is frames or refusals, and every refusal can be told.
#![no_main]

use houseful_wire::encode::encode_refused;
use houseful_wire::{ClientFrame, decode};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use serde_json::Value;

fuzz_target!(|text: &str| {
    let frames = decode(text);
    assert!(frames.len() <= 64, "{} frames", frames.len());
    for frame in frames {
        match frame {
            Ok(ClientFrame::Command { body, .. }) => {
                // Its numbers may be larger than any type of ours.
                serde_json::from_str::<IgnoredAny>(body.get()).expect("a body is JSON");
            }
            Ok(frame) => drop(frame.reference()),
            Err(bad) => {
                let told: Value = serde_json::from_str(&encode_refused(&bad.into())).expect("JSON");
                assert_eq!(told["t"], "refused");
            }
        }
    }
});
