//! The configuration file: it is used as a whole, or every problem is told.
#![no_main]

use houseful::config::{Config, Overrides};
use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;
use std::sync::LazyLock;

static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    std::env::temp_dir().join(format!("houseful-fuzz-{}.toml", std::process::id()))
});

fuzz_target!(|text: &str| {
    std::fs::write(&*FILE, text).expect("a file");
    let overrides = Overrides { file: Some(FILE.clone()), ..Overrides::default() };
    match Config::load(&overrides) {
        Ok(config) => {
            config.check().expect("what is used was checked");
            assert!(config.shards() > 0);
        }
        Err(error) => assert!(!error.0.is_empty()),
    }
});
