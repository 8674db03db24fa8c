//! What is true of places that were bought at once, told from the rows before and after it alone.

use super::model::{Cart, Model};

/// R139: what is bought was theirs already, at its price, or nobody's; and of the cart nothing else is gone.
pub(super) fn is_by(before: &Model, after: &Model, by: u64) -> bool {
    let Some(order) = after.orders.last() else { return false };
    let (had, has) = (seats(before.cart(by)), seats(after.cart(by)));
    let bought: u32 = order.row.areas.iter().map(|(_, count, _)| count).sum();
    let taken = before.area.available().saturating_sub(after.area.available());
    let was_free = |seat: u32| before.seats.get(seat as usize) == Some(&0);
    after.orders.len() == before.orders.len() + 1
        && order.by == by
        && order.row.seats.iter().all(|seat| had.contains(seat) || was_free(seat.0))
        && had.iter().all(|seat| has.contains(seat) != order.row.seats.contains(seat))
        && has.iter().all(|seat| had.contains(seat))
        && places(before.cart(by)) + taken == places(after.cart(by)) + bought
}

fn seats(cart: Option<&Cart>) -> &[(u32, i64)] {
    cart.map_or(&[], |cart| &cart.row.seats)
}

fn places(cart: Option<&Cart>) -> u32 {
    cart.into_iter().flat_map(|cart| &cart.row.areas).map(|(_, count, _)| count).sum()
}
