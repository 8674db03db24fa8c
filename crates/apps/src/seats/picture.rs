//! The rules of a row, over one picture of it: which seats go together, and which would be left alone.
//! Pure functions of that picture; the click, the picker and the refusal's offers all use them.

/// A place of a row as a buyer finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Can be held.
    Free,
    /// Can be held, and is a wheelchair place: offered only when asked for, never an orphan.
    Accessible,
    /// Can be held, and is for who comes with somebody in a wheelchair: likewise.
    Companion,
    /// Held, by whomever, booked or blocked.
    Taken,
    /// An aisle: no seat, and nobody is one's neighbour across it.
    Aisle,
}

impl Cell {
    fn is_open(self) -> bool {
        matches!(self, Cell::Free | Cell::Accessible | Cell::Companion)
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Ordinary seats only.
    Ordinary,
    /// Seats of which at least one is a wheelchair place.
    Accessible,
}

/// Whether an ordinary seat is empty and has no empty neighbour.
fn is_alone(cells: &[Cell], at: usize) -> bool {
    let open = |at: Option<usize>| at.and_then(|at| cells.get(at)).is_some_and(|c| c.is_open());
    cells.get(at) == Some(&Cell::Free) && !open(at.checked_sub(1)) && !open(Some(at + 1))
}

/// The seats that are left alone if these are taken, and were not before.
pub fn new_orphans(cells: &[Cell], taken: &[usize]) -> Vec<usize> {
    let mut after = cells.to_vec();
    taken.iter().for_each(|&at| after[at] = Cell::Taken);
    (0..cells.len()).filter(|&at| is_alone(&after, at) && !is_alone(cells, at)).collect()
}

/// Whether so many seats from here can be taken together.
fn fits(cells: &[Cell], start: usize, count: usize, ask: Ask) -> bool {
    let Some(window) = cells.get(start..start + count) else { return false };
    match ask {
        Ask::Ordinary => window.iter().all(|cell| *cell == Cell::Free),
        Ask::Accessible => {
            window.iter().all(|cell| cell.is_open()) && window.contains(&Cell::Accessible)
        }
    }
}

/// Whether seats that fit leave nobody alone. Only a neighbour of theirs could be: they are open, so
/// whoever is beside them was not alone before.
fn is_clean(cells: &[Cell], start: usize, count: usize) -> bool {
    let open = |at: Option<usize>| at.and_then(|at| cells.get(at)).is_some_and(|c| c.is_open());
    let end = start + count;
    let left = start.checked_sub(1);
    let strands_left = left.is_some_and(|at| cells[at] == Cell::Free && !open(at.checked_sub(1)));
    let strands_right = cells.get(end) == Some(&Cell::Free) && !open(Some(end + 1));
    !strands_left && !strands_right
}

/// What a row has to offer to somebody who asks for so many adjacent seats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offers {
    /// Where each of them starts.
    pub starts: Vec<usize>,
    /// Whether they leave nobody alone. Otherwise there is nothing else in this row, and so they may
    /// be taken all the same.
    pub clean: bool,
}

/// Finds what a row has to offer: nothing that [`new_orphans`] would speak against, unless there is
/// nothing else.
pub fn offers(cells: &[Cell], count: usize, ask: Ask) -> Offers {
    let fitting = |start: &usize| count > 0 && fits(cells, *start, count, ask);
    let all: Vec<usize> = (0..cells.len()).filter(fitting).collect();
    let clean: Vec<usize> =
        all.iter().copied().filter(|&start| is_clean(cells, start, count)).collect();
    if clean.is_empty() {
        Offers { starts: all, clean: false }
    } else {
        Offers { starts: clean, clean: true }
    }
}

/// Whether these seats of a row may be taken; otherwise the seats that would be left alone (R44).
pub fn may_take(cells: &[Cell], taken: &[usize]) -> Result<(), Vec<usize>> {
    let orphans = new_orphans(cells, taken);
    let accessible = taken.iter().any(|&at| cells[at] == Cell::Accessible);
    let ask = if accessible { Ask::Accessible } else { Ask::Ordinary };
    if orphans.is_empty() || !offers(cells, taken.len(), ask).clean {
        return Ok(());
    }
    Err(orphans)
}
