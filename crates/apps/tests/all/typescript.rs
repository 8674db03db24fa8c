//! The TypeScript client's types of these applications are written by hand; here they are held against the tables.

use houseful_apps::seats::Seats;
use houseful_room::RoomApp;
use std::collections::BTreeSet;

const TYPES: &str = include_str!("../../../../web/packages/client/src/apps.ts");

/// The names that an application's interface has under `commands`.
fn commands_of(interface: &str) -> BTreeSet<&str> {
    let start = format!("export interface {interface} {{\n");
    let text = TYPES.split_once(&*start).expect("the interface is there").1;
    let text = text.split_once("\n}\n").expect("it ends").0;
    let Some((_, commands)) = text.split_once("  commands: {\n") else { return BTreeSet::new() };
    let lines = commands.lines().take_while(|line| *line != "  };");
    let lines = lines.filter_map(|line| line.strip_prefix("    ")?.split_once(": "));
    lines.map(|(name, _)| name).filter(|name| !name.starts_with(' ')).collect()
}

#[test]
fn the_client_knows_every_command_of_a_seat_sale_and_no_other() {
    let table = Seats::COMMANDS.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>();
    assert_eq!(commands_of("SeatsApp"), table, "web/packages/client/src/apps.ts");
}
