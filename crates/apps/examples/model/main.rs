//! Runs a real room for tests of clients in other languages: steps come as lines of JSON on standard input, and what
//! each connection is sent goes out. Time passes when it is told to; no socket, clock or disk is used.

mod ledger;
mod server;

use serde_json::Value;
use server::Server;
use std::io::{BufRead, Write, stdin, stdout};

/// A line is a list of steps, handled in order; their requests are one turn of the room:
/// `["new", seed]`, `["open", connection]`, `["say", connection, frame]`, `["lost", connection]`, `["time", ms]`,
/// `["busy", commands]`, `["restart"]`, `["restore"]` (from an older backup: another epoch), `["settle"]` (everything
/// is shown), `["truth", connection]`. The answer is one line, a list of `[connection, frame]`.
fn main() {
    let mut server = Server::new(0);
    let mut out = stdout().lock();
    for line in stdin().lock().lines() {
        let line = line.expect("lines are text");
        let steps: Vec<Vec<Value>> =
            serde_json::from_str(&line).expect("a line is a list of steps");
        for step in steps {
            match step[0].as_str().expect("a step has a name") {
                "new" => server = Server::new(number(&step[1])),
                "open" => server.open(number(&step[1])),
                "say" => server.say(number(&step[1]), &step[2]),
                "lost" => server.lost(number(&step[1])),
                "time" => server.pass(number(&step[1])),
                "busy" => server.be_busy(number(&step[1])),
                "restart" => server.restart(),
                "restore" => server.restore(),
                "settle" => server.settle(),
                "truth" => server.truth(number(&step[1])),
                other => panic!("there is no step {other}"),
            }
        }
        server.turn();
        writeln!(out, "[{}]", server.take_sent().join(",")).expect("somebody reads");
        out.flush().expect("somebody reads");
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}
