//! Prints the description of the HTTP interface, as `cargo xtask gen` keeps it in docs/openapi.json.

fn main() -> Result<(), serde_json::Error> {
    let (_, document) = houseful::gateway::api::described();
    println!("{}", serde_json::to_string_pretty(&document)?);
    Ok(())
}
