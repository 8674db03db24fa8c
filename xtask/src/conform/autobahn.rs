//! Autobahn's fuzzing client against `crates/server/examples/echo.rs`: the server's shards, connections and
//! framing, with limits that its large messages fit into. The server's own limits are the control.

use super::{Autobahn, environment};
use crate::client::process::{Server, folder};
use crate::test::cargo;
use crate::test::process::{Run, target_folder};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

const PACKAGE: &str = "autobahntestsuite==25.10.1";
const AGENT: &str = "houseful";

/// Compression (12, 13) is not offered, so that nothing can be inflated.
const EXCLUDED: [&str; 2] = ["12.*", "13.*"];
/// As many as version 25.10.1 has beside those.
const CASES: usize = 301;
/// What the control plays: small messages, which the server's own limits let pass, ...
const SMALL: [&str; 4] = ["1.1.1", "1.1.5", "1.2.1", "1.2.5"];
/// ... and large ones, 64 KiB to 4 MiB, which they do not. Autobahn waits ten seconds for each of these to come
/// back; for the others of 9.1 and 9.2 it waits a hundred, and they would show nothing more.
const LARGE: [&str; 6] = ["9.1.1", "9.1.2", "9.2.1", "9.2.2", "9.2.3", "9.2.4"];

/// Cases whose outcome is not "OK", and why. Anything else is a finding.
const EXPLAINED: &[(&str, &str, &str)] = &[
    ("7.1.6", "INFORMATIONAL", "a message before the close: whether it is still echoed is free"),
    ("7.13.1", "INFORMATIONAL", "close code 5000: RFC 6455 does not say what to do"),
    ("7.13.2", "INFORMATIONAL", "close code 65535: RFC 6455 does not say what to do"),
];

/// Plays all cases, or the control.
pub fn run(autobahn: &Autobahn) -> Result<()> {
    let wstest = environment::program_of_python2("wstest", PACKAGE)?;
    Run::of(cargo(&["build", "--package", "houseful", "--example", "echo"])).must_succeed()?;
    let target = target_folder()?;
    let folder = folder(&target, "conform-autobahn")?;
    let mut echo = Command::new(target.join("debug/examples/echo"));
    if autobahn.control {
        echo.arg("--as-served");
    }
    let server = Server::start(echo, &folder)?;
    let cases = if autobahn.control { [&SMALL[..], &LARGE].concat() } else { vec!["*"] };
    let spec = json!({
        "outdir": folder.join("reports"),
        "servers": [{ "agent": AGENT, "url": format!("ws://{}", server.address) }],
        "cases": cases,
        "exclude-cases": EXCLUDED,
        "exclude-agent-cases": {},
    });
    let file = folder.join("spec.json");
    fs::write(&file, spec.to_string())?;
    let mut client = Command::new(wstest);
    client.args(["--mode", "fuzzingclient", "--spec"]).arg(&file).current_dir(&folder);
    Run::of(client).must_succeed()?;
    let cases = read(&folder.join("reports/index.json"))?;
    if autobahn.control { judge_control(&cases) } else { judge(&cases) }?;
    fs::remove_dir_all(&folder)?;
    Ok(())
}

/// What the report says of each case: how it went, and how it was closed.
type Cases = BTreeMap<String, (String, String)>;

fn read(file: &Path) -> Result<Cases> {
    let text = fs::read_to_string(file).context("Autobahn left no report")?;
    let report: Value = serde_json::from_str(&text)?;
    let cases = report[AGENT].as_object().context("a report of our agent")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let outcomes = cases.iter().map(|(name, case)| {
        (name.clone(), (text(&case["behavior"]), text(&case["behaviorClose"])))
    });
    Ok(outcomes.collect())
}

fn judge(cases: &Cases) -> Result<()> {
    let mut findings = Vec::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, (outcome, close)) in cases {
        *counts.entry(outcome).or_default() += 1;
        let why = EXPLAINED.iter().find(|(known, as_is, _)| known == name && as_is == outcome);
        if let Some((.., why)) = why {
            println!("{name}: {outcome}: {why}");
        } else if outcome != "OK" {
            findings.push(format!("{name}: {outcome}"));
        }
        if !matches!(close.as_str(), "OK" | "INFORMATIONAL") {
            findings.push(format!("{name}: the close was {close}"));
        }
    }
    println!("{} cases: {counts:?}", cases.len());
    if cases.len() != CASES {
        findings.push(format!("{} cases were played, not {CASES}", cases.len()));
    }
    if !findings.is_empty() {
        bail!("Autobahn found:\n  {}", findings.join("\n  "));
    }
    Ok(())
}

/// With the limits of production, what is larger than they allow must not come back, what is smaller must,
/// and the connection lives on in either case: Autobahn ends it, and its goodbye is answered.
fn judge_control(cases: &Cases) -> Result<()> {
    let came_out = |names: &[&str], expected: &str| {
        let is_so = |name: &&&str| {
            cases.get(**name).is_some_and(|(outcome, close)| outcome == expected && close == "OK")
        };
        names.iter().filter(is_so).count()
    };
    let (passed, refused) = (came_out(&SMALL, "OK"), came_out(&LARGE, "FAILED"));
    println!(
        "control: {passed} of {} small messages came back, {refused} of {} large ones were refused",
        SMALL.len(),
        LARGE.len()
    );
    if (passed, refused) != (SMALL.len(), LARGE.len()) {
        bail!("with the server's own limits it was not so: {cases:?}");
    }
    Ok(())
}
