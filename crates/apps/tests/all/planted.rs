//! The planted bug of this crate is noticed: a hold that looks at an old picture sells a seat twice.

use crate::world::*;
use houseful_room::planted::{Bug, plant};
use serde_json::json;
use std::panic::{AssertUnwindSafe, catch_unwind};

#[test]
fn check_then_act_is_noticed() {
    let mut world = World::new();
    plant(Some(Bug::CheckThenAct));
    let noticed = catch_unwind(AssertUnwindSafe(|| {
        for who in [ANN, BEN, CAT] {
            let _ = world.send(who, "hold", json!({"seats": [0, 1]}));
        }
    }));
    plant(None);
    assert!(noticed.is_err());
}
