//! The shapes that a room's state is made of. Nothing else is state; every change of a shape is
//! recorded as an op and can be taken back until its transaction ends.

mod cell;
mod grid;
mod log;
mod rows;
mod signal;

pub use cell::Cell;
pub use grid::Grid;
pub use log::{LOG_ROWS_KEPT, LOG_ROWS_SHOWN, Log};
pub use rows::Rows;
pub use signal::Signal;

use crate::{Audience, Corrupt, Op, Recorder};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// What each shape can do, so that rooms handle all shapes alike.
pub trait Shape {
    /// Hands over the ops of this transaction and forgets how to take them back.
    fn drain(&mut self, name: &str, into: &mut Recorder);
    /// Takes back everything since the last `drain`.
    fn rollback(&mut self);
    /// Applies an op that was read from the journal.
    fn apply(&mut self, audience: &Audience, op: &Op<'_>) -> Result<(), Corrupt>;
    /// Appends what this audience may see, as the JSON of one shape in a part; nothing if empty.
    fn view(&self, audience: &Audience) -> Option<String>;
    /// Everything, for the room's own snapshot.
    fn store(&self) -> String;
    /// Reads back what `store` wrote.
    fn restore(&mut self, stored: &RawValue) -> Result<(), Corrupt>;
}

/// A state made of named shapes. Written by the [`synced!`](crate::synced) macro.
pub trait Synced {
    /// Visits the shapes in the order of their declaration.
    fn each(&self, visit: &mut dyn FnMut(&'static str, &dyn Shape));
    /// Visits the shapes in the order of their declaration.
    fn each_mut(&mut self, visit: &mut dyn FnMut(&'static str, &mut dyn Shape));
    /// The shape of that name.
    fn shape_mut(&mut self, name: &str) -> Option<&mut dyn Shape>;
}

/// Declares a struct whose fields are shapes; the field's name is the shape's name on the wire.
///
/// ```
/// use houseful_room::{Cell, Grid, synced};
/// synced! {
///     /// A hall.
///     pub struct Hall { pub title: Cell<String>, pub seats: Grid }
/// }
/// let mut hall = Hall { title: Cell::default(), seats: Grid::new(10, 2) };
/// hall.seats.set(3, 1);
/// assert_eq!(hall.seats.get(3), Some(1));
/// ```
#[macro_export]
macro_rules! synced {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident : $shape:ty),* $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $shape),* }

        impl $crate::Synced for $name {
            fn each(&self, visit: &mut dyn FnMut(&'static str, &dyn $crate::Shape)) {
                $(visit(stringify!($field), &self.$field);)*
            }
            fn each_mut(&mut self, visit: &mut dyn FnMut(&'static str, &mut dyn $crate::Shape)) {
                $(visit(stringify!($field), &mut self.$field);)*
            }
            fn shape_mut(&mut self, name: &str) -> Option<&mut dyn $crate::Shape> {
                match name {
                    $(stringify!($field) => Some(&mut self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

/// Applies one audience's ops of an entry.
pub(crate) fn apply(
    state: &mut dyn Synced,
    audience: &Audience,
    op: &Op<'_>,
) -> Option<Result<(), Corrupt>> {
    state.shape_mut(op.shape()).map(|shape| shape.apply(audience, op))
}

/// Appends `"name":shape` of everything that an audience may see, comma-separated.
pub(crate) fn view(state: &dyn Synced, audience: &Audience, out: &mut String) {
    state.each(&mut |name, shape| {
        if let Some(text) = shape.view(audience) {
            if !out.ends_with('{') {
                out.push(',');
            }
            out.push('"');
            out.push_str(name);
            out.push_str("\":");
            out.push_str(&text);
        }
    });
}

/// The whole state for the room's own snapshot: a JSON object by shape.
pub(crate) fn store(state: &dyn Synced) -> String {
    let mut out = String::from("{");
    state.each(&mut |name, shape| {
        if out.len() > 1 {
            out.push(',');
        }
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
        out.push_str(&shape.store());
    });
    out.push('}');
    out
}

/// Reads back what `store` wrote.
pub(crate) fn restore(state: &mut dyn Synced, stored: &RawValue) -> Result<(), Corrupt> {
    let shapes: BTreeMap<&str, &RawValue> = serde_json::from_str(stored.get())?;
    for (name, stored) in shapes {
        let shape = state.shape_mut(name);
        shape.ok_or_else(|| Corrupt(format!("no shape {name:?}")))?.restore(stored)?;
    }
    Ok(())
}

/// The complaint about an op of another kind than the shape.
pub(crate) fn misfit(op: &Op<'_>) -> Corrupt {
    Corrupt(format!("an op of another kind for shape {:?}", op.shape()))
}
